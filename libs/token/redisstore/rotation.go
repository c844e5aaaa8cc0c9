package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/devrev/scim/libs/token"
)

// Rotate is one script on the organisation's keys.
func (s *Store) Rotate(ctx context.Context, r token.Record, current string, end time.Time) (stored token.Record, err error) {
	err = s.do(ctx, "rotate token", func(ctx context.Context) error {
		keys, args := newToken(r, current)
		args = append(args, current, millis(end))
		fields, err := outcome(rotateScript.Run(ctx, s.client, keys, append(args, recordFields(r)...)...))
		if err != nil {
			return err
		}
		stored, err = readRecord(r.Tag, r.ID, fields)
		return err
	})
	if err != nil {
		return token.Record{}, err
	}
	return stored, nil
}

// EndEarly reads the tag; the rest is one script.
func (s *Store) EndEarly(ctx context.Context, org, id, successor string, at time.Time) (token.Record, error) {
	return s.alter(ctx, "end token early", endEarlyScript, alteration{org: org, id: id, other: successor, at: at})
}

// Cancel reads the tag and the id that the token replaced, which never changes; the rest is one
// script.
func (s *Store) Cancel(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	var replaced string
	err := s.do(ctx, "read token", func(ctx context.Context) error {
		tag, err := s.ids.Get(ctx, tagKey(org)).Result()
		if err != nil {
			return err
		}
		fields, err := s.client.HGetAll(ctx, keysOf(tag).record(id)).Result()
		if err != nil {
			return err
		}
		r, err := readRecord(tag, id, fields)
		replaced = r.Replaces
		return err
	})
	if err != nil {
		return token.Record{}, err
	}
	if replaced == "" {
		return token.Record{}, token.ErrConflict
	}
	r, err := s.alter(ctx, "cancel rotation", cancelScript, alteration{org: org, id: replaced, other: id, at: at})
	if errors.Is(err, token.ErrNotFound) { // the one that was replaced is forgotten
		err = token.ErrConflict
	}
	return r, err
}

// Restore reads the tag; the rest is one script.
func (s *Store) Restore(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return s.alter(ctx, "restore token", restoreScript, alteration{org: org, id: id, at: at})
}
