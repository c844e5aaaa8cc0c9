package tokenserver_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
)

// rotating is an organisation on a backend whose first token is in use.
type rotating struct {
	*issuer.Issuer
	t       *testing.T
	tokens  token.Store
	keyring token.Keyring
	first   token.Token
}

const org = "org-a"

var admin = audit.Caller{Subject: "administrator-7"}

func newRotating(t *testing.T, b backend, now func() time.Time) *rotating {
	t.Helper()
	if b.prepare != nil {
		assert.NilError(t, b.prepare(t.Context()))
	}
	r := &rotating{t: t, tokens: b.tokens, keyring: newKeyring(t)}
	r.Issuer = issuertest.New(r.t, issuer.Deps{Store: b.organisations, Tokens: b.tokens, Keyring: r.keyring, Now: now})
	if _, _, err := r.Announce(t.Context(), admin, org, issuer.Terms{SSO: true}); err != nil {
		t.Fatalf("Announce: %v", err)
	}
	first, err := r.Enable(t.Context(), admin, org)
	if err != nil {
		t.Fatalf("Enable: %v", err)
	}
	r.first = first.Token
	r.use(first.Token)
	return r
}

func (r *rotating) use(t token.Token) {
	r.t.Helper()
	if err := r.tokens.RecordUsage(r.t.Context(), t.Tag(), map[string]token.Usage{t.ID(): tokentest.Used(time.Now())}); err != nil {
		r.t.Fatalf("RecordUsage: %v", err)
	}
}

func TestOfParallelRotationsOneWins(t *testing.T) {
	t.Parallel()
	for name, newBackend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRotating(t, newBackend(t), time.Now)
			var won, lost atomic.Int32
			var wg sync.WaitGroup
			for range 64 {
				wg.Go(func() {
					_, err := r.Rotate(t.Context(), admin, org, issuer.Rotation{Current: r.first.ID(), Overlap: time.Hour, Force: true})
					_, notCurrent := errors.AsType[*issuer.NotCurrent](err)
					switch {
					case err == nil:
						won.Add(1)
					case notCurrent:
						lost.Add(1)
					default:
						t.Errorf("Rotate: %v", err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 || lost.Load() != 63 {
				t.Errorf("%d won and %d got that another token is current, want 1 and 63", won.Load(), lost.Load())
			}
		})
	}
}

// TestRotationLeavesNoGap rotates again and again, once a day by the clock, while a client calls
// all the time. The client moves to the new token at some moment within the overlap; then the old
// one is ended.
func TestRotationLeavesNoGap(t *testing.T) {
	t.Parallel()
	for name, newBackend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rotations := 1000
			if name == "one file" { // which removes none of them
				rotations = 100
			}
			var days atomic.Int64
			now := func() time.Time { return time.Now().Add(time.Duration(days.Load()) * 24 * time.Hour) }
			r := newRotating(t, newBackend(t), now)
			c := newClient(r, now)
			current := r.first
			for range rotations {
				next, err := r.Rotate(t.Context(), admin, org, issuer.Rotation{Current: current.ID(), Overlap: time.Hour})
				if err != nil {
					t.Fatalf("Rotate: %v", err)
				}
				c.wait(rand.Int64N(3))
				c.configured.Store(&next.Token)
				r.use(next.Token)
				c.wait(2) // the call that is under way may have the old token
				if _, err := r.EndEarly(t.Context(), admin, org, current.ID()); err != nil {
					t.Fatalf("EndEarly: %v", err)
				}
				current = next.Token
				days.Add(1)
			}
			t.Logf("%d calls during %d rotations, %d more could not be verified at the time", c.calls.Load(), rotations, c.unverified.Load())
		})
	}
}

// client calls with the token that it is configured with until the test ends. A call that is
// refused is an error. One without a verdict, where a busy machine's store is away, is repeated.
type client struct {
	configured        atomic.Pointer[token.Token]
	calls, unverified atomic.Int64
}

func newClient(r *rotating, now func() time.Time) *client {
	c := &client{}
	c.configured.Store(&r.first)
	verifier := token.NewVerifier(r.tokens, r.keyring, now)
	ctx, stop := context.WithCancel(context.WithoutCancel(r.t.Context()))
	var calling sync.WaitGroup
	calling.Go(func() {
		for ; ctx.Err() == nil; time.Sleep(200 * time.Microsecond) {
			_, err := verifier.Verify(ctx, c.configured.Load().Reveal())
			refusal, refused := errors.AsType[*token.Refusal](err)
			switch {
			case ctx.Err() != nil:
				return
			case errors.Is(err, token.ErrUnavailable):
				c.unverified.Add(1)
				continue
			case refused:
				r.t.Errorf("a call was refused: %s", refusal.Reason)
			case err != nil:
				r.t.Errorf("a call failed: %v", err)
			}
			c.calls.Add(1)
		}
	})
	r.t.Cleanup(func() { stop(); calling.Wait() })
	return c
}

// wait waits until the client has n verdicts more.
func (c *client) wait(n int64) {
	for until := c.calls.Load() + n; c.calls.Load() < until; {
		time.Sleep(50 * time.Microsecond)
	}
}

func TestTheOverlapEndsOnTime(t *testing.T) {
	t.Parallel()
	const overlap = 2 * time.Second
	for name, newBackend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRotating(t, newBackend(t), time.Now)
			start := time.Now()
			next, err := r.Rotate(t.Context(), admin, org, issuer.Rotation{Current: r.first.ID(), Overlap: overlap})
			if err != nil {
				t.Fatalf("Rotate: %v", err)
			}
			verifier := token.NewVerifier(r.tokens, r.keyring, nil)
			for {
				_, err := verifier.Verify(t.Context(), r.first.Reveal())
				refusal, refused := errors.AsType[*token.Refusal](err)
				took := time.Since(start)
				if refused {
					redistest.Bound(t, "the overlap of 2 s", took, overlap+time.Second)
					if refusal.Reason != token.ReasonExpired || took < overlap-2*time.Millisecond { // times are kept to the millisecond
						t.Errorf("refused as %s after %v, want expired after %v", refusal.Reason, took, overlap)
					}
					break
				}
				if err != nil {
					t.Fatalf("after %v: %v", took, err)
				}
				time.Sleep(10 * time.Millisecond)
			}
			if _, err := verifier.Verify(t.Context(), next.Token.Reveal()); err != nil {
				t.Errorf("the new token: %v", err)
			}
		})
	}
}
