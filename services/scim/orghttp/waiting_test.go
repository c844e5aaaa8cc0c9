package orghttp_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/scim/activity"
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

// unwait ends the waiting of a value, and returns the status of the answer.
func (d *deployment) unwait(g directory.GroupID, value string) int {
	d.Helper()
	path := "/api/v1/organisations/acme/groups/" + string(g) + "/waiting/" + url.PathEscape(value)
	w := httptest.NewRecorder()
	d.engine.ServeHTTP(w, httptest.NewRequestWithContext(d.Context(), http.MethodDelete, path, nil))
	return w.Code
}

// TestAnAdministratorEndsTheWaitingOfAMember: once, with an entry of the audit, and the person who
// comes back is not in the group.
func TestAnAdministratorEndsTheWaitingOfAMember(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	leaver := d.person("leaver@example.com", "externalId", "leaver")
	guides, leaders := d.group("Guides", leaver), d.group("Leaders", leaver)
	assert.NilError(t, d.Users.Delete(d.Context(), d.Org, leaver.ID, &directory.Change{}))
	const unknown, name = "01900000-0000-7000-8000-00000000000a", "somebody@example.com"
	_, err := d.Directory.Wait(d.Context(), d.Org.Tenant, leaders.ID, []string{unknown, name}, directory.Moment{At: directory.Now(time.Now())})
	assert.NilError(t, err)

	d.actor = access.Actor{Subject: "auditor", Org: "acme", Roles: []string{access.Auditor}}
	assert.Equal(t, d.unwait(guides.ID, string(leaver.ID)), http.StatusForbidden)
	d.actor, d.audit.broken = administrator, true
	assert.Equal(t, d.unwait(guides.ID, string(leaver.ID)), http.StatusServiceUnavailable)
	d.audit.broken = false
	before := len(d.audited())
	for _, c := range []struct {
		rule  string
		group directory.GroupID
		value string
		want  int
	}{
		{"a membership of a deleted person", guides.ID, string(leaver.ID), http.StatusNoContent},
		{"it has ended", guides.ID, string(leaver.ID), http.StatusNotFound},
		{"an unknown id", leaders.ID, unknown, http.StatusNoContent},
		{"a name", leaders.ID, name, http.StatusNoContent},
		{"a value that does not wait there", guides.ID, unknown, http.StatusNotFound},
		{"a group that is not there", "7", unknown, http.StatusNotFound},
	} {
		assert.Check(t, c.want == d.unwait(c.group, c.value), "%s: want %d", c.rule, c.want)
	}
	entry := func(g directory.GroupID, user, value string) audit.Entry {
		return audit.Entry{
			Org: "acme", Action: audit.ActionUnwait, UserID: user, Result: audit.ResultBegun,
			Caller:  audit.Caller{Subject: administrator.Subject, Address: "192.0.2.1"},
			Changes: []audit.Change{{Member: "waiting in group " + string(g), Before: value}},
		}
	}
	want := []audit.Entry{
		entry(guides.ID, string(leaver.ID), string(leaver.ID)), entry(leaders.ID, "", unknown),
		entry(leaders.ID, "", ""), // a name is not kept
	}
	assert.DeepEqual(t, want, d.audited()[before:], cmpopts.IgnoreFields(audit.Entry{}, "ID", "At", "Seq", "Prev", "PrevAt", "Hash"))

	back := d.person("leaver@example.com", "externalId", "leaver")
	assert.Equal(t, back.ID, leaver.ID)
	for id, want := range map[directory.GroupID][]directory.UserID{guides.ID: nil, leaders.ID: {leaver.ID}} {
		g, err := d.Groups.Get(d.Context(), d.Org, id, true)
		assert.NilError(t, err)
		assert.DeepEqual(t, want, g.Members, cmpopts.EquateEmpty())
	}
}

// TestAnAdministratorLetsAMemberIntoAPrivilegedGroup: with entries of the audit and the activity.
func TestAnAdministratorLetsAMemberIntoAPrivilegedGroup(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	person, admins := d.person("ann@example.com"), d.group("Admins")
	value := string(person.ID)
	_, err := d.Directory.Wait(d.Context(), d.Org.Tenant, admins.ID, []string{value}, directory.Moment{At: directory.Now(time.Now())})
	assert.NilError(t, err)
	letIn := func(value string) int {
		path := "/api/v1/organisations/acme/groups/" + string(admins.ID) + "/waiting/" + url.PathEscape(value) + "/approve"
		w := httptest.NewRecorder()
		d.engine.ServeHTTP(w, httptest.NewRequestWithContext(d.Context(), http.MethodPost, path, nil))
		return w.Code
	}
	d.actor = access.Actor{Subject: "auditor", Org: "acme", Roles: []string{access.Auditor}}
	assert.Equal(t, letIn(value), http.StatusForbidden)
	d.actor = administrator
	before := len(d.audited())
	assert.Equal(t, letIn("other"), http.StatusNotFound)
	assert.Equal(t, letIn(value), http.StatusNoContent)
	told := d.audited()[before:]
	if len(told) != 1 || told[0].Action != audit.ActionLetIn || told[0].UserID != value {
		t.Errorf("the audit has %+v", told)
	}
	g, err := d.Groups.Get(d.Context(), d.Org, admins.ID, true)
	assert.NilError(t, err)
	assert.DeepEqual(t, []directory.UserID{person.ID}, g.Members)
	entries, err := d.Log.List(d.Context(), d.Org, activity.Query{Limit: 1})
	assert.NilError(t, err)
	if e := entries[0]; e.Effect != directory.EffectAttached || e.Actor != administrator.Subject {
		t.Errorf("the entry is %+v", e)
	}
}
