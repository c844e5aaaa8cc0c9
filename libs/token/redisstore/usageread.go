package redisstore

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// usageRead is what List reads of the usage of tokens.
type usageRead struct {
	now   time.Time
	times *redis.ZSliceCmd
	days  map[string][]*redis.MapStringStringCmd // by id, one for each of countDays
}

func askForUsage(ctx context.Context, p redis.Pipeliner, k keys, ids []string, now time.Time) usageRead {
	asked := usageRead{now, p.ZRangeWithScores(ctx, k.usage(), 0, -1), make(map[string][]*redis.MapStringStringCmd)}
	for _, id := range ids {
		for _, begin := range countDays(now) {
			asked.days[id] = append(asked.days[id], p.HGetAll(ctx, k.counts(id, begin)))
		}
	}
	return asked
}

// of returns the use of a token, when the answers are there.
func (u usageRead) of(id string) (token.Usage, error) {
	var use token.Usage
	for i, begin := range countDays(u.now) {
		hours, err := hoursOf(begin, u.days[id][i].Val())
		if err != nil {
			return token.Usage{}, err
		}
		use.Hours = append(use.Hours, hours...)
	}
	for _, z := range u.times.Val() {
		member, _ := z.Member.(string)
		if owner, of, _ := strings.Cut(member, " "); owner == id {
			use = use.Plus(timeOf(of, moment(int64(z.Score))))
		}
	}
	return use.Since(u.now.Add(-token.UsageMemory)), nil
}

// hoursOf reads what count wrote of one day.
func hoursOf(begin time.Time, fields map[string]string) ([]token.Hour, error) {
	var counts [24]token.Count
	n := numbers{fields: fields}
	for field := range fields {
		hour, of, _ := strings.Cut(field, " ")
		at, err := strconv.Atoi(hour)
		if err != nil || at < 0 || at >= len(counts) {
			return nil, errors.New("count of no hour: " + field)
		}
		switch of {
		case fieldRequests:
			counts[at].Requests = n.get(field)
		case fieldFailures:
			counts[at].Failures = n.get(field)
		case fieldRefused:
			counts[at].Refused = n.get(field)
		}
	}
	var hours []token.Hour
	for at, c := range counts {
		if c != (token.Count{}) {
			hours = append(hours, token.Hour{At: begin.Add(time.Duration(at) * time.Hour), Count: c})
		}
	}
	return hours, n.err
}

// timeOf reads what lastTimes wrote.
func timeOf(of string, at time.Time) token.Usage {
	switch word, name, _ := strings.Cut(of, " "); word {
	case "":
		return token.Usage{LastUsedAt: at}
	case memberFirst:
		return token.Usage{FirstUsedAt: at}
	case memberClient:
		return token.Usage{Clients: []token.Seen[token.Client]{{Name: token.Client(name), LastAt: at}}}
	case memberAddress:
		return token.Usage{Addresses: []token.Seen[token.AddressClass]{{Name: token.AddressClass(name), LastAt: at}}}
	case memberRefused:
		return token.Usage{Refused: []token.Seen[token.Reason]{{Name: token.Reason(name), LastAt: at}}}
	default:
		return token.Usage{}
	}
}
