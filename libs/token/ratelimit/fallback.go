package ratelimit

import (
	"context"
	"sync/atomic"
	"time"
)

const (
	sharedPatience = 100 * time.Millisecond // a limit is not worth a longer wait
	sharedPause    = time.Second            // before a shared limiter that failed is called again
)

// Fallback is a Limiter over many processes that always has an answer. A request passes if this
// process has room for it and, as long as the shared limiter answers, all of them together have.
// Without the shared one each process lets the rate pass, and never more. A storm is stopped in the
// process that it hits, and reaches the shared limiter at the rate at most. It is safe for
// concurrent use. Made by NewFallback.
type Fallback struct {
	shared Limiter
	local  *Local
	muted  atomic.Pointer[time.Time] // until when shared is not called; nil: it never failed
}

var _ Limiter = (*Fallback)(nil)

// NewFallback returns a Limiter that shares the counts of shared while that answers.
func NewFallback(shared Limiter) *Fallback {
	return &Fallback{shared: shared, local: NewLocal()}
}

// Allow never fails, and takes 100 ms at most.
func (l *Fallback) Allow(ctx context.Context, tag string, rate Rate, cost Cost) (retryAfter time.Duration, ok bool, err error) {
	retryAfter, ok, err = l.local.Allow(ctx, tag, rate, cost)
	if !ok || !l.Shared() {
		return retryAfter, ok, err
	}
	asking, cancel := context.WithTimeout(ctx, sharedPatience)
	defer cancel()
	retryAfter, ok, err = l.shared.Allow(asking, tag, rate, cost)
	if err == nil {
		return retryAfter, ok, nil
	}
	if ctx.Err() == nil { // it is not the client that gave up
		l.muted.Store(new(time.Now().Add(sharedPause)))
	}
	return 0, true, nil
}

// Shared reports whether the shared limiter is in use. If not, it failed within the last second.
func (l *Fallback) Shared() bool {
	muted := l.muted.Load()
	return muted == nil || !time.Now().Before(*muted)
}
