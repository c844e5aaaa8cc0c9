package issuer_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

// act is a request, and what must hold once it was granted.
type act struct {
	name   string
	action audit.Action // in the audit before anything changes
	before func(t *testing.T) *world
	do     func(w *world) error
	after  func(w *world)
}

var acts = []act{
	{
		"announce a new organisation", audit.ActionAnnounce, newWorld,
		func(w *world) error {
			_, _, err := w.Announce(w.t.Context(), admin, org, issuer.Terms{SSO: true})
			return err
		},
		func(w *world) { w.wantCopy() },
	},
	{
		"announce other terms", audit.ActionAnnounce, announced,
		func(w *world) error {
			_, _, err := w.Announce(w.t.Context(), admin, org, issuer.Terms{UserNameFormat: terms.UserNameAny})
			return err
		},
		func(w *world) { w.wantCopy() },
	},
	{
		"enable", audit.ActionEnable, announced,
		func(w *world) error {
			issued, err := w.Enable(w.t.Context(), admin, org)
			if err == nil {
				w.wantAccepted(issued.Token)
			}
			if errors.Is(err, issuer.ErrEnabled) { // the answer that held the token was lost: there is a way to another one
				w.wantAccepted(w.issue(issuer.TokenRequest{Name: "another"}).Token)
				return nil
			}
			return err
		},
		func(w *world) { w.wantCopy() },
	},
	{
		"disable", audit.ActionDisable, enabledWorld,
		func(w *world) error {
			_, err := w.Disable(w.t.Context(), admin, org)
			return err
		},
		func(w *world) {
			w.wantCopy()
			w.wantStates(issuer.StateSuperseded)
		},
	},
	{
		"issue", audit.ActionIssue, enabledWorld,
		func(w *world) error {
			issued, err := w.Issue(w.t.Context(), admin, org, issuer.TokenRequest{Name: "second"})
			if errors.Is(err, issuer.ErrTooManyLive) { // an answer was lost: the token that no one has must be revoked first
				w.revokeLatest()
				issued, err = w.Issue(w.t.Context(), admin, org, issuer.TokenRequest{Name: "second"})
			}
			if err == nil {
				w.wantAccepted(issued.Token)
			}
			return err
		},
		func(w *world) { w.wantCopy() },
	},
	{
		"revoke", audit.ActionRevoke, enabledWorld,
		func(w *world) error {
			tokens, err := w.Tokens(w.t.Context(), org)
			if err != nil {
				return err
			}
			return w.Revoke(w.t.Context(), admin, org, tokens[0].ID)
		},
		func(w *world) { w.wantStates(issuer.StateRevoked) },
	},
	{
		"rotate away from a token in use", audit.ActionRotate, usedWorld,
		func(w *world) error {
			return w.rotateAnew(issuer.Rotation{Current: w.first.Token.ID(), Overlap: time.Hour})
		},
		func(w *world) { w.wantAccepted(w.first.Token) },
	},
	{
		"rotate away from an unused token", audit.ActionRotate, enabledWorld,
		func(w *world) error {
			return w.rotateAnew(issuer.Rotation{Current: w.first.Token.ID(), Overlap: time.Hour})
		},
		func(w *world) { w.wantRefused(w.first.Token, token.ReasonRevoked) },
	},
	{
		"rotate by force", audit.ActionEndEarly, func(t *testing.T) *world {
			t.Helper()
			w, second := rotated(t)
			w.use(second.Token)
			return w
		},
		func(w *world) error {
			return w.rotateAnew(issuer.Rotation{Current: w.second.Token.ID(), Overlap: time.Hour, Force: true})
		},
		func(w *world) {
			w.wantRefused(w.first.Token, token.ReasonRevoked)
			w.wantAccepted(w.second.Token)
		},
	},
	{
		"end early", audit.ActionEndEarly, rotatedWorld,
		func(w *world) error {
			_, err := w.EndEarly(w.t.Context(), admin, org, w.first.Token.ID())
			return err
		},
		func(w *world) {
			w.wantRefused(w.first.Token, token.ReasonRevoked)
			w.wantAccepted(w.second.Token)
		},
	},
	{
		"cancel", audit.ActionCancel, rotatedWorld,
		func(w *world) error {
			_, err := w.Cancel(w.t.Context(), admin, org, w.second.Token.ID())
			return err
		},
		func(w *world) {
			w.wantRefused(w.second.Token, token.ReasonRevoked)
			w.time = w.time.Add(issuer.MaxOverlap)
			w.wantAccepted(w.first.Token)
		},
	},
	{
		"restore", audit.ActionRestore, func(t *testing.T) *world {
			t.Helper()
			w, first := enabled(t)
			assert.NilError(t, w.Revoke(t.Context(), admin, org, first.Token.ID()))
			return w
		},
		func(w *world) error {
			_, err := w.Restore(w.t.Context(), admin, org, w.first.Token.ID())
			return err
		},
		func(w *world) { w.wantAccepted(w.first.Token) },
	},
	{
		"report as leaked", audit.ActionLeaked, enabledWorld,
		func(w *world) error {
			leak, err := w.Leaked(w.t.Context(), github, w.first.Token, place)
			if err == nil && !leak.Genuine() {
				w.t.Error("the token is genuine")
			}
			return err
		},
		func(w *world) { w.wantStates(issuer.StateRevoked) },
	},
}

