package issuer_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

const day = 24 * time.Hour

// round makes one and returns what it reported and how many tokens it found near their end.
func (w *world) round(x *issuer.Expiries) issuer.ExpiryRound {
	w.t.Helper()
	r, err := x.Round(w.t.Context())
	if err != nil {
		w.t.Fatalf("Round: %v", err)
	}
	return r
}

func told(n ...issuer.Nearness) map[issuer.Nearness]int {
	counts := map[issuer.Nearness]int{}
	for _, each := range n {
		counts[each]++
	}
	return counts
}

// expiringEntries are the audit's, the first one first.
func (w *world) expiringEntries() []audit.Entry {
	w.t.Helper()
	entries, err := w.Audit(w.t.Context(), org, audit.Query{Action: audit.ActionExpiring, OldestFirst: true, Limit: 100})
	assert.NilError(w.t, err)
	return entries
}

func TestATokenIsReportedBeforeItExpires(t *testing.T) {
	t.Parallel()
	w, first := enabled(t)
	assert.NilError(t, w.Revoke(t.Context(), admin, org, first.Token.ID()))
	soon := w.issue(issuer.TokenRequest{Name: "okta", ExpiresAt: w.time.Add(30 * day)})
	end := soon.Record.ExpiresAt
	x := issuer.NewExpiries(w.Issuer)
	for _, tt := range []struct {
		before   time.Duration
		told     map[issuer.Nearness]int
		within   map[issuer.Nearness]int
		expiring issuer.Nearness
	}{
		{30 * day, told(), told(), ""},
		{14*day + time.Millisecond, told(), told(), ""},
		{14 * day, told("14d"), told("14d"), "14d"},
		{13 * day, told(), told("14d"), "14d"},
		{7 * day, told("7d"), told("7d", "14d"), "7d"},
		{day + time.Millisecond, told(), told("7d", "14d"), "7d"},
		{day, told("1d"), told("1d", "7d", "14d"), "1d"},
		{time.Millisecond, told(), told("1d", "7d", "14d"), "1d"},
		{0, told(), told(), ""},
	} {
		w.time = end.Add(-tt.before)
		round := w.round(x)
		if diff := cmp.Diff(issuer.ExpiryRound{Within: tt.within, Told: tt.told}, round); diff != "" {
			t.Errorf("%v before (-want +got):\n%s", tt.before, diff)
		}
		seen, err := w.Token(t.Context(), org, soon.Token.ID())
		status, err2 := w.Status(t.Context(), org)
		if err != nil || err2 != nil || seen.Expiring != tt.expiring || slices.Contains(status.Expiring, soon.Token.ID()) != (tt.expiring != "") {
			t.Errorf("%v before: the token is %q, the status has %v", tt.before, seen.Expiring, status.Expiring)
		}
	}
	var want []audit.Entry
	for n, nearness := range []issuer.Nearness{"14d", "7d", "1d"} {
		want = append(want, audit.Entry{
			At: end.Add(-[]time.Duration{14 * day, 7 * day, day}[n]), Org: org, Action: audit.ActionExpiring, TokenID: soon.Token.ID(), Result: audit.ResultNoted,
			Caller: audit.Caller{Subject: "system"}, Once: "token.expiring/" + soon.Token.ID() + "/" + string(nearness),
		})
	}
	if diff := cmp.Diff(want, w.expiringEntries(), cmpopts.IgnoreFields(audit.Entry{}, "ID", "Seq", "Prev", "PrevAt", "Hash")); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
}

func TestOfSeveralTimesPassedTheShortestIsReported(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	w.issue(issuer.TokenRequest{Name: "okta", ExpiresAt: w.time.Add(3 * day)})
	if r := w.round(issuer.NewExpiries(w.Issuer)); !cmp.Equal(r.Told, told("7d")) {
		t.Errorf("reported %v", r.Told)
	}
}

func TestExpiryIsReportedOnceByAllProcesses(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	w.issue(issuer.TokenRequest{Name: "okta", ExpiresAt: w.time.Add(3 * day)})
	var mu sync.Mutex
	var wg sync.WaitGroup
	sum := 0
	for range 8 {
		x := issuer.NewExpiries(w.withoutFaults())
		wg.Go(func() {
			for range 2 {
				r, err := x.Round(t.Context())
				if err != nil {
					t.Errorf("Round: %v", err)
				}
				mu.Lock()
				sum += r.Told[issuer.Within7Days]
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if n := len(w.expiringEntries()); sum != 1 || n != 1 {
		t.Errorf("%d reported it and the audit has %d entries, want 1", sum, n)
	}
}

func TestAnUnchangedExpiryIsNotReportedAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule string
		make func(t *testing.T) *world
	}{
		{"a token that does not expire", enabledWorld},
		{"a token that runs out its overlap", rotatedWorld},
		{"a token that was revoked", func(t *testing.T) *world {
			t.Helper()
			w, first := enabled(t)
			soon := w.rotate(issuer.Rotation{Current: first.Token.ID(), ExpiresAt: w.time.Add(day)})
			assert.NilError(t, w.Revoke(t.Context(), admin, org, soon.Token.ID()))
			return w
		}},
		{"a token of an organisation that has SCIM off", func(t *testing.T) *world {
			t.Helper()
			w, _ := enabled(t)
			w.issue(issuer.TokenRequest{Name: "okta", ExpiresAt: w.time.Add(day)})
			if _, err := w.Disable(t.Context(), admin, org); err != nil {
				t.Fatal(err)
			}
			return w
		}},
	} {
		w := tt.make(t)
		if r := w.round(issuer.NewExpiries(w.Issuer)); len(r.Told)+len(r.Within) > 0 || len(w.expiringEntries()) > 0 {
			t.Errorf("%s: %+v", tt.rule, r)
		}
	}
}

func TestATokenWhoseSuccessorIsGoneIsReported(t *testing.T) {
	t.Parallel()
	w, second := rotated(t)
	assert.NilError(t, w.Revoke(t.Context(), admin, org, second.Token.ID()))
	if r := w.round(issuer.NewExpiries(w.Issuer)); !cmp.Equal(r.Told, told("1d")) {
		t.Errorf("reported %v", r.Told)
	}
}

// TestARoundThatFailsGoesOn fails each store call of a round once, before and after it did its
// work.
func TestARoundThatFailsGoesOn(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		for at := 1; at <= 3; at++ { // organisations, tokens, audit
			w, _ := enabled(t)
			w.issue(issuer.TokenRequest{Name: "okta", ExpiresAt: w.time.Add(day)})
			x := issuer.NewExpiries(w.Issuer)
			w.faults.failAt(at, lost)
			if _, err := x.Round(t.Context()); !errors.Is(err, errFault) {
				t.Errorf("call %d fails: got %v", at, err)
			}
			w.round(x)
			if n := len(w.expiringEntries()); n != 1 {
				t.Errorf("call %d failed: %d entries, want 1", at, n)
			}
			w.faults.failAt(3, false)
			if r := w.round(x); w.faults.calls != 2 || r.Within[issuer.Within1Day] != 1 {
				t.Errorf("a reported expiry is read again: %d calls", w.faults.calls)
			}
		}
	}
}
