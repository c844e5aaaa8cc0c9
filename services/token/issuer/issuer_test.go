package issuer_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

func TestAnnounceIsAnUpsert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, created, err := w.Announce(t.Context(), admin, org, issuer.Terms{SSO: true, Connection: "dev-1-saml"})
	if err != nil || !created {
		t.Fatalf("the first announcement creates: got created %v, error %v", created, err)
	}
	want := issuer.Organisation{
		ID: org, Version: 1, Tag: first.Tag, Created: w.time, Modified: w.time,
		Terms: issuer.Terms{SSO: true, Connection: "dev-1-saml", UserNameFormat: terms.UserNameEmail},
	}
	if len(first.Tag) != 8 || first != want {
		t.Errorf("got %+v, want %+v", first, want)
	}

	w.time = w.time.Add(time.Hour)
	again, created, err := w.Announce(t.Context(), admin, org, first.Terms)
	if err != nil || created || again != first {
		t.Errorf("the same terms change nothing: got %+v, created %v, error %v", again, created, err)
	}
	second, created, err := w.Announce(t.Context(), admin, org, issuer.Terms{UserNameFormat: terms.UserNameAny})
	want.Version, want.Modified, want.Terms = 2, w.time, issuer.Terms{UserNameFormat: terms.UserNameAny}
	if err != nil || created || second != want {
		t.Errorf("other terms replace all of them: got %+v, created %v, error %v; want %+v", second, created, err, want)
	}
	if diff := cmp.Diff([]audit.Action{audit.ActionAnnounce, audit.ActionAnnounce}, w.audit()); diff != "" {
		t.Errorf("what changed something is in the audit (-want +got):\n%s", diff)
	}
	o, err := w.tokens.Organisation(t.Context(), org)
	if want := terms.UserNameAny; err != nil || terms.Decode(o.Settings).UserNameFormat != want {
		t.Errorf("the SCIM service reads %v, error %v; want userNameFormat %s", o.Settings, err, want)
	}
}

func TestAnnounceRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		rule, id, member string
		terms            issuer.Terms
	}{
		{"an empty id", "", "id", issuer.Terms{}},
		{"an id with a slash", "a/b", "id", issuer.Terms{}},
		{"an id with a line break at its end", "a\n", "id", issuer.Terms{}},
		{"an id of 65 characters", strings.Repeat("a", 65), "id", issuer.Terms{}},
		{"a format of userName that is not known", org, "userNameFormat", issuer.Terms{UserNameFormat: "phone"}},
		{"a rate below what Entra ID needs", org, "rate.perSecond", issuer.Terms{Rate: ratelimit.Rate{PerSecond: issuer.MinPerSecond - 1}}},
		{"a rate above what one organisation may have", org, "rate.perSecond", issuer.Terms{Rate: ratelimit.Rate{PerSecond: issuer.MaxPerSecond + 1}}},
		{"a burst below the rate", org, "rate.burst", issuer.Terms{Rate: ratelimit.Rate{PerSecond: 50, Burst: 49}}},
		{"a burst without a bound", org, "rate.burst", issuer.Terms{Rate: ratelimit.Rate{PerSecond: 50, Burst: issuer.MaxBurst + 1}}},
		{"a connection with a line break", org, "sso.connection", issuer.Terms{Connection: "a\nb"}},
	} {
		_, _, err := w.Announce(t.Context(), admin, tt.id, tt.terms)
		wantInvalid(t, tt.rule, err, tt.member)
	}
	if got := w.audit(); got != nil {
		t.Errorf("a refused request is not begun: the audit has %v", got)
	}
}

func wantInvalid(t *testing.T, rule string, err error, member string) {
	t.Helper()
	if e, ok := errors.AsType[*issuer.Invalid](err); !ok || e.Member != member {
		t.Errorf("%s: got %v, want Invalid of %s", rule, err, member)
	}
}

// TestTheRateReachesVerification: it is read with every request, from the copy that is stored with
// the tokens.
func TestTheRateReachesVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		rule string
		rate ratelimit.Rate
	}{
		{"none means the default rate", ratelimit.Rate{}},
		{"one of its own", ratelimit.Rate{PerSecond: 200, Burst: 300}},
		{"one without a burst", ratelimit.Rate{PerSecond: 30}},
	} {
		w.announce(issuer.Terms{SSO: true, Rate: tt.rate})
		o, err := w.tokens.Organisation(t.Context(), org)
		assert.NilError(t, err)
		if rate := terms.Decode(o.Settings).Rate; rate != tt.rate {
			t.Errorf("%s: the copy has %+v, want %+v", tt.rule, rate, tt.rate)
		}
	}
}

func TestEnableNeedsSingleSignOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Enable(t.Context(), admin, org); !errors.Is(err, issuer.ErrNoOrganisation) {
		t.Errorf("an unknown organisation: got %v", err)
	}
	w.announce(issuer.Terms{})
	if _, err := w.Enable(t.Context(), admin, org); !errors.Is(err, issuer.ErrSSOOff) {
		t.Errorf("single sign-on is off: got %v", err)
	}
	if s, err := w.Status(t.Context(), org); err != nil || s.Enabled || s.LiveTokens != 0 {
		t.Errorf("nothing was enabled: got %+v, %v", s, err)
	}
	w.announce(issuer.Terms{SSO: true})
	if _, err := w.Enable(t.Context(), admin, org); err != nil {
		t.Errorf("single sign-on is on: got %v", err)
	}
}

func TestEnableIssuesATokenThatWorks(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	p, err := w.accepts(issued.Token)
	if err != nil || p.Org != org || !p.Allows(token.ScopeWrite) {
		t.Errorf("got %+v, %v; want a principal of %s that may write", p, err, org)
	}
	if _, err := w.Enable(t.Context(), admin, org); !errors.Is(err, issuer.ErrEnabled) {
		t.Errorf("enabling again: got %v, want ErrEnabled", err)
	}
	want := []audit.Action{audit.ActionAnnounce, audit.ActionEnable, audit.ActionIssue}
	if diff := cmp.Diff(want, w.audit()); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

func TestSingleSignOnSwitchedOffLeavesTokensAlone(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	w.announce(issuer.Terms{})
	w.wantAccepted(issued.Token)
	w.issue(issuer.TokenRequest{Name: "another"})
}

func TestDisableIsForGood(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	second := w.issue(issuer.TokenRequest{Name: "second"})
	for range 2 {
		if o, err := w.Disable(t.Context(), admin, org); err != nil || o.Enabled {
			t.Fatalf("Disable: %+v, %v", o, err)
		}
		w.wantRefused(first.Token, token.ReasonSuperseded)
		w.wantRefused(second.Token, token.ReasonSuperseded)
	}
	if _, err := w.Issue(t.Context(), admin, org, issuer.TokenRequest{Name: "third"}); !errors.Is(err, issuer.ErrDisabled) {
		t.Errorf("no token while SCIM is off: got %v", err)
	}

	fresh, err := w.Enable(t.Context(), admin, org)
	if err != nil {
		t.Fatalf("Enable: %v", err)
	}
	w.wantRefused(first.Token, token.ReasonSuperseded)
	w.wantRefused(second.Token, token.ReasonSuperseded)
	w.wantAccepted(fresh.Token)
	w.wantStates(issuer.StateLive, issuer.StateSuperseded, issuer.StateSuperseded)
	want := []audit.Action{
		audit.ActionAnnounce, audit.ActionEnable, audit.ActionIssue, audit.ActionIssue,
		audit.ActionDisable, audit.ActionEnable, audit.ActionIssue,
	}
	if diff := cmp.Diff(want, w.audit()); diff != "" {
		t.Errorf("the second Disable changed nothing, so it is not in the audit (-want +got):\n%s", diff)
	}
}

func (w *world) wantStates(want ...issuer.State) {
	w.t.Helper()
	tokens, err := w.Tokens(w.t.Context(), org)
	if err != nil {
		w.t.Fatalf("Tokens: %v", err)
	}
	var got []issuer.State
	live := 0
	for _, t := range tokens {
		got = append(got, t.State)
		if t.State == issuer.StateLive {
			live++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("states, latest first (-want +got):\n%s", diff)
	}
	if s, err := w.Status(w.t.Context(), org); err != nil || s.LiveTokens != live {
		w.t.Errorf("Status: %d live tokens, %v; want %d", s.LiveTokens, err, live)
	}
}

func TestIssue(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	now, expiry := w.time, w.time.Add(time.Hour)
	issued := w.issue(issuer.TokenRequest{Name: "Okta, read only", Scopes: []token.Scope{token.ScopeRead}, ExpiresAt: expiry.Add(time.Microsecond)})
	if p, err := w.accepts(issued.Token); err != nil || p.Allows(token.ScopeWrite) || !p.Allows(token.ScopeRead) {
		t.Errorf("a token of scope read: got %+v, %v", p, err)
	}
	got, err := w.Token(t.Context(), org, issued.Token.ID())
	want := issuer.Token{State: issuer.StateLive, Expiring: issuer.Within1Day, Record: token.Record{
		Org: org, Tag: issued.Token.Tag(), ID: issued.Token.ID(), Name: "Okta, read only", Kid: "k1", MAC: issued.Record.MAC,
		Scopes: []token.Scope{token.ScopeRead}, Issuer: admin.Subject, Generation: 1, IssuedAt: now, ExpiresAt: expiry,
	}}
	want.Verdict = issuer.VerdictOn(want.Record, nil, w.time)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Token: %v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff(want.Record, issued.Record); diff != "" {
		t.Errorf("Issue returns what is stored (-want +got):\n%s", diff)
	}
	if _, err := w.Issue(t.Context(), admin, org, issuer.TokenRequest{Name: "third"}); !errors.Is(err, issuer.ErrTooManyLive) {
		t.Errorf("a third live token: got %v", err)
	}
	w.time = expiry
	w.wantRefused(issued.Token, token.ReasonExpired)
	w.wantStates(issuer.StateExpired, issuer.StateLive)
	w.issue(issuer.TokenRequest{Name: "in the place of the expired one"})
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	before := w.audit()
	for _, tt := range []struct {
		rule, member string
		request      issuer.TokenRequest
	}{
		{"no name", "name", issuer.TokenRequest{}},
		{"a name of spaces", "name", issuer.TokenRequest{Name: "  "}},
		{"a name with a space at its end", "name", issuer.TokenRequest{Name: "okta "}},
		{"a name with a line break", "name", issuer.TokenRequest{Name: "okta\nlevel=error"}},
		{"a name that turns the writing direction", "name", issuer.TokenRequest{Name: "okta\u202e"}},
		{"a name that is not UTF-8", "name", issuer.TokenRequest{Name: "okta\xff"}},
		{"a name of 101 characters", "name", issuer.TokenRequest{Name: strings.Repeat("é", 101)}},
		{"an unknown scope", "scopes", issuer.TokenRequest{Name: "okta", Scopes: []token.Scope{"scim:admin"}}},
		{"a scope twice", "scopes", issuer.TokenRequest{Name: "okta", Scopes: []token.Scope{token.ScopeRead, token.ScopeRead}}},
		{"an expiry that is now", "expiresAt", issuer.TokenRequest{Name: "okta", ExpiresAt: w.time}},
	} {
		_, err := w.Issue(t.Context(), admin, org, tt.request)
		wantInvalid(t, tt.rule, err, tt.member)
	}
	if _, err := w.Issue(t.Context(), admin, "another", issuer.TokenRequest{Name: "okta"}); !errors.Is(err, issuer.ErrNoOrganisation) {
		t.Errorf("an unknown organisation: got %v", err)
	}
	if diff := cmp.Diff(before, w.audit()); diff != "" {
		t.Errorf("a refused request is not begun (-want +got):\n%s", diff)
	}
	w.issue(issuer.TokenRequest{Name: strings.Repeat("é", 100)})
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	id, revoked := issued.Token.ID(), w.time
	for range 2 {
		if err := w.Revoke(t.Context(), admin, org, id); err != nil {
			t.Fatalf("Revoke: %v", err)
		}
		w.wantRefused(issued.Token, token.ReasonRevoked)
		if got, err := w.Token(t.Context(), org, id); err != nil || !got.RevokedAt.Equal(revoked) || got.State != issuer.StateRevoked {
			t.Errorf("Token: %+v, %v; want it revoked at %v", got, err, revoked)
		}
		w.time = w.time.Add(time.Minute)
	}
	want := []audit.Action{audit.ActionAnnounce, audit.ActionEnable, audit.ActionIssue, audit.ActionRevoke}
	if diff := cmp.Diff(want, w.audit()); diff != "" {
		t.Errorf("the second Revoke changed nothing, so it is not in the audit (-want +got):\n%s", diff)
	}
}

func TestATokenBelongsToItsOrganisation(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	if _, _, err := w.Announce(t.Context(), admin, "org-b", issuer.Terms{SSO: true}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{issued.Token.ID(), "000000000000", ""} {
		if err := w.Revoke(t.Context(), admin, "org-b", id); !errors.Is(err, issuer.ErrNoToken) {
			t.Errorf("Revoke(%q) by another organisation: got %v, want ErrNoToken", id, err)
		}
		if _, err := w.Token(t.Context(), "org-b", id); !errors.Is(err, issuer.ErrNoToken) {
			t.Errorf("Token(%q) by another organisation: got %v, want ErrNoToken", id, err)
		}
	}
	w.wantAccepted(issued.Token)
}

func TestAuditTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	w, issued := enabled(t)
	stranger := audit.Caller{Subject: "administrator-8", Address: "198.51.100.8"}
	assert.NilError(t, w.Denied(t.Context(), stranger, org, audit.ActionRevoke, org))
	entries, err := w.store.ReadAudit(t.Context(), org, audit.Query{Limit: 2})
	if err != nil || len(entries) != 2 {
		t.Fatalf("ReadAudit: %d entries, %v", len(entries), err)
	}
	want := []audit.Entry{
		{ID: entries[0].ID, At: w.time, Org: org, Action: audit.ActionRevoke, Result: audit.ResultDenied, Caller: stranger},
		{ID: entries[1].ID, At: issued.Record.IssuedAt, Org: org, Action: audit.ActionIssue, TokenID: issued.Token.ID(), Result: audit.ResultBegun, Caller: admin},
	}
	unlinked := cmpopts.IgnoreFields(audit.Entry{}, "Once", "Seq", "Prev", "PrevAt", "Hash")
	if diff := cmp.Diff(want, entries, unlinked); diff != "" {
		t.Errorf("audit, latest first (-want +got):\n%s", diff)
	}
}

func TestConcurrentEnablesLeaveWorkingTokens(t *testing.T) {
	t.Parallel()
	w := announced(t)
	var mu sync.Mutex
	var issued []issuer.Issued
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			i, err := w.withoutFaults().Enable(t.Context(), admin, org)
			switch {
			case err == nil:
				mu.Lock()
				defer mu.Unlock()
				issued = append(issued, i)
			case !errors.Is(err, issuer.ErrEnabled) && !errors.Is(err, issuer.ErrTooManyLive):
				t.Errorf("Enable: %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(issued); n < 1 || n > token.MaxLive {
		t.Errorf("%d tokens, want 1 to %d", n, token.MaxLive)
	}
	for _, i := range issued {
		w.wantAccepted(i.Token)
	}
}

func TestConcurrentAnnouncementsAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mu sync.Mutex
	tags, creations := make(map[string]bool), 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			o, created, err := w.withoutFaults().Announce(t.Context(), admin, org, issuer.Terms{SSO: true})
			if err != nil {
				t.Errorf("Announce: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			tags[o.Tag] = true
			if created {
				creations++
			}
		})
	}
	wg.Wait()
	if len(tags) != 1 || creations != 1 {
		t.Errorf("%d tags and %d creations, want one of each", len(tags), creations)
	}
}

// taken is a store in which the first tag that is drawn is another organisation's.
type taken struct {
	issuer.Store
	tried []string
}

func (s *taken) CreateOrganisation(ctx context.Context, o issuer.Organisation) error {
	s.tried = append(s.tried, o.Tag)
	if len(s.tried) == 1 {
		return issuer.ErrExists
	}
	return s.Store.CreateOrganisation(ctx, o)
}

func TestAnnounceDrawsAnotherTagIfOneIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &taken{Store: w.store}
	o, created, err := w.on(s).Announce(t.Context(), admin, org, issuer.Terms{})
	if err != nil || !created || len(s.tried) != 2 || o.Tag != s.tried[1] || s.tried[0] == s.tried[1] {
		t.Errorf("got %+v, created %v, error %v, after the tags %v", o, created, err, s.tried)
	}
	if got := w.audit(); len(got) != 1 {
		t.Errorf("one act is one entry, however often it starts over: got %v", got)
	}
}
