package redisstore

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// erasedAtOnce is how many keys one command removes.
const erasedAtOnce = 500

// EraseOrganisation looks at every key of the store, a part at a time, since what belongs to a tag
// is known from nothing else: a request's key or a day's counts may be there without their token.
// Redis frees what UNLINK removes beside its other work.
func (s *Store) EraseOrganisation(ctx context.Context, org, tag string) error {
	var owner string
	err := s.do(ctx, "read organisation", func(ctx context.Context) (err error) {
		owner, err = s.client.HGet(ctx, keysOf(tag).organisation(), fieldOrg).Result()
		if errors.Is(err, redis.Nil) {
			err = nil
		}
		return err
	})
	if err != nil || owner != "" && owner != org {
		return err
	}
	names, err := s.scan(ctx, keysOf(tag).prefix+"*", 0, func(key string) string { return key })
	if err != nil {
		return err
	}
	for some := range slices.Chunk(names, erasedAtOnce) {
		if err := s.do(ctx, "erase keys", func(ctx context.Context) error { return s.client.Unlink(ctx, some...).Err() }); err != nil {
			return err
		}
	}
	return s.do(ctx, "erase tag", func(ctx context.Context) error {
		stored, err := s.ids.Get(ctx, tagKey(org)).Result()
		if errors.Is(err, redis.Nil) || err == nil && stored != tag {
			return nil
		}
		if err != nil {
			return err
		}
		return s.ids.Unlink(ctx, tagKey(org)).Err()
	})
}

// EraseOrganisation concerns all tokens of the organisation. Looking for its keys may take longer
// than a change does, so it comes before the one that is announced.
func (a *Announcing) EraseOrganisation(ctx context.Context, org, tag string) error {
	if err := a.store.EraseOrganisation(ctx, org, tag); err != nil {
		return err
	}
	_, err := a.change(ctx, owner{org, tag}, organisation, func(context.Context, *Store) (token.Record, error) {
		return token.Record{Tag: tag}, nil
	})
	return err
}
