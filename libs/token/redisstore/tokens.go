package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// Insert is one script on the organisation's keys.
func (s *Store) Insert(ctx context.Context, r token.Record) error {
	return s.do(ctx, "insert token", func(ctx context.Context) error {
		keys, args := newToken(r, "")
		_, err := outcome(insertScript.Run(ctx, s.client, keys, append(args, recordFields(r)...)...))
		return err
	})
}

// newToken returns the keys and arguments of new.lua. current is the id of the token that the new
// one replaces, "" if there is none.
func newToken(r token.Record, current string) ([]string, []any) {
	k, requestUntil := keysOf(r.Tag), int64(0)
	if r.Request != "" {
		requestUntil = millis(r.IssuedAt.Add(token.RequestMemory))
	}
	keys := []string{k.record(r.ID), k.organisation(), k.ids(), k.usage(), k.request(r.Request), k.record(current)}
	for _, begin := range countDays(time.Now()) {
		keys = append(keys, k.counts(r.ID, begin))
	}
	return keys, []any{r.Org, r.ID, r.MAC, millis(r.IssuedAt), token.Tombstone.Milliseconds(), token.MaxLive, requestUntil}
}

// List reads the tag, the ids and then all records and their usage as of one moment.
func (s *Store) List(ctx context.Context, org string) (records []token.Record, err error) {
	err = s.do(ctx, "list tokens", func(ctx context.Context) error {
		tag, err := s.ids.Get(ctx, tagKey(org)).Result()
		if err != nil {
			return err
		}
		k := keysOf(tag)
		ids, err := s.client.HKeys(ctx, k.ids()).Result()
		if err != nil || len(ids) == 0 {
			return err
		}
		found := make([]*redis.MapStringStringCmd, len(ids))
		var used usageRead
		err = s.transaction(ctx, func(p redis.Pipeliner) error {
			for i, id := range ids {
				found[i] = p.HGetAll(ctx, k.record(id))
			}
			used = askForUsage(ctx, p, k, ids, time.Now())
			return nil
		})
		if err != nil {
			return err
		}
		for i, id := range ids {
			r, err := readRecord(tag, id, found[i].Val())
			if errors.Is(err, token.ErrNotFound) {
				continue // its Tombstone has passed; the next Insert takes it out of ids
			}
			if err != nil {
				return err
			}
			if r.Usage, err = used.of(id); err != nil {
				return fmt.Errorf("use of token %s: %w", id, err)
			}
			records = append(records, r)
		}
		slices.SortFunc(records, func(a, b token.Record) int { return b.IssuedAt.Compare(a.IssuedAt) })
		return nil
	})
	return records, err
}

// Revoke reads the tag; the rest is one script.
func (s *Store) Revoke(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return s.alter(ctx, "revoke token", revokeScript, alteration{org: org, id: id, at: at})
}

// RevokeLeaked is as Revoke.
func (s *Store) RevokeLeaked(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return s.alter(ctx, "revoke leaked token", revokeLeakedScript, alteration{org: org, id: id, at: at})
}

// Rename is as Revoke.
func (s *Store) Rename(ctx context.Context, org, id, name string) (token.Record, error) {
	return s.alter(ctx, "rename token", renameScript, alteration{org: org, id: id, name: name})
}

// alteration is a change of a token of org, which may depend on another one.
type alteration struct {
	org, id, other string
	name           string
	at             time.Time
}

// alter reads the tag and runs a script that begins with alter.lua. It returns the record of the
// token as it is then.
func (s *Store) alter(ctx context.Context, what string, script *redis.Script, a alteration) (r token.Record, err error) {
	err = s.do(ctx, what, func(ctx context.Context) error {
		tag, err := s.ids.Get(ctx, tagKey(a.org)).Result()
		if err != nil {
			return err
		}
		k := keysOf(tag)
		fields, err := outcome(script.Run(ctx, s.client,
			[]string{k.record(a.id), k.ids(), k.organisation(), k.record(a.other)},
			a.id, millis(a.at), token.Tombstone.Milliseconds(), a.org, a.other, token.MaxLive, token.UndoWindow.Milliseconds(), a.name))
		if err != nil {
			return err
		}
		r, err = readRecord(tag, a.id, fields)
		return err
	})
	if err != nil {
		return token.Record{}, err
	}
	return r, nil
}
