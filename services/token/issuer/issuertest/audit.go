package issuertest

import (
	"cmp"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/token/issuer"
)

var auditRules = []rule{
	{"ReadAudit returns what AppendAudit added", func(t *testing.T, s issuer.Store) {
		org := organisation().ID
		wantAudit(t, s, org, 10, appendAudit(t, s, entry(org)))
	}},
	{"an entry may be about no token, and from nowhere that is known", func(t *testing.T, s issuer.Store) {
		e := entry(organisation().ID)
		e.TokenID, e.OtherID, e.Source, e.Caller = "", "", "", issuer.Caller{}
		wantAudit(t, s, e.Org, 10, appendAudit(t, s, e))
	}},
	{"ReadAudit of an organisation without entries is empty", func(t *testing.T, s issuer.Store) {
		appendAudit(t, s, entry(organisation().ID))
		wantAudit(t, s, organisation().ID, 10)
	}},
	{"ReadAudit gives the organisation's own entries, latest first, at most limit", func(t *testing.T, s issuer.Store) {
		org, longer := organisation().ID, ""
		longer = org + "-2" // begins like org
		var want []issuer.Entry
		for range 5 {
			want = append(want, appendAudit(t, s, entry(org)))
			appendAudit(t, s, entry(longer))
		}
		slices.Reverse(want)
		wantAudit(t, s, org, 10, want...)
		wantAudit(t, s, org, 3, want[:3]...)
		wantAudit(t, s, org, 0)
	}},
	{"AppendAudit of an id that is there changes nothing and is no error", func(t *testing.T, s issuer.Store) {
		e := appendAudit(t, s, entry(organisation().ID))
		forged := e
		forged.Caller.Subject = "another"
		appendAudit(t, s, forged)
		wantAudit(t, s, e.Org, 10, e)
	}},
	{"Revocations returns what ended tokens, or took that back, of all organisations, begun since then", func(t *testing.T, s issuer.Store) {
		since := now().Add(-time.Hour)
		add := func(at time.Time, change func(*issuer.Entry)) issuer.Entry {
			e := entry(organisation().ID)
			e.Action, e.At = issuer.ActionRevoke, at
			change(&e)
			return appendAudit(t, s, e)
		}
		asItIs := func(*issuer.Entry) {}
		want := []issuer.Entry{add(since, asItIs), add(since.Add(time.Minute), asItIs)}
		for _, action := range issuer.EndingActions() {
			want = append(want, add(now(), func(e *issuer.Entry) { e.Action = action }))
		}
		unwanted := []issuer.Entry{
			add(since.Add(-time.Millisecond), asItIs),
			add(now(), func(e *issuer.Entry) { e.Action = issuer.ActionIssue }),
			add(now(), func(e *issuer.Entry) { e.Action = issuer.ActionRotate }),
			add(now(), func(e *issuer.Entry) { e.Result = issuer.ResultDenied }),
		}
		got, err := s.Revocations(t.Context(), since)
		if err != nil {
			t.Fatalf("Revocations: %v", err)
		}
		got = slices.DeleteFunc(got, func(e issuer.Entry) bool { // the store may have others
			return !slices.ContainsFunc(slices.Concat(want, unwanted), func(w issuer.Entry) bool { return w.ID == e.ID })
		})
		slices.SortFunc(got, func(a, b issuer.Entry) int { return cmp.Compare(a.ID, b.ID) })
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("Revocations (-want +got):\n%s", diff)
		}
	}},
	{"AppendAudit, when calls race, loses none", func(t *testing.T, s issuer.Store) {
		org := organisation().ID
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				if err := s.AppendAudit(t.Context(), entry(org)); err != nil {
					t.Errorf("AppendAudit: %v", err)
				}
			})
		}
		wg.Wait()
		if got, err := s.ReadAudit(t.Context(), org, 100); err != nil || len(got) != 32 {
			t.Errorf("ReadAudit: %d entries, error %v; want 32", len(got), err)
		}
	}},
}
