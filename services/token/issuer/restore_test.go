package issuer_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

func TestEndEarlyEndsATokenWhosePlaceIsTaken(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	for range 2 { // the second one finds nothing to do
		ended, err := w.EndEarly(t.Context(), admin, org, w.first.Token.ID())
		if err != nil || ended.State != issuer.StateRevoked || ended.ID != w.first.Token.ID() {
			t.Errorf("EndEarly: %+v, %v", ended, err)
		}
	}
	w.wantRefused(w.first.Token, token.ReasonRevoked)
	w.wantAccepted(second.Token)
	if e := w.lastEntry(); e.Action != audit.ActionEndEarly || e.TokenID != w.first.Token.ID() || e.OtherID != second.Token.ID() {
		t.Errorf("the audit has %+v", e)
	}
	if actions := w.audit(); count(actions, audit.ActionEndEarly) != 1 {
		t.Errorf("the second one changed nothing, and still the audit has %v", actions)
	}
}

func TestEndEarlyLeavesATokenAloneThatIsNotReplaced(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	before := w.audit()
	for _, tt := range []struct {
		rule, id string
		want     error
	}{
		{"the current one", second.Token.ID(), issuer.ErrNotReplaced},
		{"an unknown one", "000000000000", issuer.ErrNoToken},
	} {
		if _, err := w.EndEarly(t.Context(), admin, org, tt.id); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.rule, err, tt.want)
		}
	}
	if diff := cmp.Diff(before, w.audit()); diff != "" {
		t.Errorf("a refused request is not begun (-want +got):\n%s", diff)
	}
	assert.NilError(t, w.Revoke(t.Context(), admin, org, second.Token.ID()))
	if _, err := w.EndEarly(t.Context(), admin, org, w.first.Token.ID()); !errors.Is(err, issuer.ErrNotReplaced) {
		t.Errorf("the one whose successor is dead: got %v", err)
	}
	w.wantAccepted(w.first.Token)
}

func TestCancelGoesBackToTheTokenBefore(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	for range 2 {
		back, err := w.Cancel(t.Context(), admin, org, second.Token.ID())
		if err != nil || back.ID != w.first.Token.ID() || back.State != issuer.StateLive || !back.ExpiresAt.IsZero() {
			t.Errorf("Cancel: %+v, %v", back, err)
		}
	}
	w.wantRefused(second.Token, token.ReasonRevoked)
	if e := w.lastEntry(); e.Action != audit.ActionCancel || e.TokenID != second.Token.ID() || e.OtherID != w.first.Token.ID() {
		t.Errorf("the audit has %+v", e)
	}
	if actions := w.audit(); count(actions, audit.ActionCancel) != 1 {
		t.Errorf("the second one changed nothing, and still the audit has %v", actions)
	}
	w.rotate(issuer.Rotation{Current: w.first.Token.ID(), Overlap: time.Hour})
	if _, err := w.Cancel(t.Context(), admin, org, second.Token.ID()); !errors.Is(err, issuer.ErrNoRotation) {
		t.Errorf("that rotation is history: got %v, want ErrNoRotation", err)
	}
	w.time = w.time.Add(time.Hour)
	w.wantRefused(w.first.Token, token.ReasonExpired)
}

func TestCancelNeedsBothTokensAlive(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule string
		kill func(w *world) error
		want error
	}{
		{"the one before was ended", func(w *world) error {
			_, err := w.EndEarly(w.t.Context(), admin, org, w.first.Token.ID())
			return err
		}, issuer.ErrNoRotation},
		{"the one before has expired", func(w *world) error {
			w.time = w.time.Add(issuer.DefaultOverlap)
			return nil
		}, issuer.ErrNoRotation},
		{"the new one was revoked", func(w *world) error { return w.Revoke(w.t.Context(), admin, org, w.second.Token.ID()) }, issuer.ErrNoRotation},
		{"SCIM was switched off", func(w *world) error {
			_, err := w.Disable(w.t.Context(), admin, org)
			return err
		}, issuer.ErrNoRotation},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w, second := rotated(t)
			assert.NilError(t, tt.kill(w))
			facts := w.facts()
			if _, err := w.Cancel(t.Context(), admin, org, second.Token.ID()); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v, want %v", tt.rule, err, tt.want)
			}
			if w.facts() != facts {
				t.Error("something was changed")
			}
		})
	}
	w, first := enabled(t)
	if _, err := w.Cancel(t.Context(), admin, org, first.Token.ID()); !errors.Is(err, issuer.ErrNoRotation) {
		t.Errorf("a token that replaced no other: got %v", err)
	}
	if _, err := w.Cancel(t.Context(), admin, org, "000000000000"); !errors.Is(err, issuer.ErrNoToken) {
		t.Errorf("an unknown token: got %v", err)
	}
	w.wantAccepted(first.Token)
}

