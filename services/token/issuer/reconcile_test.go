package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/tokentest"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
)

// lose replaces the token store by an empty one.
func (w *world) lose() {
	w.t.Helper()
	w.tokens = newFile(w.t).Tokens()
	w.Issuer = w.withoutFaults()
}

func (w *world) reconcile() {
	w.t.Helper()
	if _, err := w.Reconcile(w.t.Context()); err != nil {
		w.t.Fatalf("Reconcile: %v", err)
	}
}

func TestReconcileBringsOrganisationsBack(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	w.lose()
	w.reconcile()
	w.wantCopy()
	w.wantStates()
	fresh, err := w.Enable(t.Context(), admin, org) // on, but with no token left: it goes on
	if err != nil {
		t.Fatalf("Enable: %v", err)
	}
	w.wantAccepted(fresh.Token)
}

func TestIssueNeedsNoReconcile(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	w.lose()
	w.wantAccepted(w.issue(issuer.TokenRequest{Name: "after the loss"}).Token)
}

func TestALateCopyUndoesNothing(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	var copies []token.Organisation
	keep := func() {
		o, err := w.tokens.Organisation(t.Context(), org)
		assert.NilError(t, err)
		copies = append(copies, o)
	}
	keep()
	if _, err := w.Disable(t.Context(), admin, org); err != nil {
		t.Fatal(err)
	}
	keep()
	second, err := w.Enable(t.Context(), admin, org)
	assert.NilError(t, err)
	for _, late := range copies {
		assert.NilError(t, w.tokens.PutOrganisation(t.Context(), late))
		w.wantRefused(first.Token, token.ReasonSuperseded)
		w.wantAccepted(second.Token)
	}
}

// TestAFailoverRevivesNoToken: the replica lacks what was done last.
func TestAFailoverRevivesNoToken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule   string
		end    func(w *world, id string) error
		reason token.Reason
	}{
		{"that was revoked", func(w *world, id string) error { return w.Revoke(w.t.Context(), admin, org, id) }, token.ReasonRevoked},
		{"from before SCIM was disabled", func(w *world, _ string) error {
			_, err := w.Disable(w.t.Context(), admin, org)
			return err
		}, token.ReasonSuperseded},
		{"from before SCIM was disabled, also after it was enabled", func(w *world, _ string) error {
			_, err := w.Disable(w.t.Context(), admin, org)
			_, err2 := w.Enable(w.t.Context(), admin, org)
			return errors.Join(err, err2)
		}, token.ReasonSuperseded},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w, issued := enabled(t)
			stale, err := w.tokens.Organisation(t.Context(), org)
			assert.NilError(t, err)
			assert.NilError(t, tt.end(w, issued.Token.ID()))
			w.lose()
			assert.NilError(t, errors.Join(w.tokens.PutOrganisation(t.Context(), stale), w.tokens.Insert(t.Context(), issued.Record)))
			w.wantAccepted(issued.Token)
			w.reconcile()
			w.wantRefused(issued.Token, tt.reason)
		})
	}
}

func TestReconcileTellsWhenAStoreIsNotThere(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	stale, err := w.tokens.Organisation(t.Context(), org)
	assert.NilError(t, err)
	assert.NilError(t, w.Revoke(t.Context(), admin, org, issued.Token.ID()))
	stale.Settings = map[string]string{"of": "before"}
	for at := 1; ; at++ {
		w.lose()
		assert.NilError(t, errors.Join(w.tokens.PutOrganisation(t.Context(), stale), w.tokens.Insert(t.Context(), issued.Record)))
		w.Issuer = w.withFaults()
		w.faults.failAt(at, false)
		_, err := w.Reconcile(t.Context())
		if w.faults.calls < at {
			if err != nil || at != 7 {
				t.Errorf("%d calls and %v; want 6: revocations, tokens, revoke, organisations, copy, put copy", at-1, err)
			}
			return
		}
		if !errors.Is(err, errFault) {
			t.Errorf("call %d fails: got %v", at, err)
		}
	}
}

