package ratelimit

import (
	"context"
	"time"
)

// The rate of an organisation that has no other. Microsoft Entra wants 25 requests a second at
// least.
const (
	DefaultPerSecond = 50
	DefaultBurst     = 2 * DefaultPerSecond
)

// Rate is how many requests of an organisation pass. The zero Rate is the default.
type Rate struct {
	PerSecond int // in the long run; below 1: DefaultPerSecond
	Burst     int // at once, after a rest; below 1: what passes in two seconds
}

// Slots returns the rate in the terms of the generic cell rate algorithm (ITU-T I.371), in which
// every Limiter counts: each request takes a slot of time, and so many slots may be taken in
// advance. All there is to remember of an organisation is until when its slots are taken.
func (r Rate) Slots() (length time.Duration, burst int) {
	if r.PerSecond < 1 {
		r.PerSecond = DefaultPerSecond
	}
	if r.Burst < 1 {
		r.Burst = 2 * r.PerSecond
	}
	return time.Second / time.Duration(r.PerSecond), r.Burst
}

// Cost is what one request takes: so many slots now, beside those that it has paid for before. All
// that a request takes is a burst at most, however much it costs: so every request passes after a
// pause as long as a burst.
type Cost struct {
	Slots int // 1 or above
	Paid  int
}

// Within returns how many slots the request takes now at a rate of this burst.
func (c Cost) Within(burst int) int { return min(c.Paid+c.Slots, burst) - min(c.Paid, burst) }

// Again returns how long to wait until the whole request passes, if the last of its slots are free
// after this time: whoever sends it again pays again for what it has paid for.
func (c Cost) Again(wait, slot time.Duration, burst int) time.Duration {
	return wait + time.Duration(min(c.Paid, burst))*slot
}

// Limiter counts the requests of organisations.
type Limiter interface {
	// Allow reports whether one more request of the organisation with this tag passes, and counts
	// what it costs if so; if not, it returns after what time it will. An error means that there is
	// no decision.
	Allow(ctx context.Context, tag string, rate Rate, cost Cost) (retryAfter time.Duration, ok bool, err error)
}

// Take returns the time until which slots are taken if what a request costs is free now, and
// otherwise how long it takes until it is. Slots taken earlier at a slower rate, or beyond a burst,
// delay no request for longer than a burst.
func Take(taken, now time.Time, slot time.Duration, burst int, cost Cost) (time.Time, time.Duration) {
	most := now.Add(time.Duration(burst) * slot)
	switch {
	case taken.Before(now):
		taken = now
	case taken.After(most):
		taken = most
	}
	next := taken.Add(time.Duration(cost.Within(burst)) * slot)
	if next.After(most) {
		return taken, cost.Again(next.Sub(most), slot, burst)
	}
	return next, 0
}
