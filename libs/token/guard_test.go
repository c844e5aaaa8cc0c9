package token_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
)

const (
	office = "203.0.113.7"
	home   = "198.51.100.9"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	type guarded struct {
		*token.Guard
		token token.Token
		store *lookup
	}
	right := func(t *testing.T, g guarded, address string) error {
		_, err := g.Verify(t.Context(), address, "Bearer "+g.token.Reveal())
		return err
	}
	wrong := func(t *testing.T, g guarded, address string) error {
		_, err := g.Verify(t.Context(), address, "Bearer "+withSecretOf(t, g.token, token.New(g.token.Tag())).Reveal())
		return err
	}
	guess20 := func(t *testing.T, g guarded, address string) {
		t.Helper()
		for range 20 {
			if err := wrong(t, g, address); reason(err) != token.ReasonWrongSecret {
				t.Fatalf("one of the first 20 guesses: error %v", err)
			}
		}
	}
	for name, rule := range map[string]func(t *testing.T, g guarded){
		"the 21st wrong secret is not looked at": func(t *testing.T, g guarded) {
			guess20(t, g, office)
			asked := g.store.asked
			err := wrong(t, g, office)
			throttled, ok := errors.AsType[*token.Throttled](err)
			if !ok || throttled.TokenID != g.token.ID() || throttled.RetryAfter != 3*time.Second {
				t.Errorf("error %#v", err)
			}
			if g.store.asked != asked {
				t.Error("the store was read")
			}
		},
		"nor is the 1,001st of unknown tokens that are all different, and 100 more are in each second": func(t *testing.T, g guarded) {
			stray := func(address string) error {
				_, err := g.Verify(t.Context(), address, "Bearer "+token.New(token.NewTag()).Reveal())
				return err
			}
			for range 1000 {
				if err := stray(office); reason(err) != token.ReasonUnknown {
					t.Fatalf("one of the first 1,000: error %v", err)
				}
			}
			asked := g.store.asked
			if err := stray(office); !isThrottled(err) || g.store.asked != asked {
				t.Errorf("the next one: error %v, %d reads of the store", err, g.store.asked-asked)
			}
			if err := stray(home); reason(err) != token.ReasonUnknown {
				t.Errorf("from another address: error %v", err)
			}
			time.Sleep(time.Second)
			for range 100 {
				if err := stray(office); reason(err) != token.ReasonUnknown {
					t.Fatalf("one of 100 a second later: error %v", err)
				}
			}
			if err := stray(office); !isThrottled(err) {
				t.Errorf("the 101st a second later: error %v", err)
			}
		},
		"nor is the right one, for a client that guesses it": func(t *testing.T, g guarded) {
			guess20(t, g, office)
			if err := right(t, g, office); !isThrottled(err) {
				t.Errorf("error %v", err)
			}
		},
		"20 more are looked at in each minute": func(t *testing.T, g guarded) {
			guess20(t, g, office)
			looked := 0
			for range 600 {
				time.Sleep(100 * time.Millisecond)
				if !isThrottled(wrong(t, g, office)) {
					looked++
				}
			}
			if looked != 20 {
				t.Errorf("%d were looked at", looked)
			}
		},
		"an unknown id counts as a wrong secret does": func(t *testing.T, g guarded) {
			unknown := "Bearer " + token.New(g.token.Tag()).Reveal()
			for range 20 {
				if _, err := g.Verify(t.Context(), office, unknown); reason(err) != token.ReasonUnknown {
					t.Fatalf("error %v", err)
				}
			}
			if _, err := g.Verify(t.Context(), office, unknown); !isThrottled(err) {
				t.Errorf("error %v", err)
			}
		},
		"a token that was accepted before is accepted while its id is guessed at from its address": func(t *testing.T, g guarded) {
			assert.NilError(t, right(t, g, office))
			guess20(t, g, office)
			if err := wrong(t, g, office); !isThrottled(err) {
				t.Errorf("a guess: error %v", err)
			}
			if err := right(t, g, office); err != nil {
				t.Errorf("the token: error %v", err)
			}
		},
		"another token from the same address is let in": func(t *testing.T, g guarded) {
			other := token.New(g.token.Tag())
			for range 30 {
				_, _ = g.Verify(t.Context(), office, other.Reveal())
			}
			if err := right(t, g, office); err != nil {
				t.Error(err)
			}
		},
		"the same id from another address is looked at": func(t *testing.T, g guarded) {
			guess20(t, g, office)
			if err := right(t, g, home); err != nil {
				t.Error(err)
			}
		},
		"a dead token is not a guess": func(t *testing.T, g guarded) {
			g.store.record.RevokedAt = time.Now()
			for range 30 {
				if err := right(t, g, office); reason(err) != token.ReasonRevoked {
					t.Fatalf("error %v", err)
				}
			}
		},
		"nor is an outage": func(t *testing.T, g guarded) {
			g.store.err = token.ErrUnavailable
			for range 30 {
				if err := wrong(t, g, office); !errors.Is(err, token.ErrUnavailable) {
					t.Fatalf("error %v", err)
				}
			}
		},
		"nor is text that is not a token": func(t *testing.T, g guarded) {
			for range 30 {
				if _, err := g.Verify(t.Context(), office, "Bearer x"); reason(err) != token.ReasonMalformed {
					t.Fatalf("error %v", err)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				secret, l := issued(t)
				rule(t, guarded{token.NewGuard(token.NewVerifier(l, keyring(t, "k1"), nil).Verify), secret, l})
			})
		})
	}
}

func isThrottled(err error) bool {
	_, ok := errors.AsType[*token.Throttled](err)
	return ok
}

// The whole path to a handler with a token that was accepted a moment ago.
func BenchmarkGuardedCache(b *testing.B) {
	secret, l := issued(b)
	l.record.ExpiresAt = time.Time{}
	c, authorization := token.NewCache(token.NewVerifier(l, keyring(b, "k1"), nil)), "Bearer "+secret.Reveal()
	g, u, limits := token.NewGuard(c.Verify), token.NewUsageRecorder(nil), ratelimit.NewLocal()
	f := feed{events: make(chan token.Event)}
	go c.Run(b.Context(), f, func(error) {})
	f.events <- token.Event{}
	b.ReportAllocs()
	for b.Loop() {
		p, err := g.Verify(b.Context(), office, authorization)
		assert.NilError(b, err)
		u.Record(token.Request{Tag: p.Tag, TokenID: p.TokenID, Client: token.ClientOkta, Address: token.AddressPublic})
		if _, _, err := limits.Allow(b.Context(), p.Tag, ratelimit.Rate{PerSecond: 1e9}, ratelimit.Cost{Slots: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
