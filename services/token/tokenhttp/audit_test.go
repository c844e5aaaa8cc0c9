package tokenhttp_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/audit"
)

const auditPath = "/api/v1/organisations/org-a/scim/audit"

type auditAnswer struct {
	Audit []audit.Line
	Head  audit.Head
	Next  string
}

func (a *api) audit(query string) (got auditAnswer) {
	a.t.Helper()
	a.admin("org-a", "GET", auditPath+query, "").want(http.StatusOK).into(&got)
	return got
}

// export reads the audit as a file.
func (a *api) export(query string) (entries []audit.Entry) {
	a.t.Helper()
	r := a.send("GET", auditPath+query, "", map[string]string{
		"Authorization": a.idp.Person(a.t, "org-a", access.Auditor), "Accept": ndjson,
	}).want(http.StatusOK)
	if got := r.header.Get("Content-Type"); got != ndjson {
		a.t.Fatalf("content type %q", got)
	}
	for lines := bufio.NewScanner(strings.NewReader(r.body)); lines.Scan(); {
		var line audit.Line
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			a.t.Fatalf("%v: %s", err, lines.Text())
		}
		entries = append(entries, line.Entry())
	}
	return entries
}

const ndjson = "application/x-ndjson"

// TestEveryActWritesItsRecord does each act once, as a caller with an address, within a trace. Acts
// that find nothing to do leave no record.
func TestEveryActWritesItsRecord(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	const scim, trace = "/api/v1/organisations/org-a/scim", "0af7651916cd43dd8448eb211c80319c"
	var second, third tokenView
	type record struct {
		action         audit.Action
		token, other   *string
		result         audit.Result
		actor, address string
	}
	own := func(action audit.Action, token, other *string) []record {
		return []record{{action, token, other, audit.ResultBegun, "user-of-org-a", "127.0.0.1"}}
	}
	none, stranger := []record(nil), a.idp.Person(t, "org-b", access.ScimAdmin)
	for n, act := range []struct {
		name, by, method, path, body string
		status                       int
		answer                       *tokenView
		want                         []record
	}{
		{"rotate", "", "POST", "/tokens/rotate", `{"current":"FIRST"}`, 201, &second, own(audit.ActionRotate, &second.ID, &first.ID)},
		{"rotate in vain", "", "POST", "/tokens/rotate", `{"current":"FIRST"}`, 409, nil, none},
		{"cancel", "", "POST", "/tokens/rotate/cancel", `{"current":"SECOND"}`, 200, nil, own(audit.ActionCancel, &second.ID, &first.ID)},
		{"cancel again", "", "POST", "/tokens/rotate/cancel", `{"current":"SECOND"}`, 200, nil, none},
		{"restore", "", "POST", "/tokens/SECOND/restore", "", 200, nil, own(audit.ActionRestore, &second.ID, nil)},
		{"restore again", "", "POST", "/tokens/SECOND/restore", "", 200, nil, none},
		{"end", "", "POST", "/tokens/FIRST/end", "", 200, nil, own(audit.ActionEndEarly, &first.ID, &second.ID)},
		{"end again", "", "POST", "/tokens/FIRST/end", "", 200, nil, none},
		{"issue", "", "POST", "/tokens", `{"name":"third"}`, 201, &third, own(audit.ActionIssue, &third.ID, nil)},
		{"issue in vain", "", "POST", "/tokens", `{"name":"fourth"}`, 409, nil, none},
		{"revoke", "", "DELETE", "/tokens/THIRD", "", 204, nil, own(audit.ActionRevoke, &third.ID, nil)},
		{"revoke again", "", "DELETE", "/tokens/THIRD", "", 204, nil, none},
		{"configure", "", "PUT", "/settings", `{"strict":true}`, 200, nil, own(audit.ActionConfigure, nil, nil)},
		{"configure again", "", "PUT", "/settings", `{"strict":true}`, 200, nil, none},
		{"disable", "", "POST", "/disable", "", 200, nil, own(audit.ActionDisable, nil, nil)},
		{"disable again", "", "POST", "/disable", "", 200, nil, none},
		{"enable, which issues a token", "", "POST", "/enable", "", 201, nil, append(own(audit.ActionEnable, nil, nil), own(audit.ActionIssue, new(string), nil)...)},
		{"enable again", "", "POST", "/enable", "", 409, nil, none},
		{"read", "", "GET", "/tokens", "", 200, nil, none},
		{"denied to announce", stranger, "PUT", "/..", `{"sso":{"enabled":true}}`, 403, nil, none},
		{"denied to configure", stranger, "PUT", "/settings", `{}`, 403, nil, none},
		{"denied to enable", stranger, "POST", "/enable", "", 403, nil, none},
		{"denied to disable", stranger, "POST", "/disable", "", 403, nil, none},
		{"denied to issue", stranger, "POST", "/tokens", `{"name":"x"}`, 403, nil, none},
		{"denied to rotate", stranger, "POST", "/tokens/rotate", `{"current":"FIRST"}`, 403, nil, none},
		{"denied to cancel", stranger, "POST", "/tokens/rotate/cancel", `{"current":"FIRST"}`, 403, nil, none},
		{"denied to revoke", stranger, "DELETE", "/tokens/FIRST", "", 403, nil, none},
		{"denied to end", stranger, "POST", "/tokens/FIRST/end", "", 403, nil, none},
		{"denied to restore", stranger, "POST", "/tokens/FIRST/restore", "", 403, nil, none},
		{"denied to rename", stranger, "PATCH", "/tokens/FIRST", `{"name":"x"}`, 403, nil, none},
		{"denied to read", stranger, "GET", "/tokens", "", 403, nil, none},
	} {
		before := a.export("")
		by := act.by
		if by == "" {
			by = a.idp.Person(t, "org-a", access.ScimAdmin)
		}
		named := strings.NewReplacer("FIRST", first.ID, "SECOND", second.ID, "THIRD", third.ID)
		began, span := time.Now().Add(-time.Millisecond), fmt.Sprintf("%016x", n+1)
		r := a.send(act.method, strings.Replace(scim+named.Replace(act.path), "/scim/..", "", 1), named.Replace(act.body), map[string]string{
			"Authorization": by, "Content-Type": "application/json", "Traceparent": "00-" + trace + "-" + span + "-01",
		}).want(act.status)
		if act.answer != nil {
			r.into(act.answer)
		}
		added := a.export("")[len(before):]
		if len(added) != len(act.want) {
			t.Fatalf("%s: %d records, want %d: %+v", act.name, len(added), len(act.want), added)
		}
		for n, e := range added {
			w := act.want[n]
			text := func(id *string) string {
				if id == nil {
					return ""
				}
				return *id
			}
			want := audit.Entry{
				Org: "org-a", Action: w.action, Result: w.result, TokenID: text(w.token), OtherID: text(w.other),
				Caller: audit.Caller{Subject: w.actor, Address: w.address, TraceID: trace},
			}
			if act.name == "enable, which issues a token" && w.action == audit.ActionIssue {
				want.TokenID = e.TokenID
				if a.token(e.TokenID).State != "live" {
					t.Errorf("%s: the record names the token %q", act.name, e.TokenID)
				}
			}
			if act.name == "configure" {
				want.Changes = []audit.Change{{Member: "strict", Before: "false", After: "true"}}
			}
			given := cmpopts.IgnoreFields(audit.Entry{}, "ID", "At", "Seq", "Prev", "PrevAt", "Hash")
			if diff := cmp.Diff(want, e, given); diff != "" {
				t.Errorf("%s (-want +got):\n%s", act.name, diff)
			}
			if e.At.Before(began.Add(-time.Second)) || e.At.After(time.Now()) || uuid.Validate(e.ID) != nil {
				t.Errorf("%s: the record %s is of %v", act.name, e.ID, e.At)
			}
		}
	}
}

