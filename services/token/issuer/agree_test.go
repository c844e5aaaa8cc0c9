package issuer_test

import (
	"errors"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

// forget replaces the store of organisations by an empty one, as a restore from before the first of
// them was announced does.
func (w *world) forget() {
	w.t.Helper()
	w.store = newFile(w.t).Organisations()
	w.Issuer = w.withoutFaults()
}

// TestAnnouncingAdoptsWhatTheTokenStoreKnows: after a restore of the organisations the tokens are
// as they were, and can be listed, revoked and switched off again once the platform has announced
// the organisation.
func TestAnnouncingAdoptsWhatTheTokenStoreKnows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule    string
		restore func(w *world)
		created bool
	}{
		{"the organisation is from after the backup", func(w *world) { w.forget() }, true},
		{"it was announced since by a program that gave it another tag", func(w *world) {
			w.forget()
			o := issuer.Organisation{ID: org, Version: 1, Tag: token.NewTag()}
			assert.NilError(w.t, w.store.CreateOrganisation(w.t.Context(), o))
		}, false},
		{"SCIM was switched off and on since the backup", func(w *world) {
			before, err := w.store.Organisation(w.t.Context(), org)
			assert.NilError(w.t, err)
			w.forget()
			before.Enabled, before.Generation, before.Version = false, 0, 1
			assert.NilError(w.t, w.store.CreateOrganisation(w.t.Context(), before))
		}, false},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			w, issued := enabled(t)
			own := issuer.Settings{Strict: true, HideValues: true, RestoreByExternalID: true, RestoreByUserName: true, ForgetGroups: true, MatchByExternalID: true, MatchByUserName: true}
			all := func(s *issuer.Settings) error { *s = own; return nil }
			if _, err := w.Configure(t.Context(), admin, org, "", all); err != nil {
				t.Fatal(err)
			}
			tt.restore(w)
			for _, want := range []bool{tt.created, false} { // again changes nothing
				o, created, err := w.Announce(t.Context(), admin, org, issuer.Terms{SSO: true})
				if err != nil || created != want || o.Tag != issued.Token.Tag() || !o.Enabled || o.Generation != 1 {
					t.Fatalf("got %+v, created %v, %v; want the tag, on, and generation 1 of before", o, created, err)
				}
				if tt.created && o.Settings != own {
					t.Errorf("the settings are %+v, and were %+v", o.Settings, own)
				}
			}
			w.wantCopy()
			w.wantAccepted(issued.Token)
			w.wantStates(issuer.StateLive)
			assert.NilError(t, w.Revoke(t.Context(), admin, org, issued.Token.ID()))
			w.wantRefused(issued.Token, token.ReasonRevoked)
			if mended, err := w.Reconcile(t.Context()); err != nil || mended != 0 {
				t.Errorf("reconciling gives %d and %v", mended, err)
			}
		})
	}
}

// TestAnnouncingWithoutTheTokenStoreDrawsNoTag: it could be another one than that of the tokens
// there.
func TestAnnouncingWithoutTheTokenStoreDrawsNoTag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Issuer = w.withFaults()
	w.faults.failAt(3, false) // after the organisation, which is looked for twice and is not there: its copy
	_, _, err := w.Announce(t.Context(), admin, org, issuer.Terms{SSO: true})
	if !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	if _, err := w.store.Organisation(t.Context(), org); !errors.Is(err, issuer.ErrNoOrganisation) {
		t.Errorf("the organisation is there: %v", err)
	}
}
