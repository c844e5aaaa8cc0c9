package redisstore

import (
	"context"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// scanned is how many keys a server looks at for one answer of SCAN.
const scanned = 1000

// Tags returns the tag of each organisation that ids names and the store knows.
func (s *Store) Tags(ctx context.Context, ids []string) (tags map[string]string, err error) {
	tags = make(map[string]string)
	err = s.do(ctx, "read tags", func(ctx context.Context) error {
		asked := make([]*redis.StringCmd, len(ids))
		_, err := s.ids.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, id := range ids {
				asked[i] = p.Get(ctx, tagKey(id))
			}
			return nil
		})
		if err != nil && err != redis.Nil { //nolint:errorlint // the pipeline returns that of a command as it is
			return err
		}
		for i, id := range ids {
			if tag := asked[i].Val(); tag != "" {
				tags[id] = tag
			}
		}
		return nil
	})
	return tags, err
}

// Known returns the ids of the organisations that the store knows, at most limit of them; 0 is all.
// It looks at every key of the store, a part at a time.
func (s *Store) Known(ctx context.Context, limit int) ([]string, error) {
	return s.scan(ctx, tagKey("*"), limit, func(key string) string { return strings.TrimPrefix(key, tagKey("")) })
}

// Copies returns the copies of organisations by their tags, also one that no id leads to: Known
// does not have it, and List neither, and yet its tokens are accepted. It looks at every key of the
// store, a part at a time.
func (s *Store) Copies(ctx context.Context) (map[string]token.Organisation, error) {
	before, after, _ := strings.Cut(keysOf("*").organisation(), "*")
	tags, err := s.scan(ctx, keysOf("*").organisation(), 0, func(key string) string {
		return strings.TrimSuffix(strings.TrimPrefix(key, before), after)
	})
	if err != nil {
		return nil, err
	}
	copies := make(map[string]token.Organisation, len(tags))
	for _, tag := range tags {
		err := s.do(ctx, "read copy", func(ctx context.Context) error {
			fields, err := s.client.HGetAll(ctx, keysOf(tag).organisation()).Result()
			if err != nil || len(fields) == 0 { // it has gone meanwhile
				return err
			}
			copies[tag], err = readOrganisation(tag, fields)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return copies, nil
}

// Shut ends the tokens of an organisation's copy for good, of one that no id leads to as well: SCIM
// is off there, and its generation higher than that of each token. Other organisations' copies stay
// as they are.
func (s *Store) Shut(ctx context.Context, o token.Organisation) error {
	o.Enabled, o.Generation = false, o.Generation+1
	return s.do(ctx, "shut organisation", func(ctx context.Context) error {
		args := append([]any{o.ID, o.Generation}, organisationFields(o)...)
		if _, err := outcome(putOrganisationScript.Run(ctx, s.client, []string{keysOf(o.Tag).organisation()}, args...)); err != nil {
			return err
		}
		return appendEvent(ctx, s.client, token.Event{Tag: o.Tag}).Err()
	})
}

// scan returns the names of the keys that match, of all primaries.
func (s *Store) scan(ctx context.Context, match string, limit int, name func(key string) string) ([]string, error) {
	var mu sync.Mutex
	found := make(map[string]bool) // SCAN may give a key twice
	enough := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return limit > 0 && len(found) >= limit
	}
	err := eachPrimary(ctx, s.client, func(ctx context.Context, c redis.Cmdable) error {
		for cursor := uint64(0); !enough(); {
			var keys []string
			err := s.do(ctx, "look for keys", func(ctx context.Context) (err error) {
				keys, cursor, err = c.Scan(ctx, cursor, match, scanned).Result()
				return err
			})
			if err != nil {
				return err
			}
			mu.Lock()
			for _, key := range keys {
				found[name(key)] = true
			}
			mu.Unlock()
			if cursor == 0 {
				return nil
			}
		}
		return nil
	})
	names := make([]string, 0, len(found))
	for n := range found {
		names = append(names, n)
	}
	return names, err
}