func TestTheAuditIsListed(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	for n := range 205 {
		a.admin("org-a", "PUT", "/api/v1/organisations/org-a/scim/settings", fmt.Sprintf(`{"strict":%v}`, n%2 == 0)).want(http.StatusOK)
	}
	const all = 208 // announced, enabled, issued, and configured 205 times
	latest := a.audit("")
	if len(latest.Audit) != 100 || latest.Audit[0].Seq != all || latest.Head.Seq != all || latest.Head.Hash != latest.Audit[0].Hash || latest.Next != "109" {
		t.Fatalf("got %d entries, head %+v, next %q", len(latest.Audit), latest.Head, latest.Next)
	}
	if got := a.audit("?limit=1000"); len(got.Audit) != 200 {
		t.Errorf("a limit of more than 200 gives %d", len(got.Audit))
	}
	var seqs []int64
	for next := "-"; next != ""; {
		query := "?limit=50"
		if next != "-" {
			query += "&after=" + next
		}
		page := a.audit(query)
		for _, line := range page.Audit {
			seqs = append(seqs, line.Seq)
		}
		next = page.Next
	}
	if len(seqs) != all || !slices.IsSortedFunc(seqs, func(x, y int64) int { return int(y - x) }) {
		t.Errorf("page by page there are %d, in the order %v", len(seqs), seqs)
	}
	for query, want := range map[string]int{
		"?action=scim.enable": 1, "?action=token.rotate": 0, "?tokenId=" + first.ID: 1, "?tokenId=000000000000": 0,
		"?since=2026-01-01T00:00:00Z&action=token.issue": 1, "?until=2026-01-01T00:00:00Z": 0, "?limit=0": 0, "?after=3": 2,
	} {
		if got := a.audit(query); len(got.Audit) != want || got.Audit == nil || got.Head.Seq != all || got.Next != "" {
			t.Errorf("%s: %d entries, head %+v, next %q; want %d and no more", query, len(got.Audit), got.Head, got.Next, want)
		}
	}
	issued := a.audit("?action=token.issue").Audit[0]
	want := audit.Line{
		ID: issued.ID, Seq: 3, At: issued.At, Organisation: "org-a", Action: audit.ActionIssue, Result: audit.ResultBegun, TokenID: first.ID,
		Actor: "user-of-org-a", Address: "127.0.0.1", Prev: issued.Prev, PrevAt: issued.PrevAt, Hash: issued.Hash,
	}
	if diff := cmp.Diff(want, issued); diff != "" {
		t.Errorf("an entry (-want +got):\n%s", diff)
	}
}