// TestAnOrganisationThatCannotBePutRightHoldsUpNoOther: it comes before the others in every order.
func TestAnOrganisationThatCannotBePutRightHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	const poisoned = "org-0"
	for _, tt := range []struct {
		rule   string
		poison func(w *world) token.Store // the store that the Issuer gets
		named  string
		mended int // in the first round
	}{
		{"the token store has another tag for it", func(w *world) token.Store {
			other := token.Organisation{ID: poisoned, Tag: token.NewTag(), Enabled: true}
			assert.NilError(w.t, w.tokens.PutOrganisation(w.t.Context(), other))
			return w.tokens
		}, "copy organisation " + poisoned, 1},
		{"its tokens cannot be read", func(w *world) token.Store { return unreadable{w.tokens, poisoned} }, "of organisation " + poisoned, 2}, // with its copy, which can be written
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w, issued := enabled(t)
			stale, err := w.tokens.Organisation(t.Context(), org)
			assert.NilError(t, err)
			assert.NilError(t, w.Revoke(t.Context(), admin, org, issued.Token.ID()))
			revoked := w.lastEntry()
			revoked.ID, revoked.Org = "0190f3c0-0000-7000-8000-000000000000", poisoned
			created := w.store.CreateOrganisation(t.Context(), issuer.Organisation{ID: poisoned, Version: 1, Tag: token.NewTag(), Enabled: true})
			assert.NilError(t, errors.Join(created, w.store.AppendAudit(t.Context(), revoked)))
			w.lose()
			assert.NilError(t, errors.Join(w.tokens.PutOrganisation(t.Context(), stale), w.tokens.Insert(t.Context(), issued.Record)))
			w.wantAccepted(issued.Token)
			w.Issuer = issuertest.New(t, issuer.Deps{Store: w.store, Tokens: tt.poison(w), Keyring: w.keyring, Now: w.now})
			for _, want := range []struct {
				round  string
				mended int
			}{{"first", tt.mended}, {"second", 0}} {
				mended, err := w.Reconcile(t.Context())
				if err == nil || !strings.Contains(err.Error(), tt.named) {
					t.Errorf("the %s round returns %v, want it to name %q", want.round, err, tt.named)
				}
				if mended != want.mended {
					t.Errorf("the %s round has put %d right, want %d", want.round, mended, want.mended)
				}
				w.wantRefused(issued.Token, token.ReasonRevoked)
			}
			w.wantCopy()
		})
	}
}

// unreadable is a token store in which the keys of one organisation are damaged.
type unreadable struct {
	token.Store
	org string
}

func (s unreadable) List(ctx context.Context, org string) ([]token.Record, error) {
	if org == s.org {
		return nil, fmt.Errorf("%w: WRONGTYPE", token.ErrUnavailable)
	}
	return s.Store.List(ctx, org)
}

// TestARoundReportsABoundedNumberOfFailures: an error for each of thousands of organisations would
// be a log line that no one can read.
func TestARoundReportsABoundedNumberOfFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 15 {
		id := fmt.Sprintf("org-%02d", n)
		other := token.Organisation{ID: id, Tag: token.NewTag()}
		created := w.store.CreateOrganisation(t.Context(), issuer.Organisation{ID: id, Version: 1, Tag: token.NewTag()})
		assert.NilError(t, errors.Join(created, w.tokens.PutOrganisation(t.Context(), other)))
	}
	_, err := w.Reconcile(t.Context())
	if err == nil || strings.Count(err.Error(), "copy organisation") != 10 || !strings.Contains(err.Error(), "and 5 more") {
		t.Errorf("the round returns %v", err)
	}
}

// TestARoundEndsEarlyOnAStoreThatKeepsItWaiting: with thousands of organisations it would otherwise
// take hours, and what is lost in them would wait for its end.
func TestARoundEndsEarlyOnAStoreThatKeepsItWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 30 {
		o := issuer.Organisation{ID: fmt.Sprintf("org-%02d", n), Version: 1, Tag: token.NewTag()}
		assert.NilError(t, w.store.CreateOrganisation(t.Context(), o))
	}
	hung := &hung{Store: w.tokens}
	w.Issuer = issuertest.New(t, issuer.Deps{Store: w.store, Tokens: hung, Keyring: w.keyring, Now: func() time.Time { return time.Unix(hung.seconds.Load(), 0) }})
	_, err := w.Reconcile(t.Context())
	if calls := hung.seconds.Load(); err == nil || !strings.Contains(err.Error(), "the round ended early") || calls > 20 {
		t.Errorf("it made %d calls and returns %v; want some 10 calls, and those under way then", calls, err)
	}
}

// hung is a token store that never answers. A second passes with each call.
type hung struct {
	token.Store
	seconds atomic.Int64
}

