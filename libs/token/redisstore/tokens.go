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
	return do(ctx, "insert token", func(ctx context.Context) error {
		k := keysOf(r.Tag)
		till := until(r)
		summary := fmt.Sprintf("%d %d %d %d", r.Generation, millis(r.ExpiresAt), millis(r.RevokedAt), till)
		args := append([]any{r.Org, r.ID, r.MAC, millis(r.IssuedAt), till, summary, token.MaxLive}, recordFields(r)...)
		return outcome(insertScript.Run(ctx, s.client, []string{k.record(r.ID), k.organisation(), k.ids(), k.usage()}, args...))
	})
}

// List asks for the tag, the ids and then for all records and their uses as of one moment.
func (s *Store) List(ctx context.Context, org string) (records []token.Record, err error) {
	err = do(ctx, "list tokens", func(ctx context.Context) error {
		tag, err := s.client.Get(ctx, tagKey(org)).Result()
		if err != nil {
			return err
		}
		k := keysOf(tag)
		ids, err := s.client.HKeys(ctx, k.ids()).Result()
		if err != nil || len(ids) == 0 {
			return err
		}
		found := make([]*redis.MapStringStringCmd, len(ids))
		var used *redis.FloatSliceCmd
		_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			for i, id := range ids {
				found[i] = p.HGetAll(ctx, k.record(id))
			}
			used = p.ZMScore(ctx, k.usage(), ids...)
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
			r.LastUsedAt = moment(int64(used.Val()[i]))
			records = append(records, r)
		}
		slices.SortFunc(records, func(a, b token.Record) int { return b.IssuedAt.Compare(a.IssuedAt) })
		return nil
	})
	return records, err
}

// Revoke asks for the tag; the rest is one script.
func (s *Store) Revoke(ctx context.Context, org, id string, at time.Time) (r token.Record, err error) {
	err = do(ctx, "revoke token", func(ctx context.Context) error {
		tag, err := s.client.Get(ctx, tagKey(org)).Result()
		if err != nil {
			return err
		}
		k := keysOf(tag)
		pairs, err := revokeScript.Run(ctx, s.client, []string{k.record(id), k.ids()},
			id, millis(at), token.Tombstone.Milliseconds()).StringSlice()
		if err != nil {
			return err
		}
		fields := make(map[string]string)
		for pair := range slices.Chunk(pairs, 2) {
			fields[pair[0]] = pair[1]
		}
		r, err = readRecord(tag, id, fields)
		return err
	})
	return r, err
}

// until is the time in ms at which the record is forgotten; 0: never.
func until(r token.Record) int64 {
	if r.End().IsZero() {
		return 0
	}
	return millis(r.End().Add(token.Tombstone))
}
