package ratelimit

import (
	"context"
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
	// Allow reports whether one more request of the organisation with this tag passes, and counts it if so; if not, after what
	// time one will. A request may cost as many slots as several do: cost is 1 or above. One that costs more than a burst passes after
	// a rest as long as a burst, and takes that. The error says why that could not be told.
	Allow(ctx context.Context, tag string, rate Rate, cost int) (retryAfter time.Duration, ok bool, err error)
}

// Take returns until when slots are taken if there are as many as a request costs now, and otherwise how long it takes until
// there are. What was taken at a slower rate before, or beyond a burst, holds up nobody for longer than a burst.
func Take(taken, now time.Time, slot time.Duration, burst, cost int) (time.Time, time.Duration) {
	most := now.Add(time.Duration(burst) * slot)
	switch {
	case taken.Before(now):
		taken = now
	case taken.After(most):
		taken = most
	}
	next := taken.Add(time.Duration(min(cost, burst)) * slot)
	if next.After(most) {
		return taken, next.Sub(most)
	}
	return next, 0
}
