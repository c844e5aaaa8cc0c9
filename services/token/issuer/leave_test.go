package issuer_test

import (
	"errors"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/token/issuer"
)

// leave has org leave.
func (w *world) leave() issuer.Organisation {
	w.t.Helper()
	o, err := w.Leave(w.t.Context(), admin, org)
	if err != nil {
		w.t.Fatalf("Leave: %v", err)
	}
	return o
}

// erased has org erased: both services make their rounds after the grace.
func (w *world) erased(file *embedded.File) issuer.Organisation {
	w.t.Helper()
	w.time = w.time.Add(issuer.DefaultGrace)
	w.reconcile()
	embeddedtest.EraseLeft(w.t, file)
	w.reconcile()
	o, err := w.Stored(w.t.Context(), org)
	if err != nil || o.ErasedAt.IsZero() {
		w.t.Fatalf("the organisation is %+v, %v; want it erased", o, err)
	}
	return o
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestALeavingOrganisationHasNoTokenAndStaysForTheGrace(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	o := w.leave()
	if o.Enabled || !o.LeavesAt.Equal(w.time.Add(issuer.DefaultGrace)) {
		t.Errorf("it is %+v, want SCIM off and erasure after the grace", o)
	}
	w.wantRefused(issued.Token, token.ReasonSuperseded)
	w.tick()
	if again := w.leave(); again != o {
		t.Errorf("leaving again makes it %+v, want %+v", again, o)
	}
	_, err := w.Enable(t.Context(), admin, org)
	wantError(t, "Enable", err, issuer.ErrLeaving)
	w.time = o.LeavesAt.Add(-time.Millisecond)
	w.reconcile()
	if o, err := w.Stored(t.Context(), org); err != nil || o.HasLeft() {
		t.Errorf("a moment before the end of the grace it is %+v, %v", o, err)
	}
}

func TestLeavingIsCalledOffByAnnouncing(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	w.leave()
	if o := w.announce(issuer.Terms{SSO: true}); !o.LeavesAt.IsZero() || o.Enabled {
		t.Errorf("it is %+v, want it to stay, with SCIM off", o)
	}
	w.wantRefused(issued.Token, token.ReasonSuperseded)
	w.time = w.time.Add(2 * issuer.DefaultGrace)
	w.reconcile()
	next, err := w.Enable(t.Context(), admin, org)
	assert.NilError(t, err)
	w.wantAccepted(next.Token)
	w.wantRefused(issued.Token, token.ReasonSuperseded)
}

func TestAnErasedOrganisationLeavesATombstoneAndOneEntry(t *testing.T) {
	t.Parallel()
	w, file := onFile(t)
	w.leave()
	if _, _, err := w.Announce(t.Context(), admin, org, issuer.Terms{SSO: true}); err != nil {
		t.Fatal(err)
	}
	w.leave()
	left := w.erased(file)
	if left.Terms != (issuer.Terms{}) || left.Settings != (issuer.Settings{}) || left.Enabled {
		t.Errorf("its tombstone is %+v", left)
	}
	_, err := w.Organisation(t.Context(), org)
	wantError(t, "Organisation", err, issuer.ErrNoOrganisation)
	_, err = w.tokens.Organisation(t.Context(), org)
	wantError(t, "its copy", err, token.ErrNotFound)
	entries, err := w.Audit(t.Context(), org, audit.Query{Limit: 10})
	if err != nil || len(entries) != 1 || entries[0].Action != audit.ActionErase || entries[0].Caller != (audit.Caller{Subject: "system"}) {
		t.Errorf("the audit is %+v, %v; want one entry, which names no one", entries, err)
	}
	if o, err := w.Leave(t.Context(), admin, org); err != nil || o != left {
		t.Errorf("leaving again: %+v, %v", o, err)
	}
	page, _, err := w.List(t.Context(), "", 10, nil)
	if err != nil || len(page) != 0 {
		t.Errorf("the list has %+v, %v", page, err)
	}
}

func TestAnOrganisationComesBackOnceItIsErased(t *testing.T) {
	t.Parallel()
	w, file := onFile(t)
	first, err := w.Enable(t.Context(), admin, org)
	assert.NilError(t, err)
	o := w.leave()
	w.time = w.time.Add(issuer.DefaultGrace)
	w.reconcile()
	_, _, err = w.Announce(t.Context(), admin, org, issuer.Terms{SSO: true})
	wantError(t, "Announce while it is erased", err, issuer.ErrErasing)
	w.erased(file)
	back, created, err := w.Announce(t.Context(), admin, org, issuer.Terms{SSO: true})
	if err != nil || !created || back.Tag == o.Tag || back.Generation <= o.Generation || back.HasLeft() || !back.LeavesAt.IsZero() {
		t.Errorf("it comes back as %+v, created %v, %v", back, created, err)
	}
	w.wantRefused(first.Token, token.ReasonUnknown)
	if _, err := w.Enable(t.Context(), admin, org); err != nil {
		t.Fatal(err)
	}
	w.reconcile()
	if part, err := w.VerifyAudit(t.Context(), org, audit.Position{}); err != nil || !part.Intact || part.Entries < 3 {
		t.Errorf("its audit is %+v, %v", part, err)
	}
}

// TestARestoredTokenStoreForgetsAnErasedOrganisationAgain: Redis may go back to before the erasure.
func TestARestoredTokenStoreForgetsAnErasedOrganisationAgain(t *testing.T) {
	t.Parallel()
	w, file := onFile(t)
	o := w.leave()
	w.erased(file)
	assert.NilError(t, w.tokens.PutOrganisation(t.Context(), o.ForVerification()))
	w.reconcile()
	_, err := w.tokens.Organisation(t.Context(), org)
	wantError(t, "its copy", err, token.ErrNotFound)
}

func TestAnUnknownOrganisationCannotLeave(t *testing.T) {
	t.Parallel()
	_, err := newWorld(t).Leave(t.Context(), admin, org)
	wantError(t, "Leave", err, issuer.ErrNoOrganisation)
}

// onFile returns a world in which org is known, and the file that it is in.
func onFile(t *testing.T) (*world, *embedded.File) {
	t.Helper()
	w, file := newWorld(t), newFile(t)
	w.store, w.tokens = file.Organisations(), file.Tokens()
	w.Issuer = w.withFaults()
	w.announce(issuer.Terms{SSO: true})
	return w, file
}
