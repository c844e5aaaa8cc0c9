package tokenhttp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/internal/audit"
)

const (
	settingsPath = "/api/v1/organisations/org-a/scim/settings"
	ownSchema    = `{"id":"urn:example:2.0:User","attributes":[{"name":"badge","type":"string"}]}`
)

// settingsOf reads the settings and their entity tag.
func (a *api) settingsOf() (strict, hideValues bool, schemas int, tag string) {
	a.t.Helper()
	var s struct {
		Strict, HideValues bool
		Schemas            []any
	}
	got := a.admin("org-a", "GET", settingsPath, "").want(http.StatusOK)
	got.into(&s)
	return s.Strict, s.HideValues, len(s.Schemas), got.header.Get("ETag")
}

func TestOneSettingIsChangedAndTheOthersStay(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	for n, step := range []struct {
		rule, method, body string
		status             int
		strict, hide       bool
		schemas            int
	}{
		{"PATCH sets one", "PATCH", `{"schemas":[` + ownSchema + `]}`, 200, false, false, 1},
		{"PATCH leaves settings that it does not name", "PATCH", `{"hideValues":true}`, 200, false, true, 1},
		{"PATCH of nothing changes nothing", "PATCH", `{}`, 200, false, true, 1},
		{"PUT that would erase schemas is refused", "PUT", `{"hideValues":true}`, 400, false, true, 1},
		{"PUT that would erase hideValues is refused", "PUT", `{"strict":true,"schemas":[]}`, 400, false, true, 1},
		{"PUT that names what it removes is accepted", "PUT", `{"hideValues":false,"schemas":[` + ownSchema + `]}`, 200, false, false, 1},
		{"null resets to the default", "PATCH", `{"schemas":null,"strict":true}`, 200, true, false, 0},
		{"PATCH of schemas that cannot be is refused whole", "PATCH", `{"strict":false,"schemas":[{"id":"x"}]}`, 400, true, false, 0},
		{"PATCH of an unknown setting is refused", "PATCH", `{"stritc":false}`, 400, true, false, 0},
		{"PATCH of another type is refused", "PATCH", `{"strict":"no"}`, 400, true, false, 0},
	} {
		a.admin("org-a", step.method, settingsPath, step.body).want(step.status)
		if strict, hide, schemas, _ := a.settingsOf(); strict != step.strict || hide != step.hide || schemas != step.schemas {
			t.Errorf("%d %s: it is %v, %v and %d schemas", n, step.rule, strict, hide, schemas)
		}
	}
	a.send("PATCH", settingsPath, `{}`, map[string]string{"Content-Type": "text/plain", "Authorization": a.idp.Person(t, "org-a", "scim-admin")}).
		wantProblem(http.StatusUnsupportedMediaType, "unsupported-media-type")
	a.send("PATCH", settingsPath, `{}`, map[string]string{"Content-Type": "application/merge-patch+json", "Authorization": a.idp.Person(t, "org-a", "scim-admin")}).
		want(http.StatusOK)
}

func TestSettingsThatHaveChangedMeanwhileAreNotOverwritten(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	_, _, _, tag := a.settingsOf()
	under := func(tag, method, body string) answer {
		t.Helper()
		return a.send(method, settingsPath, body, map[string]string{
			"Authorization": a.idp.Person(t, "org-a", "scim-admin"), "Content-Type": "application/json", "If-Match": tag,
		})
	}
	after := under(tag, "PATCH", `{"strict":true}`).want(http.StatusOK).header.Get("ETag")
	for _, method := range []string{"PATCH", "PUT"} {
		under(tag, method, `{"strict":false}`).wantProblem(http.StatusPreconditionFailed, "changed")
	}
	if strict, _, _, now := a.settingsOf(); !strict || now != after || now == tag {
		t.Errorf("it is %v under %s, answered was %s and before it was %s", strict, now, after, tag)
	}
	for _, empty := range []string{" ", `""`} { // white space around a value is not part of it
		under(empty, "PUT", `{"strict":false}`).wantProblem(http.StatusPreconditionFailed, "changed")
	}
	under("W/"+after, "PUT", `{"strict":false}`).wantProblem(http.StatusPreconditionFailed, "changed")
	under(after, "PUT", `{"strict":false}`).want(http.StatusOK)
	under("*", "PATCH", `{"strict":true}`).want(http.StatusOK)
}

func TestTheAuditSaysWhatASettingWasAndIs(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.organisation("org-a")
	a.admin("org-a", "PATCH", settingsPath, `{"strict":true,"schemas":[`+ownSchema+`]}`).want(http.StatusOK)
	a.admin("org-a", "PATCH", settingsPath, `{"strict":true}`).want(http.StatusOK)
	a.platform("PUT", "/api/v1/organisations/org-a", `{"sso":{"enabled":false,"connection":"dev-1-saml"}}`).want(http.StatusOK)
	entries := a.export("")
	var got [][]audit.Change
	for _, e := range entries {
		if e.Action == audit.ActionConfigure || e.Action == audit.ActionAnnounce {
			got = append(got, e.Changes)
		}
	}
	if len(got) != 3 {
		t.Fatalf("%d entries, want one of each change: %+v", len(got), entries)
	}
	if diff := cmp.Diff([]audit.Change{{Member: "strict", Before: "false", After: "true"}}, got[1][:1]); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if schemas := got[1][1]; schemas.Member != "schemas" || schemas.Before != "" || !strings.Contains(schemas.After, "urn:example:2.0:User") {
		t.Errorf("the schemas were changed as %+v", schemas)
	}
	want := []audit.Change{{Member: "sso.enabled", Before: "true", After: "false"}, {Member: "sso.connection", After: "dev-1-saml"}}
	if diff := cmp.Diff(want, got[2]); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
}
