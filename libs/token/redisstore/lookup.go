package redisstore

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// Lookup is two plain reads in MULTI and EXEC, sent at once: as of one moment, unlike a pipeline
// without them, and without the right to run scripts, unlike a script.
func (s *Store) Lookup(ctx context.Context, tag, id string) (r token.Record, o token.Organisation, err error) {
	err = s.do(ctx, "look up token", func(ctx context.Context) error {
		var record, organisation *redis.MapStringStringCmd
		err := s.transaction(ctx, func(p redis.Pipeliner) error {
			record = p.HGetAll(ctx, keysOf(tag).record(id))
			organisation = p.HGetAll(ctx, keysOf(tag).organisation())
			return nil
		})
		if err != nil {
			return err
		}
		if r, err = readRecord(tag, id, record.Val()); err != nil {
			return err
		}
		o, err = readOrganisation(tag, organisation.Val())
		return err
	})
	if err != nil {
		return token.Record{}, token.Organisation{}, err
	}
	return r, o, nil
}
