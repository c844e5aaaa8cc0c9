package orghttp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/drift"
	"github.com/devrev/scim/services/scim/history"
)

type driftAnswer struct {
	Drift []drift.Row `json:"drift"`
	Next  string      `json:"next"`
}

// apart makes a user whose displayName was kept and whose e-mail address an administrator changed.
func (d *deployment) apart(name string) directory.UserID {
	d.Helper()
	doc := func(displayName string) *scim.Document {
		return scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", name+"@example.com", "displayName", displayName)
	}
	u, err := d.Users.Create(d.Context(), d.Org, doc("Ann"), &directory.Change{})
	d.Must(err)
	_, err = d.Users.Replace(d.Context(), d.Org, u.ID, doc("Bo"), &directory.Change{Cause: directory.Cause{RequestID: "put", Client: "okta"}})
	d.Must(err)
	_, err = d.Users.SetEmail(d.Context(), d.Org, u.ID, name+"@example.org", &directory.Change{Cause: directory.Cause{RequestID: "edit", By: "administrator"}})
	d.Must(err)
	return u.ID
}

func TestDriftIsRowsWithAReasonAndARemedy(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	id := string(d.apart("ann"))
	d.Must(d.Users.Refuse(t.Context(), d.Org, directory.UserID(id), directory.Refused{RequestID: "bad", Client: "entra", Status: 400, Detail: "title: it is too long."}))
	var got driftAnswer
	d.must("/drift", &got)
	email := func(address string) []any {
		return []any{map[string]any{"value": address, "type": "work", "primary": true}}
	}
	of := history.Resource{Type: "User", ID: id}
	want := driftAnswer{Drift: []drift.Row{
		{Kind: directory.DriftRefused, Resource: of, Name: "ann@example.org", Because: "title: it is too long.", RequestID: "bad", Client: "entra"},
		{Kind: directory.DriftKept, Resource: of, Name: "ann@example.org", Attribute: "displayName", Stored: "Ann", Said: "Bo", RequestID: "put", Client: "okta", Because: "The identity provider sent another displayName. It was not applied: once a person has one, it is the person's own."},
		{Kind: directory.DriftChanged, Resource: of, Name: "ann@example.org", Attribute: "emails", Stored: email("ann@example.org"), Said: email("ann@example.com"), RequestID: "edit", Because: "The administrator changed emails in DevRev."},
		{Kind: directory.DriftChanged, Resource: of, Name: "ann@example.org", Attribute: "userName", Stored: "ann@example.org", Said: "ann@example.com", RequestID: "edit", Because: "The administrator changed userName in DevRev."},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(drift.Row{}, "Since", "Remedy")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, row := range got.Drift {
		if row.Since.IsZero() || row.Remedy == "" {
			t.Errorf("a row without a time or a remedy: %+v", row)
		}
	}
	d.Org.HideValues = true
	got = driftAnswer{}
	d.must("/drift?kind=kept", &got)
	if len(got.Drift) != 1 || !got.Drift[0].Withheld || got.Drift[0].Stored != nil || got.Drift[0].Said != nil || got.Drift[0].Attribute != "displayName" {
		t.Errorf("hidden values: got %+v", got.Drift)
	}
}

func TestDriftIsReadInPagesThatJoin(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for _, name := range []string{"a", "b", "c"} {
		d.apart(name)
	}
	var all driftAnswer
	d.must("/drift", &all)
	var joined []drift.Row
	for after := "/drift?limit=2"; after != ""; {
		var page driftAnswer
		d.must(after, &page)
		joined = append(joined, page.Drift...)
		if after = page.Next; after != "" {
			after = "/drift?limit=2&after=" + after
		}
	}
	if len(all.Drift) != 9 {
		t.Errorf("got %d rows, want three for each of three", len(all.Drift))
	}
	if diff := cmp.Diff(all.Drift, joined); diff != "" {
		t.Errorf("-all +joined:\n%s", diff)
	}
	var summary struct {
		Summary []drift.Count `json:"summary"`
	}
	d.must("/drift/summary", &summary)
	want := []drift.Count{{Kind: directory.DriftRefused}, {Kind: directory.DriftKept, Users: 3}, {Kind: directory.DriftChanged, Users: 3}, {Kind: directory.DriftUndone}}
	if diff := cmp.Diff(want, summary.Summary); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDriftIsAskedForInItsOwnWords(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for path, says := range map[string]string{
		"/drift?kind=gone":             "is not a kind of drift: there are refused, kept, changed-here, undone.",
		"/drift?state=active":          "state",
		"/drift?after=x":               "what the answer before gave as next",
		"/drift?kind=kept&after=gone/": "what the answer before gave as next",
		"/drift?limit=-1":              "limit",
		"/drift/summary?kind=kept":     "kind",
	} {
		if w := d.get(path, ""); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), says) {
			t.Errorf("GET %s: got %d %s, want 400 with %q", path, w.Code, w.Body, says)
		}
	}
}
