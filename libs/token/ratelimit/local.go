package ratelimit

import (
	"context"
	"sync"
	"time"

	"github.com/devrev/scim/libs/token/internal/recent"
)

// Local counts in the memory of this process. Beyond 20,000 organisations within the time of a
// burst it forgets the longest idle. It is safe for concurrent use. Made by NewLocal.
type Local struct {
	mu    sync.Mutex
	taken recent.Map[string, time.Time] // by tag: until when slots are taken
}

var _ Limiter = (*Local)(nil)

// NewLocal returns a Local that has counted nothing.
func NewLocal() *Local {
	return &Local{taken: recent.New[string, time.Time](20_000)}
}

// Allow never fails.
func (l *Local) Allow(_ context.Context, tag string, rate Rate, cost Cost) (retryAfter time.Duration, ok bool, err error) {
	now := time.Now()
	slot, burst := rate.Slots()
	l.mu.Lock()
	defer l.mu.Unlock()
	taken, _ := l.taken.Get(tag)
	taken, wait := Take(taken, now, slot, burst, cost)
	l.taken.Set(tag, taken)
	return wait, wait == 0, nil
}
