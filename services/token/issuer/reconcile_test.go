package issuer_test

import (
	"errors"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

// lose replaces the token store by an empty one, and then Reconciles.
func (w *world) lose(with func(lost token.Store)) {
	w.t.Helper()
	w.tokens = newFile(w.t).Tokens()
	w.Issuer = issuer.New(issuer.Deps{Store: w.store, Tokens: w.tokens, Keyring: w.keyring, Now: func() time.Time { return w.time }})
	if with != nil {
		with(w.tokens)
	}
	if err := w.Reconcile(w.t.Context()); err != nil {
		w.t.Fatalf("Reconcile: %v", err)
	}
}

func TestReconcileBringsOrganisationsBack(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	w.lose(nil)
	w.wantCopy()
	w.wantStates()
	fresh, err := w.Enable(t.Context(), admin, org) // on, but with no token left: it goes on
	if err != nil {
		t.Fatalf("Enable: %v", err)
	}
	w.wantAccepted(fresh.Token)
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
			w.lose(func(lost token.Store) {
				if err := errors.Join(lost.PutOrganisation(t.Context(), stale), lost.Insert(t.Context(), issued.Record)); err != nil {
					t.Fatal(err)
				}
				w.wantAccepted(issued.Token)
			})
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
