package redisstore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// The members of the zset of uses, after the token's id; all except the first have a name after
// that. The id alone is the last use.
const (
	memberFirst   = "first"
	memberClient  = "client"
	memberAddress = "address"
	memberRefused = "refused"
)

// The fields of a day's hash, behind the hour and a space.
const (
	fieldRequests = "r"
	fieldFailures = "f"
	fieldRefused  = "x"
)

// RecordUsage writes to keys of its own, so that using tokens needs no right to change them. ZADD
// GT only moves forward, LT back, and HINCRBY adds up, in whatever order processes write. An id
// that is unknown waits in the keys for a token that never comes; Insert takes it out if it does.
func (s *Store) RecordUsage(ctx context.Context, tag string, used map[string]token.Usage) error {
	if len(used) == 0 {
		return nil
	}
	k := keysOf(tag)
	return s.do(ctx, "record token usage", func(ctx context.Context) error {
		err := s.transaction(ctx, func(p redis.Pipeliner) error {
			var first, last []redis.Z
			for id, use := range used {
				if !use.FirstUsedAt.IsZero() {
					first = append(first, scored(use.FirstUsedAt, id, memberFirst))
				}
				last = append(last, lastTimes(id, use)...)
				count(ctx, p, k, id, use.Hours)
			}
			if len(first) > 0 {
				p.ZAddLT(ctx, k.usage(), first...)
			}
			if len(last) > 0 {
				p.ZAddGT(ctx, k.usage(), last...)
			}
			p.PExpire(ctx, k.usage(), usageTTL)
			return nil
		})
		return err
	})
}

func scored(at time.Time, words ...string) redis.Z {
	return redis.Z{Member: strings.Join(words, " "), Score: float64(at.UnixMilli())} // exact below 2^53
}

func lastTimes(id string, use token.Usage) []redis.Z {
	var times []redis.Z
	if !use.LastUsedAt.IsZero() {
		times = append(times, scored(use.LastUsedAt, id))
	}
	for _, c := range use.Clients {
		times = append(times, scored(c.LastAt, id, memberClient, string(c.Name)))
	}
	for _, a := range use.Addresses {
		times = append(times, scored(a.LastAt, id, memberAddress, string(a.Name)))
	}
	for _, r := range use.Refused {
		times = append(times, scored(r.LastAt, id, memberRefused, string(r.Name)))
	}
	return times
}

func count(ctx context.Context, p redis.Pipeliner, k keys, id string, hours []token.Hour) {
	for _, h := range hours {
		key, hour := k.counts(id, h.At), strconv.Itoa(h.At.UTC().Hour())
		for field, n := range map[string]int64{fieldRequests: h.Requests, fieldFailures: h.Failures, fieldRefused: h.Refused} {
			if n != 0 {
				p.HIncrBy(ctx, key, hour+" "+field, n)
			}
		}
		p.PExpire(ctx, key, countsTTL)
	}
}
