package redisstore

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Touch writes to a key of its own, so that using tokens needs no right to change them. ZADD GT only moves forward. An id
// that is unknown waits in the key for a token that never comes; Insert takes it out if it does.
func (s *Store) Touch(ctx context.Context, tag string, used map[string]time.Time) error {
	if len(used) == 0 {
		return nil
	}
	members := make([]redis.Z, 0, len(used))
	for id, at := range used {
		members = append(members, redis.Z{Member: id, Score: float64(at.UnixMilli())}) // exact below 2^53
	}
	return do(ctx, "touch tokens", func(ctx context.Context) error {
		_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.ZAddGT(ctx, keysOf(tag).usage(), members...)
			p.PExpire(ctx, keysOf(tag).usage(), usageTTL)
			return nil
		})
		return err
	})
}
