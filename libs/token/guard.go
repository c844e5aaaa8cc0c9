package token

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/devrev/scim/libs/token/internal/recent"
	"github.com/devrev/scim/libs/token/ratelimit"
)

const (
	guardSize  = 10_000                   // of each of a Guard's memories
	guessBurst = 20                       // wrong tokens at once,
	guessSlot  = time.Minute / guessBurst // and then one in 3 s

	strayBurst = 1000              // unknown tokens of one address at once, whatever their ids,
	straySlot  = time.Second / 100 // and then 100 a second: one address may be that of many organisations
)

// Throttled is the error for a token that is not even looked at, because too many wrong ones came
// from the same address: with its id, or at all.
type Throttled struct {
	TokenID    string
	RetryAfter time.Duration // above 0
}

func (*Throttled) Error() string { return "bearer token not looked at: too many wrong ones" }

// ErrorType is one word for all, for telemetry.
func (*Throttled) ErrorType() string { return "throttled" }

// Guard keeps clients that guess secrets from a Verifier or a Cache. It counts wrong secrets and
// unknown ids alike, by address and token id: many organisations share the addresses of an identity
// provider, so that one of them must not stop the others. Nor may a guessing client stop the owner
// of the id: a token that this process has accepted before always reaches the Verifier. A dead
// token with the right secret is not a guess.
//
// Tokens that are all different cost the token store a look-up each. So they are counted by address
// alone as well, generously.
//
// It counts in this process only, for some 10,000 tokens. It is safe for concurrent use. Made by
// NewGuard.
type Guard struct {
	verify func(ctx context.Context, authorization string) (Principal, error)

	mu      sync.Mutex
	guesses recent.Map[target, time.Time] // until when slots are taken, see ratelimit.Rate.Slots
	strays  recent.Map[string, time.Time] // of addresses, as guesses
	right   recent.Map[digest, struct{}]  // tokens that were let in
}

type target struct{ address, id string }

// NewGuard returns a Guard before verify, the method of a Verifier or a Cache.
func NewGuard(verify func(ctx context.Context, authorization string) (Principal, error)) *Guard {
	return &Guard{
		verify:  verify,
		guesses: recent.New[target, time.Time](guardSize / 2),
		strays:  recent.New[string, time.Time](guardSize / 2),
		right:   recent.New[digest, struct{}](guardSize / 2),
	}
}

// Verify answers as Verifier.Verify, or *Throttled. address is the client's, in any form that stays
// the same.
func (g *Guard) Verify(ctx context.Context, address, authorization string) (Principal, error) {
	text, _ := credentials(authorization)
	t, err := Parse(text)
	if err != nil {
		return g.verify(ctx, authorization) // which refuses it without asking anyone
	}
	at, key := target{address, t.ID()}, digestOf(text)
	if wait := g.wait(at, key); wait > 0 {
		return Principal{}, &Throttled{TokenID: at.id, RetryAfter: wait}
	}
	p, err := g.verify(ctx, authorization)
	g.learn(at, key, err)
	return p, err
}

func (g *Guard) wait(at target, key digest) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	guesses, guessed := g.guesses.Get(at)
	strays, strayed := g.strays.Get(at.address)
	if _, right := g.right.Get(key); right || !guessed && !strayed {
		return 0
	}
	now := time.Now()
	_, wait := ratelimit.Take(guesses, now, guessSlot, guessBurst, ratelimit.Cost{Slots: 1})
	_, more := ratelimit.Take(strays, now, straySlot, strayBurst, ratelimit.Cost{Slots: 1})
	return max(wait, more)
}

func (g *Guard) learn(at target, key digest, err error) {
	refusal, refused := errors.AsType[*Refusal](err)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.right.Set(key, struct{}{})
	case refused && (refusal.Reason == ReasonUnknown || refusal.Reason == ReasonWrongSecret):
		now := time.Now()
		taken, _ := g.guesses.Get(at)
		taken, _ = ratelimit.Take(taken, now, guessSlot, guessBurst, ratelimit.Cost{Slots: 1})
		g.guesses.Set(at, taken)
		taken, _ = g.strays.Get(at.address)
		taken, _ = ratelimit.Take(taken, now, straySlot, strayBurst, ratelimit.Cost{Slots: 1})
		g.strays.Set(at.address, taken)
	}
}
