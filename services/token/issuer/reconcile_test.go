package issuer_test

import (
	"errors"
	"testing"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

// lose replaces the token store by an empty one.
func (w *world) lose() {
	w.t.Helper()
	w.tokens = newFile(w.t).Tokens()
	w.Issuer = w.withoutFaults()
}

func (w *world) reconcile() {
	w.t.Helper()
	if err := w.Reconcile(w.t.Context()); err != nil {
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
		if err != nil {
			t.Fatal(err)
		}
		copies = append(copies, o)
	}
	keep()
	if _, err := w.Disable(t.Context(), admin, org); err != nil {
		t.Fatal(err)
	}
	keep()
	second, err := w.Enable(t.Context(), admin, org)
	if err != nil {
		t.Fatal(err)
	}
	for _, late := range copies {
		if err := w.tokens.PutOrganisation(t.Context(), late); err != nil {
			t.Fatal(err)
		}
		w.wantRefused(first.Token, token.ReasonSuperseded)
		w.wantAccepted(second.Token)
	}
}

// TestAFailoverRevivesNoToken: what a replica had not got yet is what was done last.
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
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.end(w, issued.Token.ID()); err != nil {
				t.Fatal(err)
			}
			w.lose()
			if err := errors.Join(w.tokens.PutOrganisation(t.Context(), stale), w.tokens.Insert(t.Context(), issued.Record)); err != nil {
				t.Fatal(err)
			}
			w.wantAccepted(issued.Token)
			w.reconcile()
			w.wantRefused(issued.Token, tt.reason)
		})
	}
}

func TestReconcileTellsWhenAStoreIsNotThere(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	if err := w.Revoke(t.Context(), admin, org, issued.Token.ID()); err != nil {
		t.Fatal(err)
	}
	for at := 1; ; at++ {
		w.faults.failAt(at, false)
		err := w.Reconcile(t.Context())
		if w.faults.calls < at {
			if err != nil || at != 5 {
				t.Errorf("%d calls and %v; want 4: organisations, copy, revocations, revoke", at-1, err)
			}
			return
		}
		if !errors.Is(err, errFault) {
			t.Errorf("call %d fails: got %v", at, err)
		}
	}
}
