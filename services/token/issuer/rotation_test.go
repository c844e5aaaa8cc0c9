package issuer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

func TestRotateLetsTheTokenInUseGoOn(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	w.use(first.Token)
	at := w.time
	second := w.rotate(issuer.Rotation{Current: first.Token.ID(), Overlap: time.Hour, ExpiresAt: at.Add(48 * time.Hour)})
	want := token.Record{
		Org: org, Tag: first.Record.Tag, ID: second.Token.ID(), Name: first.Record.Name + " (2)", Kid: "k1", MAC: second.Record.MAC, Scopes: first.Record.Scopes,
		Issuer: admin.Subject, Generation: 1, IssuedAt: at, ExpiresAt: at.Add(48 * time.Hour), Replaces: first.Token.ID(),
	}
	if diff := cmp.Diff(want, second.Record); diff != "" {
		t.Errorf("Rotate (-want +got):\n%s", diff)
	}
	end := at.Add(time.Hour)
	for _, w.time = range []time.Time{at, end.Add(-time.Millisecond)} {
		w.wantAccepted(first.Token)
		w.wantAccepted(second.Token)
	}
	w.time = end
	w.wantRefused(first.Token, token.ReasonExpired)
	w.wantAccepted(second.Token)
	w.wantStates(issuer.StateLive, issuer.StateExpired)
	e := w.lastEntry()
	if e.Action != audit.ActionRotate || e.TokenID != second.Token.ID() || e.OtherID != first.Token.ID() || e.Caller != admin || !e.At.Equal(at) {
		t.Errorf("the audit has %+v", e)
	}
}

func TestRotateCarriesScopesAndNameOver(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	read := w.issue(issuer.TokenRequest{Name: "read only", Scopes: []token.Scope{token.ScopeRead}})
	second := w.rotate(issuer.Rotation{Current: read.Token.ID()})
	if p, err := w.accepts(second.Token); err != nil || p.Allows(token.ScopeWrite) {
		t.Errorf("a token of scope read is rotated to %+v, %v", p, err)
	}
	third := w.rotate(issuer.Rotation{Current: second.Token.ID(), Name: "renamed"})
	if second.Record.Name != "read only (2)" || third.Record.Name != "renamed" {
		t.Errorf("names %q and %q", second.Record.Name, third.Record.Name)
	}
}

func TestRotateAwayFromAnUnusedTokenReplacesIt(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	for range 3 { // as often as the answer is lost
		third := w.rotate(issuer.Rotation{Current: second.Token.ID(), Overlap: issuer.DefaultOverlap})
		w.wantRefused(second.Token, token.ReasonRevoked)
		w.wantAccepted(third.Token)
		w.wantAccepted(w.first.Token)
		second = third
	}
	w.time = w.second.Record.IssuedAt.Add(issuer.DefaultOverlap)
	w.wantRefused(w.first.Token, token.ReasonExpired) // at the time that the first rotation set
	w.wantAccepted(second.Token)
}

func TestRotateIsForTheCurrentToken(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	before := w.audit()
	for _, tt := range []struct{ rule, current string }{
		{"not for the one before", w.first.Token.ID()},
		{"not for an unknown one", "000000000000"},
	} {
		_, err := w.Rotate(t.Context(), admin, org, issuer.Rotation{Current: tt.current})
		if e, ok := errors.AsType[*issuer.NotCurrent](err); !ok || e.Current != second.Token.ID() {
			t.Errorf("%s: got %v, want NotCurrent that names %s", tt.rule, err, second.Token.ID())
		}
	}
	if diff := cmp.Diff(before, w.audit()); diff != "" {
		t.Errorf("a refused request is not begun (-want +got):\n%s", diff)
	}
	assert.NilError(t, errors.Join(w.Revoke(t.Context(), admin, org, w.first.Token.ID()), w.Revoke(t.Context(), admin, org, second.Token.ID())))
	_, err := w.Rotate(t.Context(), admin, org, issuer.Rotation{Current: second.Token.ID()})
	if e, ok := errors.AsType[*issuer.NotCurrent](err); !ok || e.Current != "" {
		t.Errorf("without a live token: got %v, want NotCurrent that names none", err)
	}
}

