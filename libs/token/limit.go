package token

import (
	"context"
	"sync"
	"time"
)

// The rate of an organisation that has no other. Microsoft Entra wants 25 requests a second at least.
const (
	DefaultPerSecond = 50
	DefaultBurst     = 2 * DefaultPerSecond
)

// Rate is how many requests of an organisation pass. The zero Rate is the default.
type Rate struct {
	PerSecond int // in the long run; below 1: DefaultPerSecond
	Burst     int // at once, after a rest; below 1: what passes in two seconds
}

// Slots returns the rate in the terms of the generic cell rate algorithm (ITU-T I.371), in which every Limiter counts: each
// request takes a slot of time, and so many slots may be taken in advance. All there is to remember of an organisation is until
// when its slots are taken.
func (r Rate) Slots() (length time.Duration, burst int) {
	if r.PerSecond < 1 {
		r.PerSecond = DefaultPerSecond
	}
	if r.Burst < 1 {
		r.Burst = 2 * r.PerSecond
	}
	return time.Second / time.Duration(r.PerSecond), r.Burst
}

// Limiter counts the requests of organisations.
type Limiter interface {
	// Allow tells whether one more request of the organisation with this tag passes, and counts it if so; if not, after what
	// time one will. The error wraps ErrUnavailable if that could not be told.
	Allow(ctx context.Context, tag string, rate Rate) (retryAfter time.Duration, ok bool, err error)
}

// LocalLimiter counts in the memory of this process. Beyond 20,000 organisations within the time of a burst it forgets the
// longest idle. It is safe for concurrent use. Made by NewLocalLimiter.
type LocalLimiter struct {
	mu    sync.Mutex
	taken recent[string, time.Time] // by tag: until when slots are taken
}

var _ Limiter = (*LocalLimiter)(nil)

// NewLocalLimiter returns a LocalLimiter that has counted nothing.
func NewLocalLimiter() *LocalLimiter {
	return &LocalLimiter{taken: newRecent[string, time.Time](20_000)}
}

// Allow never fails.
func (l *LocalLimiter) Allow(_ context.Context, tag string, rate Rate) (retryAfter time.Duration, ok bool, err error) {
	now := time.Now()
	slot, burst := rate.Slots()
	l.mu.Lock()
	defer l.mu.Unlock()
	taken, _ := l.taken.get(tag)
	taken, wait := take(taken, now, slot, burst)
	l.taken.set(tag, taken)
	return wait, wait == 0, nil
}

// take returns until when slots are taken if there is one for a request now, and otherwise how long it takes until there is
// one. What was taken at a slower rate before holds up nobody for longer than a burst.
func take(taken, now time.Time, slot time.Duration, burst int) (time.Time, time.Duration) {
	most := now.Add(time.Duration(burst) * slot)
	switch {
	case taken.Before(now):
		taken = now
	case taken.After(most):
		taken = most
	}
	next := taken.Add(slot)
	if next.After(most) {
		return taken, next.Sub(most)
	}
	return next, 0
}
