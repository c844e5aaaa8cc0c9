package redisstore

import (
	"context"
	"time"

	"github.com/devrev/scim/libs/token/ratelimit"
)

var _ ratelimit.Limiter = (*Store)(nil)

// Allow counts for all processes together, by the server's clock, to the microsecond.
func (s *Store) Allow(ctx context.Context, tag string, rate ratelimit.Rate, cost ratelimit.Cost) (retryAfter time.Duration, ok bool, err error) {
	err = s.do(ctx, "limit rate", func(ctx context.Context) error {
		slot, burst := rate.Slots()
		wait, err := rateScript.Run(ctx, s.client, []string{keysOf(tag).rate()}, slot.Microseconds(), burst, cost.Within(burst)).Int64()
		if wait > 0 {
			retryAfter = cost.Again(time.Duration(wait)*time.Microsecond, slot, burst)
		}
		return err
	})
	return retryAfter, err == nil && retryAfter == 0, err
}
