package orghttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/scim/directory"
)

// TestAnAdministratorMarksAGroupAsPrivileged: with an entry of the audit before it takes effect,
// under If-Match, and without a version that SCIM shows.
func TestAnAdministratorMarksAGroupAsPrivileged(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	g := d.group("Admins", d.person("ann@example.com"))
	patch := func(id directory.GroupID, body, match string) *httptest.ResponseRecorder {
		t.Helper()
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPatch, "/api/v1/organisations/acme/groups/"+string(id), strings.NewReader(body))
		req.Header.Set("Content-Type", "application/merge-patch+json")
		if match != "" {
			req.Header.Set("If-Match", match)
		}
		w := httptest.NewRecorder()
		d.engine.ServeHTTP(w, req)
		return w
	}
	const on, off = `{"privileged":true}`, `{"privileged":false}`
	administrator := access.Actor{Subject: "admin-7", Org: "acme", Roles: []string{access.ScimAdmin}}
	d.actor = access.Actor{Subject: "auditor", Org: "acme", Roles: []string{access.Auditor}}
	assert.Equal(t, patch(g.ID, on, "").Code, http.StatusForbidden)
	d.actor, d.audit.broken = administrator, true
	assert.Equal(t, patch(g.ID, on, "").Code, http.StatusServiceUnavailable)
	d.audit.broken = false
	before := len(d.audited())
	for _, c := range []struct {
		rule        string
		id          directory.GroupID
		body, match string
		want        int
		tag         string
	}{
		{"an empty object", g.ID, `{}`, "", http.StatusBadRequest, ""},
		{"a text", g.ID, `{"privileged":"true"}`, "", http.StatusBadRequest, ""},
		{"another member", g.ID, `{"privileged":true,"displayName":"Guides"}`, "", http.StatusBadRequest, ""},
		{"no JSON", g.ID, `privileged`, "", http.StatusBadRequest, ""},
		{"a group that is not there", "7", on, "", http.StatusNotFound, ""},
		{"another version", g.ID, on, `"2"`, http.StatusPreconditionFailed, ""},
		{"this version", g.ID, on, `"1"`, http.StatusOK, `"1-privileged"`},
		{"it is so already", g.ID, on, "", http.StatusOK, `"1-privileged"`},
		{"another administrator was first", g.ID, off, `"1"`, http.StatusPreconditionFailed, ""},
		{"null is false", g.ID, `{"privileged":null}`, `"1-privileged"`, http.StatusOK, `"1"`},
		{"any version", g.ID, on, "*", http.StatusOK, `"1-privileged"`},
	} {
		w := patch(c.id, c.body, c.match)
		assert.Check(t, w.Code == c.want && w.Header().Get("ETag") == c.tag, "%s: %d %s %s", c.rule, w.Code, w.Header().Get("ETag"), w.Body)
	}
	entry := func(from, to string) audit.Entry {
		return audit.Entry{
			Org: "acme", Action: audit.ActionPrivilege, Result: audit.ResultBegun, Caller: audit.Caller{Subject: "admin-7", Address: "192.0.2.1"},
			Changes: []audit.Change{{Member: "privileged of group " + string(g.ID), Before: from, After: to}},
		}
	}
	want := []audit.Entry{entry("false", "true"), entry("true", "false"), entry("false", "true")}
	assert.DeepEqual(t, want, d.audited()[before:], cmpopts.IgnoreFields(audit.Entry{}, "ID", "At", "Seq", "Prev", "PrevAt", "Hash"))

	var shown struct{ Groups []struct{ Privileged bool } }
	d.must("/groups", &shown)
	assert.Check(t, len(shown.Groups) == 1 && shown.Groups[0].Privileged, "the list has %+v", shown)
	stored, err := d.Groups.Get(t.Context(), d.Org, g.ID, true)
	assert.NilError(t, err)
	assert.Check(t, stored.Version == 1 && stored.Modified.Equal(g.Modified) && len(stored.Members) == 1, "the group is %+v", stored)
	_, has := stored.Resource().Get("privileged")
	assert.Check(t, !has, "SCIM shows it")
}
