package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// environmentKey holds the marker of the environment that the data belong to. It is in a slot of
// its own.
const environmentKey = "scim:environment"

// formatKey holds the format of the data: a hash of two numbers. It is in a slot of its own.
const (
	formatKey    = "scim:format"
	fieldWritten = "written"
	fieldReaders = "readers"
)

// Environment returns the marker of the environment that the data belong to, "" if they have none.
func (s *Store) Environment(ctx context.Context) (marker string, err error) {
	err = s.do(ctx, "read the marker of the environment", func(ctx context.Context) error {
		marker, err = s.ids.Get(ctx, environmentKey).Result()
		if redis.HasErrorPrefix(err, "NOPERM") {
			return fmt.Errorf("the user of REDIS_URL may not read %[1]s: add %%R~%[1]s to its rules: %[2]w", environmentKey, err)
		}
		if errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	return marker, err
}

// MarkEnvironment stores the marker unless there is one, or in the place of that one if replace is
// set, and returns the one that is there afterwards.
func (s *Store) MarkEnvironment(ctx context.Context, marker string, replace bool) (stored string, err error) {
	err = s.do(ctx, "write the marker of the environment", func(ctx context.Context) error {
		var now *redis.StringCmd
		err := transaction(ctx, s.ids, func(p redis.Pipeliner) error {
			if replace {
				p.Set(ctx, environmentKey, marker, 0)
			} else {
				p.SetNX(ctx, environmentKey, marker, 0)
			}
			now = p.Get(ctx, environmentKey)
			return nil
		})
		stored = now.Val()
		return err
	})
	return stored, err
}

// Format returns the two numbers of the format of the data, zeros if there are none. What they mean
// is their writer's matter.
func (s *Store) Format(ctx context.Context) (written, readers int64, err error) {
	err = s.do(ctx, "read the format of the data", func(ctx context.Context) error {
		fields, err := s.ids.HGetAll(ctx, formatKey).Result()
		if redis.HasErrorPrefix(err, "NOPERM") {
			return fmt.Errorf("the user of REDIS_URL may not read %[1]s: add %%R~%[1]s to its rules: %[2]w", formatKey, err)
		}
		if err != nil || len(fields) == 0 {
			return err
		}
		n := numbers{fields: fields}
		written, readers = n.get(fieldWritten), n.get(fieldReaders)
		return n.err
	})
	return written, readers, err
}

// RaiseFormat stores whichever of each number is higher.
func (s *Store) RaiseFormat(ctx context.Context, written, readers int64) error {
	return s.do(ctx, "write the format of the data", func(ctx context.Context) error {
		_, err := outcome(raiseFormatScript.Run(ctx, s.ids, []string{formatKey}, fieldWritten, written, fieldReaders, readers))
		return err
	})
}
