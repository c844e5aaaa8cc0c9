package issuer_test

import (
	"errors"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

// TestLawsOfTokens lets an administrator do anything in any order, while clients use tokens and
// time passes. Whatever happens:
//
//   - there are never more than two live tokens;
//   - a leaked token is never accepted again;
//   - a rotation without force leaves each token alive that was, and was used;
//   - Reconcile, where nothing was lost, changes nothing.
func TestLawsOfTokens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w, _ := enabled(t)
		var leaked []token.Token
		known := func() token.Token {
			all, err := w.Tokens(t.Context(), org)
			assert.NilError(r, err)
			id := all[rapid.IntRange(0, min(3, len(all)-1)).Draw(r, "token")].ID // the latest ones
			return w.issued[id]
		}
		live := func() (tokens []issuer.Token) {
			all, err := w.Tokens(t.Context(), org)
			assert.NilError(r, err)
			for _, each := range all {
				if each.State == issuer.StateLive {
					tokens = append(tokens, each)
				}
			}
			return tokens
		}
		r.Repeat(map[string]func(*rapid.T){
			"issue": func(r *rapid.T) {
				issued, err := w.Issue(t.Context(), admin, org, issuer.TokenRequest{Name: "okta"})
				w.keep(r, issued, err)
			},
			"rotate": func(r *rapid.T) {
				before := live()
				q := issuer.Rotation{
					Current: known().ID(), Overlap: time.Duration(rapid.IntRange(1, 4).Draw(r, "hours")) * time.Hour, Force: rapid.Bool().Draw(r, "force"),
				}
				issued, err := w.Rotate(t.Context(), admin, org, q)
				w.keep(r, issued, err)
				for _, each := range before {
					if _, err := w.accepts(w.issued[each.ID]); !q.Force && !each.LastUsedAt.IsZero() && err != nil {
						r.Fatalf("a token in use ended at once: %v", err)
					}
				}
			},
			"end early": func(r *rapid.T) { _, err := w.EndEarly(t.Context(), admin, org, known().ID()); answered(r, err) },
			"cancel":    func(r *rapid.T) { _, err := w.Cancel(t.Context(), admin, org, known().ID()); answered(r, err) },
			"revoke":    func(r *rapid.T) { answered(r, w.Revoke(t.Context(), admin, org, known().ID())) },
			"restore":   func(r *rapid.T) { _, err := w.Restore(t.Context(), admin, org, known().ID()); answered(r, err) },
			"leak": func(r *rapid.T) {
				t := known()
				_, err := w.Leaked(r.Context(), github, t, place)
				answered(r, err)
				leaked = append(leaked, t)
				w.tick()
			},
			"use": func(*rapid.T) { w.use(known()) },
			"wait": func(r *rapid.T) {
				w.time = w.time.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour, 3 * time.Hour}).Draw(r, "time"))
			},
			"": func(r *rapid.T) {
				if n := len(live()); n > token.MaxLive {
					r.Fatalf("%d live tokens", n)
				}
				for _, each := range leaked {
					if _, err := w.accepts(each); err == nil {
						r.Fatalf("token %s has leaked and is accepted", each.ID())
					}
				}
			},
		})
		facts := w.facts()
		w.reconcile()
		if got := w.facts(); got != facts {
			r.Fatalf("Reconcile changes\n%s\ninto\n%s", facts, got)
		}
	})
}

// keep keeps the token, if there is one.
func (w *world) keep(r *rapid.T, i issuer.Issued, err error) {
	answered(r, err)
	if err == nil {
		w.issued[i.Token.ID()] = i.Token
	}
	w.tick()
}

// answered fails the test if err is not a refusal.
func answered(r *rapid.T, err error) {
	_, notCurrent := errors.AsType[*issuer.NotCurrent](err)
	_, overlap := errors.AsType[*issuer.Overlap](err)
	if err == nil || notCurrent || overlap {
		return
	}
	for _, refusal := range []error{issuer.ErrTooManyLive, issuer.ErrNotReplaced, issuer.ErrNoRotation, issuer.ErrTooLate, issuer.ErrLeaked} {
		if errors.Is(err, refusal) {
			return
		}
	}
	r.Fatalf("got %v, want an answer", err)
}
