package redisstore

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// PutOrganisation is not a single script, since the id's key and the copy are in different slots.
// First the id claims the tag, so that it has one at most, then the copy is stored under the tag; a
// tag that belongs to another organisation is released. A call that was interrupted between the two
// is completed by the next.
func (s *Store) PutOrganisation(ctx context.Context, o token.Organisation) error {
	return s.do(ctx, "put organisation", func(ctx context.Context) error {
		var claimed *redis.BoolCmd
		var tag *redis.StringCmd
		err := transaction(ctx, s.ids, func(p redis.Pipeliner) error {
			claimed = p.SetNX(ctx, tagKey(o.ID), o.Tag, 0)
			tag = p.Get(ctx, tagKey(o.ID))
			return nil
		})
		if err != nil {
			return err
		}
		if tag.Val() != o.Tag {
			return token.ErrTaken
		}
		args := append([]any{o.ID, o.Generation}, organisationFields(o)...)
		_, err = outcome(putOrganisationScript.Run(ctx, s.client, []string{keysOf(o.Tag).organisation()}, args...))
		if errors.Is(err, token.ErrTaken) && claimed.Val() {
			if err := s.ids.Del(ctx, tagKey(o.ID)).Err(); err != nil {
				return err
			}
		}
		return err
	})
}

// Organisation reads the tag, then the copy.
func (s *Store) Organisation(ctx context.Context, org string) (o token.Organisation, err error) {
	err = s.do(ctx, "read organisation", func(ctx context.Context) error {
		tag, err := s.ids.Get(ctx, tagKey(org)).Result()
		if err != nil {
			return err
		}
		fields, err := s.client.HGetAll(ctx, keysOf(tag).organisation()).Result()
		if err != nil {
			return err
		}
		o, err = readOrganisation(tag, fields)
		return err
	})
	return o, err
}
