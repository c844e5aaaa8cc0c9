package orghttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

func (d *deployment) compare(mediaType, export string) *httptest.ResponseRecorder {
	d.Helper()
	req := httptest.NewRequestWithContext(d.Context(), http.MethodPost, "/api/v1/organisations/acme/drift/compare", strings.NewReader(export))
	req.Header.Set("Content-Type", mediaType)
	w := httptest.NewRecorder()
	d.engine.ServeHTTP(w, req)
	return w
}

func TestAnExportIsComparedWithTheUsers(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	ids := map[string]string{}
	for _, name := range []string{"ann", "bo", "cy", "di"} {
		doc := scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", name+"@example.com", "active", name != "di")
		u, err := d.Users.Create(t.Context(), d.Org, doc, &directory.Change{})
		d.Must(err)
		ids[name] = string(u.ID)
	}
	_, err := d.Groups.Create(t.Context(), d.Org, scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", "Guides", "members", []any{scim.NewDocument("value", ids["ann"])}), &directory.Change{})
	d.Must(err)
	want := `{"difference":{"kind":"membership-differs","userName":"ann@example.com","id":"` + ids["ann"] + `","line":2,"missing":["Scouts"],"extra":["Guides"]}}
{"difference":{"kind":"state-differs","userName":"bo@example.com","id":"` + ids["bo"] + `","line":3,"active":true}}
{"difference":{"kind":"here-only","userName":"cy@example.com","id":"` + ids["cy"] + `"}}
{"difference":{"kind":"missing-here","userName":"ed@example.com","line":4}}
{"end":{"lines":4,"users":4,"differ":{"here-only":1,"membership-differs":1,"missing-here":1,"state-differs":1}}}
`
	for mediaType, export := range map[string]string{
		"text/csv": "Login,UserName,active,groups\n1,ANN@example.com,,Scouts; scouts\n2,bo@example.com,FALSE,\n3,ed@example.com,true,\n4,fay@example.com,false,\n",
		"application/x-ndjson": "\n" + `{"userName":"ANN@example.com","groups":["Scouts"],"id":7}` + "\n" + `{"userName":"bo@example.com","active":false}` + "\n" +
			`{"userName":"ed@example.com"}` + "\n" + `{"userName":"fay@example.com","active":false}`,
	} {
		w := d.compare(mediaType, export)
		if diff := cmp.Diff(want, w.Body.String()); w.Code != http.StatusOK || diff != "" {
			t.Errorf("%s: %d; -want +got:\n%s", mediaType, w.Code, diff)
		}
	}
}

// TestALongComparisonIsNotSilent: where some hundreds do not differ, a line says how far it is.
func TestALongComparisonIsNotSilent(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	export := "userName\n"
	for i := range 201 {
		export += d.person(fmt.Sprintf("user%d@example.com", i)).UserName() + "\n"
	}
	const want = `{"progress":{"lines":201,"users":200,"differ":{}}}` + "\n" + `{"end":{"lines":201,"users":201,"differ":{}}}` + "\n"
	if w := d.compare("text/csv", export); w.Body.String() != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestExportsOfIdentityProvidersAreRead as they come: with the columns that Okta's and Entra ID's
// help pages name, and with a byte order mark.
func TestExportsOfIdentityProvidersAreRead(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.person("ann@example.com")
	d.person("bo@example.com")
	for rule, export := range map[string]string{
		"Okta, Current Assignments": "\ufeffUser,Login,Application name,Application instance,Application login,Assigned on,Unassigned on,Last login\r\n" +
			"Ann,a.okta@example.com,DevRev,DevRev,ann@example.com,2026-03-02T09:14:05Z,,\r\nBo,b.okta@example.com,DevRev,DevRev,bo@example.com,2026-03-02T09:14:05Z,,\r\n",
		"Okta, User app access":     "User fullname,Okta username,Application username\nAnn,x@example.com,ann@example.com\nBo,y@example.com,bo@example.com\n",
		"Entra ID, Download users":  "userPrincipalName,displayName,accountEnabled\nann@example.com,Ann,True\nbo@example.com,Bo,True\n",
		"our own name counts first": "userPrincipalName,userName\nx@example.com,ann@example.com\ny@example.com,bo@example.com\n",
	} {
		const want = `{"end":{"lines":2,"users":2,"differ":{}}}` + "\n"
		if w := d.compare("text/csv", export); w.Code != http.StatusOK || w.Body.String() != want {
			t.Errorf("%s: %d %s", rule, w.Code, w.Body)
		}
	}
}

func TestABrokenExportIsNotComparedAtAll(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	for rule, row := range map[string]struct{ mediaType, export, want string }{
		"each broken line is named": {"application/x-ndjson", `{"userName":"a@example.com"}` + "\nnone\n" + `{"userName":" "}` + "\n" + `{"userName":"A@example.com"}`, `"count":3,"lines":[` +
			`{"line":2,"sentence":"It is not a JSON object with userName, a string, and if need be active, a boolean, and groups, a list of strings."},{"line":3,"sentence":"It has no userName."},{"line":4,"sentence":"It has the userName of line 1."}]`},
		"a column is named":            {"text/csv", "name\na@example.com\n", `{"line":1,"sentence":"It names none of the columns userName, Application login, Application username and userPrincipalName."}`},
		"active is a boolean":          {"text/csv", "userName,active\na@example.com,perhaps\n", `{"line":2,"sentence":"active is neither true nor false."}`},
		"quotes are where they belong": {"text/csv", "userName\na\"b\n", `{"line":2,"sentence":"It is not comma-separated values`},
		"an export has a line":         {"application/x-ndjson", "\n", `"sentence":"The export is empty."`},
		"a line has a bound":           {"application/x-ndjson", `{"userName":"` + strings.Repeat("a", 70_000), `"line":1,"sentence":"It is longer than 65536 bytes.`},
		"an export has a bound":        {"application/x-ndjson", strings.Repeat("{}\n", 6_000_000), `"status":413`},
		"lines have a bound":           {"application/x-ndjson", strings.Repeat("\n", 100_001), `An export has 100000 lines at most.`},
		"it is one of two forms":       {"application/json", "[]", `"status":415`},
	} {
		w := d.compare(row.mediaType, row.export)
		if w.Code < 400 || w.Code >= 500 || !strings.Contains(w.Body.String(), row.want) {
			t.Errorf("%s: got %d %.600s, want %s", rule, w.Code, w.Body, row.want)
		}
	}
}