func (s *hung) Organisation(context.Context, string) (token.Organisation, error) {
	s.seconds.Add(1)
	return token.Organisation{}, token.ErrUnavailable
}

// TestReconcileReportsWhatItCorrected: an operator is called for anything above 0, so it must be 0
// where nothing was lost.
func TestReconcileReportsWhatItCorrected(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t)
	w.endEarly()
	w.time = w.time.Add(time.Minute)
	wantMended := func(when string, want int) {
		t.Helper()
		if got, err := w.Reconcile(t.Context()); err != nil || got != want {
			t.Errorf("%s: %d and %v, want %d", when, got, err, want)
		}
	}
	wantMended("nothing is lost", 0)
	w.back()
	wantMended("the end of a token is lost", 1)
	wantMended("it was corrected", 0)
	w.lose()
	wantMended("everything is lost: the copy of the organisation comes back", 1)
	wantMended("tokens do not come back", 0)
}

// TestARepeatedRequestReachesTheStore: the first one may not have been acknowledged, because it was
// not known to last.
func TestARepeatedRequestReachesTheStore(t *testing.T) {
	t.Parallel()
	for rule, again := range map[string]func(w *world) error{
		"revoke": func(w *world) error { return w.Revoke(w.t.Context(), admin, org, w.first.Token.ID()) },
		"end early": func(w *world) error {
			_, err := w.EndEarly(w.t.Context(), admin, org, w.first.Token.ID())
			return err
		},
		"cancel": func(w *world) error {
			_, err := w.Cancel(w.t.Context(), admin, org, w.second.Token.ID())
			return err
		},
		"disable": func(w *world) error {
			_, err := w.Disable(w.t.Context(), admin, org)
			return err
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w, _ := rotated(t)
			w.Issuer = issuertest.New(t, issuer.Deps{Store: w.store, Tokens: unreplicated{w.tokens}, Keyring: w.keyring, Now: w.now})
			for _, time := range []string{"first", "second"} {
				if err := again(w); !errors.Is(err, token.ErrNotReplicated) {
					t.Errorf("it is unknown whether it lasts, and the %s answer is %v", time, err)
				}
			}
			w.Issuer = w.withoutFaults()
			if err := again(w); err != nil {
				t.Errorf("now it lasts, and the answer is %v", err)
			}
		})
	}
}

// unreplicated is a token store whose replicas are away: it makes each change, and cannot confirm
// that it lasts.
type unreplicated struct{ token.Store }

func (s unreplicated) PutOrganisation(ctx context.Context, o token.Organisation) error {
	return errors.Join(s.Store.PutOrganisation(ctx, o), token.ErrNotReplicated)
}

func (s unreplicated) Revoke(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	_, err := s.Store.Revoke(ctx, org, id, at)
	return token.Record{}, errors.Join(err, token.ErrNotReplicated)
}

func (s unreplicated) EndEarly(ctx context.Context, org, id, successor string, at time.Time) (token.Record, error) {
	_, err := s.Store.EndEarly(ctx, org, id, successor, at)
	return token.Record{}, errors.Join(err, token.ErrNotReplicated)
}

func (s unreplicated) Cancel(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	_, err := s.Store.Cancel(ctx, org, id, at)
	return token.Record{}, errors.Join(err, token.ErrNotReplicated)
}

// back returns the token store as it was when the second token of w had just taken the place of the
// first.
func (w *world) back() {
	w.t.Helper()
	stale, err := w.tokens.Organisation(w.t.Context(), org)
	assert.NilError(w.t, err)
	w.lose()
	err = errors.Join(
		w.tokens.PutOrganisation(w.t.Context(), stale),
		w.tokens.Insert(w.t.Context(), w.first.Record),
		w.tokens.RecordUsage(w.t.Context(), stale.Tag, map[string]token.Usage{w.first.Record.ID: tokentest.Used(w.first.Record.IssuedAt)}),
	)
	if _, rotateErr := w.tokens.Rotate(w.t.Context(), w.second.Record, w.first.Record.ID, w.second.Record.IssuedAt.Add(issuer.DefaultOverlap)); err != nil || rotateErr != nil {
		w.t.Fatal(err, rotateErr)
	}
	w.wantAccepted(w.first.Token)
	w.wantAccepted(w.second.Token)
}

func (w *world) endEarly() {
	w.t.Helper()
	if _, err := w.EndEarly(w.t.Context(), admin, org, w.first.Token.ID()); err != nil {
		w.t.Fatalf("EndEarly: %v", err)
	}
	w.tick()
}