func TestRotateWaitsForTheEndOfTheRotationBefore(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	w.use(second.Token)
	q := issuer.Rotation{Current: second.Token.ID(), Overlap: time.Hour}
	_, err := w.Rotate(t.Context(), admin, org, q)
	want := issuer.Overlap{Previous: w.first.Token.ID(), Ends: second.Record.IssuedAt.Add(issuer.DefaultOverlap)}
	if e, ok := errors.AsType[*issuer.Overlap](err); !ok || *e != want {
		t.Errorf("three live tokens: got %v, want %+v", err, want)
	}
	w.wantAccepted(w.first.Token)

	q.Force = true
	third := w.rotate(q)
	w.wantRefused(w.first.Token, token.ReasonRevoked)
	w.wantAccepted(second.Token)
	w.wantAccepted(third.Token)
	actions := w.audit()
	if diff := cmp.Diff([]audit.Action{audit.ActionRotate, audit.ActionEndEarly, audit.ActionRotate}, actions[len(actions)-3:]); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

func TestForceEndsNothingButTheTokenBefore(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	w.use(first.Token)
	other := w.issue(issuer.TokenRequest{Name: "of another client"})
	w.use(other.Token)
	for _, current := range []issuer.Issued{first, other} {
		_, err := w.Rotate(t.Context(), admin, org, issuer.Rotation{Current: current.Token.ID(), Force: true})
		if !errors.Is(err, issuer.ErrTooManyLive) {
			t.Errorf("with a token that was issued on its own: got %v, want ErrTooManyLive", err)
		}
	}
	w.wantAccepted(first.Token)
	w.wantAccepted(other.Token)
}

func TestForceIsNeitherNeededNorHarmfulForAnUnusedToken(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	w.rotate(issuer.Rotation{Current: second.Token.ID(), Force: true})
	w.wantAccepted(w.first.Token)
}

func TestRotateRefuses(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	before, current := w.audit(), first.Token.ID()
	for _, tt := range []struct {
		rule, member string
		request      issuer.Rotation
	}{
		{"no current token", "current", issuer.Rotation{}},
		{"an overlap below 0", "overlapHours", issuer.Rotation{Current: current, Overlap: -time.Hour}},
		{"an overlap of more than 7 days", "overlapHours", issuer.Rotation{Current: current, Overlap: issuer.MaxOverlap + 1}},
		{"a name with a line break", "name", issuer.Rotation{Current: current, Name: "okta\n"}},
		{"a name of 101 characters", "name", issuer.Rotation{Current: current, Name: strings.Repeat("é", 101)}},
		{"an expiry that is now", "expiresAt", issuer.Rotation{Current: current, ExpiresAt: w.time}},
	} {
		_, err := w.Rotate(t.Context(), admin, org, tt.request)
		wantInvalid(t, tt.rule, err, tt.member)
	}
	if _, err := w.Rotate(t.Context(), admin, "another", issuer.Rotation{Current: current}); !errors.Is(err, issuer.ErrNoOrganisation) {
		t.Errorf("an unknown organisation: got %v", err)
	}
	if diff := cmp.Diff(before, w.audit()); diff != "" {
		t.Errorf("a refused request is not begun (-want +got):\n%s", diff)
	}
	if _, err := w.Disable(t.Context(), admin, org); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Rotate(t.Context(), admin, org, issuer.Rotation{Current: current}); !errors.Is(err, issuer.ErrDisabled) {
		t.Errorf("while SCIM is off: got %v", err)
	}
}

func TestARequestMakesOneToken(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	issued := w.issue(issuer.TokenRequest{Name: "okta", IdempotencyKey: "key of the first\nrequest"})
	wantRepeated := func(err error, want issuer.Issued) {
		t.Helper()
		if e, ok := errors.AsType[token.Repeated](err); !ok || e.ID != want.Token.ID() {
			t.Errorf("got %v, want Repeated of %s", err, want.Token.ID())
		}
	}
	again := func() error {
		_, err := w.Issue(t.Context(), admin, org, issuer.TokenRequest{Name: "okta", IdempotencyKey: "key of the first\nrequest"})
		return err
	}
	audited := w.audit()
	wantRepeated(again(), issued) // rather than that there are too many
	second := w.rotate(issuer.Rotation{Current: first.Token.ID(), IdempotencyKey: "another"})
	_, err := w.Rotate(t.Context(), admin, org, issuer.Rotation{Current: first.Token.ID(), IdempotencyKey: "another"})
	wantRepeated(err, second) // rather than that it is not current
	_, err = w.Rotate(t.Context(), admin, org, issuer.Rotation{Current: second.Token.ID(), IdempotencyKey: "key of the first\nrequest"})
	wantRepeated(err, issued)
	if diff := cmp.Diff(append(audited, audit.ActionRotate), w.audit()); diff != "" {
		t.Errorf("what made nothing is not in the audit (-want +got):\n%s", diff)
	}

	assert.NilError(t, w.Revoke(t.Context(), admin, org, issued.Token.ID()))
	w.time = issued.Record.IssuedAt.Add(token.RequestMemory - time.Millisecond)
	wantRepeated(again(), issued)
	w.time = w.time.Add(time.Millisecond)
	if err := again(); err != nil {
		t.Errorf("a day later it is another request: %v", err)
	}
	tokens, err := w.Tokens(t.Context(), org)
	assert.NilError(t, err)
	for _, each := range tokens {
		if strings.Contains(each.Request, "key of") {
			t.Errorf("the client's own text is stored: %q", each.Request)
		}
	}
}

// lastEntry returns the audit's latest entry about org.
func (w *world) lastEntry() audit.Entry {
	w.t.Helper()
	entries, err := w.store.ReadAudit(w.t.Context(), org, audit.Query{Limit: 1})
	if err != nil || len(entries) != 1 {
		w.t.Fatalf("ReadAudit: %d entries, %v", len(entries), err)
	}
	return entries[0]
}
