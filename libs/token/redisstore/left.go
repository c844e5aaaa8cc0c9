package redisstore

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// leftTTL is how long the counts of an hour are kept after the last one: a day, which is the
// longest window, and the hour.
const leftTTL = 25 * time.Hour

// CountLeft adds n to the number of those who left something of the organisation with this tag, and
// returns how many left it within the window before now, these included: to the minute, and a day
// at most. of names what they left. It is for the SCIM service, whose processes count together.
// With n 0 it reads; below 0 it takes back. The error wraps token.ErrUnavailable.
func (s *Store) CountLeft(ctx context.Context, tag, of string, n int, window time.Duration, now time.Time) (total int, err error) {
	minute := now.Unix() / 60
	first := minute - int64(window/time.Minute) + 1
	k := keysOf(tag)
	err = s.do(ctx, "count who left", func(ctx context.Context) error {
		total = 0
		var hours []*redis.MapStringStringCmd
		err := s.transaction(ctx, func(p redis.Pipeliner) error {
			hours = nil
			if n != 0 {
				key := k.left(of, minute/60)
				p.HIncrBy(ctx, key, strconv.FormatInt(minute, 10), int64(n))
				p.PExpire(ctx, key, leftTTL)
			}
			for hour := first / 60; hour <= minute/60; hour++ {
				hours = append(hours, p.HGetAll(ctx, k.left(of, hour)))
			}
			return nil
		})
		for _, hour := range hours {
			for at, count := range hour.Val() {
				if m, err := strconv.ParseInt(at, 10, 64); err == nil && m >= first && m <= minute {
					c, _ := strconv.Atoi(count)
					total += c
				}
			}
		}
		return err
	})
	return total, err
}