func (w *world) cancel() {
	w.t.Helper()
	if _, err := w.Cancel(w.t.Context(), admin, org, w.second.Token.ID()); err != nil {
		w.t.Fatalf("Cancel: %v", err)
	}
	w.tick()
}

func (w *world) restore(i issuer.Issued) {
	w.t.Helper()
	if _, err := w.Restore(w.t.Context(), admin, org, i.Token.ID()); err != nil {
		w.t.Fatalf("Restore: %v", err)
	}
	w.tick()
}

func TestAFailoverUndoesNoEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule string
		act  func(w *world)
		want func(w *world)
	}{
		{"a token that was ended early stays dead", (*world).endEarly, func(w *world) {
			w.wantRefused(w.first.Token, token.ReasonRevoked)
			w.wantAccepted(w.second.Token)
		}},
		{"a rotation that was cancelled stays so", (*world).cancel, func(w *world) {
			w.wantRefused(w.second.Token, token.ReasonRevoked)
			w.time = w.time.Add(issuer.MaxOverlap)
			w.wantAccepted(w.first.Token)
		}},
		{"a token that was restored is not ended again", func(w *world) {
			w.endEarly()
			w.restore(w.first)
		}, func(w *world) {
			w.wantAccepted(w.first.Token)
			w.wantAccepted(w.second.Token)
		}},
		{"a token that was restored and revoked again stays dead", func(w *world) {
			w.endEarly()
			w.restore(w.first)
			w.endEarly()
		}, func(w *world) {
			w.wantRefused(w.first.Token, token.ReasonRevoked)
			w.wantAccepted(w.second.Token)
		}},
		{"a token that was reported as leaked stays dead, and cannot be restored", func(w *world) { w.leak(w.first) }, func(w *world) {
			w.wantDeadForGood(w.first)
			w.wantAccepted(w.second.Token)
		}},
		{"nor one whose restoring came just after that", func(w *world) {
			w.leak(w.second)
			e := w.lastEntry()
			e.ID, e.At, e.Action, e.Source = "0190f3c0-0000-7000-8000-000000000000", w.time, audit.ActionRestore, ""
			assert.NilError(w.t, w.store.AppendAudit(w.t.Context(), e))
		}, func(w *world) { w.wantDeadForGood(w.second) }},
		{"a rotation whose cancelling was taken back goes on", func(w *world) {
			w.cancel()
			w.restore(w.second)
		}, func(w *world) {
			w.wantAccepted(w.first.Token)
			w.wantAccepted(w.second.Token)
		}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w, _ := rotated(t)
			tt.act(w)
			w.back()
			w.reconcile()
			tt.want(w)
		})
	}
}

// TestARefusedEndStrikesNoOneLater: the audit has an act that another one came before, so that the
// store refused it.
func TestARefusedEndStrikesNoOneLater(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule    string
		refused audit.Action
		story   func(w *world)
	}{
		{"ending the old token, when the rotation had been cancelled, and there is another one", audit.ActionEndEarly, func(w *world) {
			w.cancel()
			w.rotate(issuer.Rotation{Current: w.first.Token.ID(), Overlap: time.Hour})
		}},
		{"cancelling, when the old token had been ended, and came back", audit.ActionCancel, func(w *world) {
			w.endEarly()
			w.restore(w.first)
		}},
		{"cancelling, when the new token had been revoked, and there is another one", audit.ActionCancel, func(w *world) {
			assert.NilError(w.t, w.Revoke(w.t.Context(), admin, org, w.second.Token.ID()))
			w.rotate(issuer.Rotation{Current: w.first.Token.ID(), Overlap: time.Hour})
		}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w, second := rotated(t)
			e := w.lastEntry()
			e.ID, e.Action, e.At = "0190f3c0-0000-7000-8000-000000000000", tt.refused, w.time
			e.TokenID, e.OtherID = second.Token.ID(), w.first.Token.ID()
			if tt.refused == audit.ActionEndEarly {
				e.TokenID, e.OtherID = e.OtherID, e.TokenID
			}
			assert.NilError(t, w.store.AppendAudit(t.Context(), e))
			tt.story(w)
			facts := w.facts()
			w.reconcile()
			if got := w.facts(); got != facts {
				t.Errorf("before:\n%s\nafter:\n%s", facts, got)
			}
		})
	}
}