func TestRestoreTakesARevocationBack(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	assert.NilError(t, w.Revoke(t.Context(), admin, org, first.Token.ID()))
	w.time = w.time.Add(token.UndoWindow)
	for range 2 {
		back, err := w.Restore(t.Context(), admin, org, first.Token.ID())
		if err != nil || back.State != issuer.StateLive || !back.RevokedAt.IsZero() {
			t.Errorf("Restore: %+v, %v", back, err)
		}
	}
	w.wantAccepted(first.Token)
	if e := w.lastEntry(); e.Action != audit.ActionRestore || e.TokenID != first.Token.ID() || e.OtherID != "" {
		t.Errorf("the audit has %+v", e)
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule  string
		since func(w *world) error
		want  error
	}{
		{"after the window", func(w *world) error {
			w.time = w.time.Add(token.UndoWindow + time.Millisecond)
			return nil
		}, issuer.ErrTooLate},
		{"a token from before SCIM was switched off", func(w *world) error {
			_, err := w.Disable(w.t.Context(), admin, org)
			_, err2 := w.Enable(w.t.Context(), admin, org)
			return errors.Join(err, err2)
		}, issuer.ErrTooLate},
		{"with two other live tokens", func(w *world) error {
			w.issue(issuer.TokenRequest{Name: "second"})
			w.issue(issuer.TokenRequest{Name: "third"})
			return nil
		}, issuer.ErrTooManyLive},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w, first := enabled(t)
			assert.NilError(t, w.Revoke(t.Context(), admin, org, first.Token.ID()))
			assert.NilError(t, tt.since(w))
			before := w.audit()
			if _, err := w.Restore(t.Context(), admin, org, first.Token.ID()); !errors.Is(err, tt.want) {
				t.Errorf("%s: got %v, want %v", tt.rule, err, tt.want)
			}
			if _, err := w.accepts(first.Token); err == nil {
				t.Error("the token is accepted")
			}
			if diff := cmp.Diff(before, w.audit()); diff != "" {
				t.Errorf("a refused request is not begun (-want +got):\n%s", diff)
			}
		})
	}
	w, _ := enabled(t)
	expired := w.issue(issuer.TokenRequest{Name: "short", ExpiresAt: w.time.Add(time.Minute)})
	w.time = w.time.Add(time.Minute)
	if _, err := w.Restore(t.Context(), admin, org, expired.Token.ID()); !errors.Is(err, issuer.ErrTooLate) {
		t.Errorf("a token that expired: got %v", err)
	}
	if _, err := w.Restore(t.Context(), admin, org, "000000000000"); !errors.Is(err, issuer.ErrNoToken) {
		t.Errorf("an unknown token: got %v", err)
	}
}

func TestRestoreBringsAnEndedTokenBackForTheRestOfItsOverlap(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	if _, err := w.EndEarly(t.Context(), admin, org, w.first.Token.ID()); err != nil {
		t.Fatal(err)
	}
	back, err := w.Restore(t.Context(), admin, org, w.first.Token.ID())
	if want := second.Record.IssuedAt.Add(issuer.DefaultOverlap); err != nil || !back.ExpiresAt.Equal(want) {
		t.Errorf("Restore: %+v, %v; want it to end at %v", back, err, want)
	}
}
