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
)

// Throttled is the error for a token that is not even looked at, because too many wrong ones with its id came from the same
// address.
type Throttled struct {
	TokenID    string
	RetryAfter time.Duration // above 0
}

func (*Throttled) Error() string { return "bearer token not looked at: too many wrong ones" }

// ErrorType is one word for all, for telemetry.
func (*Throttled) ErrorType() string { return "throttled" }

// Guard keeps those who guess secrets from a Verifier or a Cache. It counts wrong secrets and unknown ids alike, by address and
// token id: many organisations share the addresses of an identity provider, so that one of them must not stop the others. Nor
// may it stop the owner of the id that it guesses at: a token that this process has let in before always reaches the Verifier.
// A token that is dead but right is no guess.
//
// It counts in this process only, for some 10,000 tokens. It is safe for concurrent use. Made by NewGuard.
type Guard struct {
	verify func(ctx context.Context, authorization string) (Principal, error)

	mu      sync.Mutex
	guesses recent.Map[target, time.Time] // until when slots are taken, see ratelimit.Rate.Slots
	right   recent.Map[digest, struct{}]  // tokens that were let in
}

type target struct{ address, id string }

// NewGuard returns a Guard before verify, the method of a Verifier or a Cache.
func NewGuard(verify func(ctx context.Context, authorization string) (Principal, error)) *Guard {
	return &Guard{
		verify:  verify,
		guesses: recent.New[target, time.Time](guardSize / 2),
		right:   recent.New[digest, struct{}](guardSize / 2),
	}
}

// Verify answers as Verifier.Verify, or *Throttled. address is the client's, in any form that stays the same.
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
	taken, guessed := g.guesses.Get(at)
	if !guessed {
		return 0
	}
	if _, right := g.right.Get(key); right {
		return 0
	}
	_, wait := ratelimit.Take(taken, time.Now(), guessSlot, guessBurst)
	return wait
}

func (g *Guard) learn(at target, key digest, err error) {
	refusal, refused := errors.AsType[*Refusal](err)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.right.Set(key, struct{}{})
	case refused && (refusal.Reason == ReasonUnknown || refusal.Reason == ReasonWrongSecret):
		taken, _ := g.guesses.Get(at)
		taken, _ = ratelimit.Take(taken, time.Now(), guessSlot, guessBurst)
		g.guesses.Set(at, taken)
	}
}
