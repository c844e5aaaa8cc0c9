package orghttp_test

import (
	"net/http"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// TestMembersThatWaitAreListed: those of a group and of the organisation, page by page, with why.
func TestMembersThatWaitAreListed(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	leaver := d.person("leaver@example.com")
	guides, leaders := d.group("Guides", leaver), d.group("Leaders")
	assert.NilError(t, d.Users.Delete(d.Context(), d.Org, leaver.ID, &directory.Change{}))
	const unknown = "01900000-0000-7000-8000-00000000000a"
	doc := scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", "Leaders", "members", []any{
		scim.NewDocument("value", string(leaver.ID)), scim.NewDocument("value", unknown),
	})
	if _, err := d.Groups.Replace(d.Context(), d.Org, leaders.ID, doc, &directory.Change{Cause: directory.Cause{RequestID: "R"}}); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Group  directory.GroupID
		Value  string
		Reason directory.WaitingReason
		Count  int
		First  directory.Moment
	}
	list := func(path string) (rows []row, next string) {
		t.Helper()
		var got struct {
			Waiting []row
			Next    string
		}
		d.must(path, &got)
		return got.Waiting, got.Next
	}
	all := []row{
		{Group: leaders.ID, Value: unknown, Reason: directory.WaitsUnknown, Count: 1},
		{Group: guides.ID, Value: string(leaver.ID), Reason: directory.WaitsDeleted},
		{Group: leaders.ID, Value: string(leaver.ID), Reason: directory.WaitsDeleted, Count: 1},
	}
	for path, want := range map[string][]row{
		"/waiting":                 all,
		"/waiting?q=01900000-0000": all[:1],
		"/groups/" + string(guides.ID) + "/waiting":     all[1:2],
		"/groups/" + string(guides.ID) + "/waiting?q=z": nil,
	} {
		rows, next := list(path)
		if len(rows) != len(want) || next != "" {
			t.Fatalf("%s has %+v and then %q, want %+v", path, rows, next, want)
		}
		for i, got := range rows {
			if got.First.At.IsZero() || got.Group == leaders.ID && got.First.RequestID != "R" {
				t.Errorf("%s: it began at %+v", path, got.First)
			}
			if got.First = (directory.Moment{}); got != want[i] {
				t.Errorf("%s has %+v, want %+v", path, got, want[i])
			}
		}
	}
	first, next := list("/waiting?limit=2")
	rest, end := list("/waiting?limit=2&after=" + next)
	if len(first) != 2 || len(rest) != 1 || rest[0].Group != leaders.ID || end != "" {
		t.Errorf("the pages are %+v and %+v, then %q", first, rest, end)
	}
	if w := d.get("/groups/7/waiting", ""); w.Code != http.StatusNotFound {
		t.Errorf("what waits for no group is answered with %d", w.Code)
	}
}
