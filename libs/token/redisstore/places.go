package redisstore

import (
	"context"
	"errors"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// placeSlots is how many places are kept of an organisation. Where two walks come to have one slot,
// the later place displaces the earlier one.
const placeSlots = 256

// PutPlace stores under the key where a page of a list ended, until nothing has been stored for the
// organisation with this tag for that long. It is for the SCIM service, so that one process can
// continue where another stopped. A failure shows in the metrics of Redis, and costs a walk its
// exactness at most.
func (s *Store) PutPlace(ctx context.Context, tag, key, place string, life time.Duration) {
	name := keysOf(tag).places()
	_ = s.do(ctx, "keep place", func(ctx context.Context) error {
		return s.transaction(ctx, func(p redis.Pipeliner) error {
			p.HSet(ctx, name, placeSlot(key), key+" "+place)
			p.PExpire(ctx, name, life)
			return nil
		})
	})
}

// Place returns what PutPlace stored last under the key, "" if there is nothing. The error wraps
// token.ErrUnavailable.
func (s *Store) Place(ctx context.Context, tag, key string) (place string, err error) {
	err = s.do(ctx, "find place", func(ctx context.Context) error {
		kept, err := s.client.HGet(ctx, keysOf(tag).places(), placeSlot(key)).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		if of, found, _ := strings.Cut(kept, " "); of == key {
			place = found
		}
		return nil
	})
	return place, err
}

func placeSlot(key string) string {
	return strconv.Itoa(int(crc32.ChecksumIEEE([]byte(key)) % placeSlots))
}