func TestAnExportOfTheAuditCanBeVerified(t *testing.T) {
	t.Parallel()
	a, first := rotatable(t)
	for n := range 401 { // more than two pages
		a.platform("PUT", "/api/v1/organisations/org-a/scim/settings", fmt.Sprintf(`{"strict":%v}`, n%2 == 0)).want(http.StatusOK)
	}
	head := a.audit("?limit=0").Head
	entries := a.export("")
	v := audit.Verify(slices.Values(entries), head, time.Now())
	if !v.Intact || v.Entries != 404 || v.To != head.Seq {
		t.Errorf("got %+v of %d entries", v, len(entries))
	}
	if v := audit.Verify(slices.Values(slices.Delete(slices.Clone(entries), 7, 8)), head, time.Now()); v.Intact {
		t.Error("a line that was taken out does not show")
	}
	if got := a.export("?tokenId=" + first.ID); len(got) != 1 || got[0].Hash != entries[2].Hash {
		t.Errorf("of a token: %+v", got)
	}
	if got := a.export("?after=400&limit=1"); len(got) != 4 || got[0].Seq != 401 {
		t.Errorf("from 401 on: %d entries", len(got))
	}
}

func TestTheAuditIsVerified(t *testing.T) {
	t.Parallel()
	a, _ := rotatable(t)
	var got map[string]any
	a.admin("org-a", "GET", auditPath+"/verify", "").want(http.StatusOK).into(&got)
	want := map[string]any{"intact": true, "entries": 3.0, "from": 1.0, "to": 3.0, "unchained": 0.0, "faults": []any{}, "next": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	a.admin("org-a", "GET", auditPath+"/verify?after=2", "").want(http.StatusOK).into(&got)
	if got["entries"] != 1.0 || got["intact"] != true {
		t.Errorf("behind the second entry: got %v", got)
	}
	a.admin("org-a", "GET", auditPath+"/verify?after=x", "").wantProblem(400, "invalid-value")
}

func TestTheAuditIsTheOrganisationsOwn(t *testing.T) {
	t.Parallel()
	a, _ := rotatable(t)
	for _, path := range []string{auditPath, auditPath + "/verify"} {
		a.as(a.idp.Person(t, "org-a", access.Auditor), "GET", path, "").want(http.StatusOK)
		a.as(accesstest.Platform(), "GET", path, "").want(http.StatusOK)
		a.as(a.idp.Person(t, "org-a"), "GET", path, "").wantProblem(http.StatusForbidden, "forbidden")
		a.admin("org-b", "GET", path, "").wantProblem(http.StatusForbidden, "forbidden")
		a.as("", "GET", path, "").wantProblem(http.StatusUnauthorized, "unauthenticated")
	}
	if got := a.audit(""); len(got.Audit) != 3 {
		t.Errorf("reading is in the audit: %d entries", len(got.Audit))
	}
}

func TestTheAuditRefusesWhatIsNoFilter(t *testing.T) {
	t.Parallel()
	a, _ := rotatable(t)
	for query, says := range map[string]string{
		"?action=token.explode": "action", "?since=yesterday": "since", "?until=1700000000": "until", "?limit=many": "limit", "?after=x": "after", "?after=-1": "after",
	} {
		for _, accept := range []string{"", ndjson} {
			r := a.send("GET", auditPath+query, "", map[string]string{"Authorization": accesstest.Platform(), "Accept": accept})
			if r.wantProblem(http.StatusBadRequest, "invalid-value"); !strings.Contains(r.body, "parameter "+says) {
				t.Errorf("%s: %s", query, r.body)
			}
		}
	}
}
