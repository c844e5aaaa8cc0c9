package guard

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// mostCounted is of how many groups and organisations a Local remembers counts.
const mostCounted = 20_000

// Local is the Counter of the only process of a service. It remembers nothing beyond the process.
type Local struct {
	mu     sync.Mutex
	counts *lru.Cache[string, map[int64]int] // by minute
}

var _ Counter = (*Local)(nil)

// NewLocal returns a Local that has counted nothing.
func NewLocal() *Local {
	counts, _ := lru.New[string, map[int64]int](mostCounted) // fails for a size below 1 only
	return &Local{counts: counts}
}

// CountLeft never fails.
func (l *Local) CountLeft(_ context.Context, tag, of string, n int, window time.Duration, now time.Time) (total int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	minute := now.Unix() / 60
	counts, _ := l.counts.Get(tag + " " + of)
	if n != 0 && counts == nil {
		counts = map[int64]int{}
		l.counts.Add(tag+" "+of, counts)
	}
	if n != 0 {
		counts[minute] += n
	}
	for at, count := range counts {
		switch {
		case at <= minute-24*60:
			delete(counts, at)
		case at > minute-int64(window/time.Minute) && at <= minute:
			total += count
		}
	}
	return total, nil
}