// rotateAnew rotates, and once more away from the token of which the answer was lost.
func (w *world) rotateAnew(q issuer.Rotation) error {
	issued, err := w.Rotate(w.t.Context(), admin, org, q)
	if e, ok := errors.AsType[*issuer.NotCurrent](err); ok {
		q.Current = e.Current
		issued, err = w.Rotate(w.t.Context(), admin, org, q)
	}
	if err == nil {
		w.wantAccepted(issued.Token)
	}
	return err
}

func usedWorld(t *testing.T) *world {
	t.Helper()
	w, first := enabled(t)
	w.use(first.Token)
	return w
}

func rotatedWorld(t *testing.T) *world {
	t.Helper()
	w, _ := rotated(t)
	return w
}

func enabledWorld(t *testing.T) *world {
	t.Helper()
	w, _ := enabled(t)
	return w
}

// TestEveryStoreCallMayFail fails each store call of each act once, before and after it did its
// work. The act must return that its outcome is unknown, must have changed nothing that the audit
// does not record, and must complete when it is repeated.
func TestEveryStoreCallMayFail(t *testing.T) {
	t.Parallel()
	for _, a := range acts {
		for _, lost := range []bool{false, true} {
			for at := 1; ; at++ {
				var finished bool
				t.Run(fmt.Sprintf("%s/call %d/lost %v", a.name, at, lost), func(t *testing.T) { finished = a.failOnce(t, at, lost) })
				if finished {
					if at < 4 {
						t.Errorf("%s made %d store calls, which is too few to be true", a.name, at-1)
					}
					break
				}
			}
		}
	}
}

// failOnce reports whether the act has fewer calls than that.
func (a act) failOnce(t *testing.T, at int, lost bool) (finished bool) {
	w := a.before(t)
	before, audited := w.facts(), count(w.audit(), a.action)
	w.faults.failAt(at, lost)
	err := a.do(w)
	calls := w.faults.calls
	w.faults.failAt(0, false)
	if calls < at {
		if err != nil {
			t.Errorf("without a fault: %v", err)
		}
		a.after(w)
		return true
	}
	if !errors.Is(err, errFault) || !errors.Is(err, issuer.ErrUnavailable) && !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("got %v, want the fault as unavailable", err)
	}
	if changed := w.facts() != before; changed && count(w.audit(), a.action) == audited {
		t.Error("something was changed that the audit does not record")
	}
	if err := a.do(w); err != nil {
		t.Errorf("repeated: %v", err)
	}
	a.after(w)
	return false
}

func count(actions []audit.Action, a audit.Action) int {
	return len(slices.DeleteFunc(slices.Clone(actions), func(b audit.Action) bool { return b != a }))
}

// facts returns all that the stores hold of org except the audit.
func (w *world) facts() string {
	w.t.Helper()
	o, err := w.store.Organisation(w.t.Context(), org)
	if err != nil && !errors.Is(err, issuer.ErrNoOrganisation) {
		w.t.Fatal(err)
	}
	facts := fmt.Sprintf("%+v", o)
	records, err := w.tokens.List(w.t.Context(), org)
	if err != nil && !errors.Is(err, token.ErrNotFound) {
		w.t.Fatal(err)
	}
	for _, r := range records {
		facts += fmt.Sprintf("\n%s %v %v %v", r.ID, r.RevokedAt, r.ExpiresAt, r.LeakedAt)
	}
	return facts
}

// wantCopy fails the test unless verification sees the organisation as it is.
func (w *world) wantCopy() {
	w.t.Helper()
	o, err := w.store.Organisation(w.t.Context(), org)
	assert.NilError(w.t, err)
	c, err := w.tokens.Organisation(w.t.Context(), org)
	if err != nil || c.Tag != o.Tag || c.Enabled != o.Enabled || c.Generation != o.Generation ||
		terms.Decode(c.Settings).UserNameFormat != o.Terms.UserNameFormat {
		w.t.Errorf("the copy is %+v, error %v; the organisation %+v", c, err, o)
	}
}

// revokeLatest ends the token issued last, as an administrator who never saw it does.
func (w *world) revokeLatest() {
	w.t.Helper()
	tokens, err := w.Tokens(w.t.Context(), org)
	assert.NilError(w.t, err)
	assert.NilError(w.t, w.Revoke(w.t.Context(), admin, org, tokens[0].ID))
}
