package issuertest

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

var auditRules = []rule{
	{"ReadAudit returns what AppendAudit added", func(t *testing.T, s issuer.Store) {
		org := organisation().ID
		wantAudit(t, s, org, 10, appendAudit(t, s, entry(org)))
	}},
	{"an entry may be about no token, and from nowhere that is known", func(t *testing.T, s issuer.Store) {
		e := entry(organisation().ID)
		e.TokenID, e.OtherID, e.UserID, e.Source, e.Once, e.Caller, e.Changes = "", "", "", "", "", audit.Caller{}, nil
		wantAudit(t, s, e.Org, 10, appendAudit(t, s, e))
	}},
	{"ReadAudit of an organisation without entries is empty", func(t *testing.T, s issuer.Store) {
		appendAudit(t, s, entry(organisation().ID))
		wantAudit(t, s, organisation().ID, 10)
	}},
	{"ReadAudit gives the organisation's own entries, latest first, at most limit", func(t *testing.T, s issuer.Store) {
		org, longer := organisation().ID, ""
		longer = org + "-2" // begins like org
		var want []audit.Entry
		for range 5 {
			want = append(want, appendAudit(t, s, entry(org)))
			appendAudit(t, s, entry(longer))
		}
		slices.Reverse(want)
		wantAudit(t, s, org, 10, want...)
		wantAudit(t, s, org, 3, want[:3]...)
		wantAudit(t, s, org, 0)
	}},
	{"ReadAudit returns what the query selects, in both orders, page by page", func(t *testing.T, s issuer.Store) {
		org := organisation().ID
		for n := range 12 {
			e := entry(org)
			e.At = e.At.Add(time.Duration(n-12) * time.Minute)
			e.Action = []audit.Action{audit.ActionIssue, audit.ActionRevoke}[n%2]
			e.TokenID, e.OtherID = []string{"a", "b", "c"}[n%3], []string{"b", "c", "a"}[n%3]
			e.UserID = []string{"", "u", "v"}[n%3]
			appendAudit(t, s, e)
		}
		all := readAudit(t, s, org, audit.Query{OldestFirst: true, Limit: 100})
		for rule, q := range map[string]audit.Query{
			"all":                   {},
			"an action":             {Action: audit.ActionRevoke},
			"a token or another":    {TokenID: "b"},
			"a user":                {UserID: "u"},
			"no such token":         {TokenID: "d"},
			"since, itself too":     {Since: all[5].At},
			"until, itself not":     {Until: all[5].At},
			"a time and an action":  {Since: all[3].At, Until: all[9].At, Action: audit.ActionIssue},
			"behind one":            {After: all[4].Position()},
			"behind one, an action": {After: all[5].Position(), Action: audit.ActionIssue},
		} {
			for _, oldestFirst := range []bool{false, true} {
				q.OldestFirst, q.Limit = oldestFirst, 3
				want := slices.DeleteFunc(slices.Clone(all), func(e audit.Entry) bool { return !q.Asks(e) })
				if !oldestFirst {
					slices.Reverse(want)
				}
				var got []audit.Entry
				pages := q
				for page := readAudit(t, s, org, pages); len(page) > 0; page = readAudit(t, s, org, pages) {
					got, pages.After = append(got, page...), page[len(page)-1].Position()
				}
				wantEntries(t, got, want)
				if rule != "no such token" && len(want) < 3 {
					t.Errorf("%s, oldest first %v: %d entries prove little", rule, oldestFirst, len(want))
				}
			}
		}
	}},
	{"AppendAudit of an existing id changes nothing and is not an error", func(t *testing.T, s issuer.Store) {
		e := appendAudit(t, s, entry(organisation().ID))
		forged := e
		forged.Caller.Subject = "another"
		appendAudit(t, s, forged)
		wantAudit(t, s, e.Org, 10, e)
		appendAudit(t, s, entry(e.Org))
		appendAudit(t, s, forged) // not the last one any more
		wantChain(t, s, e.Org, 2)
	}},
	{"Revocations returns what ended tokens, or took that back, of all organisations, begun since then", func(t *testing.T, s issuer.Store) {
		since := now().Add(-time.Hour)
		add := func(at time.Time, change func(*audit.Entry)) audit.Entry {
			e := entry(organisation().ID)
			e.Action, e.At = audit.ActionRevoke, at
			change(&e)
			return appendAudit(t, s, e)
		}
		asItIs := func(*audit.Entry) {}
		want := []audit.Entry{add(since, asItIs), add(since.Add(time.Minute), asItIs)}
		for _, action := range audit.EndingActions() {
			want = append(want, add(now(), func(e *audit.Entry) { e.Action = action }))
		}
		unwanted := []audit.Entry{
			add(since.Add(-time.Millisecond), asItIs),
			add(now(), func(e *audit.Entry) { e.Action = audit.ActionIssue }),
			add(now(), func(e *audit.Entry) { e.Action = audit.ActionRotate }),
			add(now(), func(e *audit.Entry) { e.Result = audit.ResultDenied }),
		}
		got, err := s.Revocations(t.Context(), since)
		if err != nil {
			t.Fatalf("Revocations: %v", err)
		}
		got = slices.DeleteFunc(got, func(e audit.Entry) bool { // the store may have others
			return !slices.ContainsFunc(slices.Concat(want, unwanted), func(w audit.Entry) bool { return w.ID == e.ID })
		})
		slices.SortFunc(got, func(a, b audit.Entry) int { return cmp.Compare(a.ID, b.ID) })
		if diff := gocmp.Diff(want, unlinked(got)); diff != "" {
			t.Errorf("Revocations (-want +got):\n%s", diff)
		}
	}},
	{"Notices returns what administrators should learn of, of all organisations, in the order of ids", func(t *testing.T, s issuer.Store) {
		before := uuid.Must(uuid.NewV7()).String()
		var want []audit.Entry
		add := func(action audit.Action, result audit.Result) {
			e := entry(organisation().ID)
			e.Action, e.Result = action, result
			want = append(want, appendAudit(t, s, e))
		}
		for range 3 {
			for _, action := range audit.NoticeActions() {
				add(action, audit.ResultNoted)
				add(action, audit.ResultBegun)
			}
		}
		ours := len(want)
		add(audit.ActionIssue, audit.ResultBegun)
		add(audit.NoticeActions()[0], audit.ResultDenied)
		var got []audit.Entry
		for after := before; ; {
			page, err := s.Notices(t.Context(), after, 2)
			if err != nil || len(page) > 2 {
				t.Fatalf("Notices: %d entries, %v", len(page), err)
			}
			if len(page) == 0 {
				break
			}
			got, after = append(got, page...), page[len(page)-1].ID
		}
		got = slices.DeleteFunc(got, func(e audit.Entry) bool { // the store may have others
			return !slices.ContainsFunc(want, func(w audit.Entry) bool { return w.ID == e.ID })
		})
		wantEntries(t, unlinked(got), want[:ours])
		if none, err := s.Notices(t.Context(), before, 0); err != nil || len(none) != 0 {
			t.Errorf("Notices, at most none: %d, %v", len(none), err)
		}
	}},
}
