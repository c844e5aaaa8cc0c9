package scimhttp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// TestWhatTheGuardHoldsIsNotDone: it is answered with what the guard says and when to ask again; in
// a bulk request the others are done.
func TestWhatTheGuardHoldsIsNotDone(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	var wishes []guard.Wish
	d.admit = func(w guard.Wish) error {
		wishes = append(wishes, w)
		return scim.Errorf(http.StatusTooManyRequests, "", "It is held.")
	}
	id, other := d.user("ann@example.com"), d.user("bob@example.com")
	body := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com","title":"Gone","active":false}`
	deactivate := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`
	for _, c := range []struct{ method, body string }{{"PATCH", deactivate}, {"PUT", body}, {"DELETE", ""}} {
		a := d.send(c.method, "/Users/"+id, c.body)
		if a.Code != 429 || a.Header().Get("Retry-After") != "300" || !strings.Contains(a.text("detail"), "It is held.") {
			t.Errorf("%s is answered with %d %v %s", c.method, a.Code, a.Header(), a.Body)
		}
	}
	bulk := d.must(200, "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
		{"method":"PATCH","path":"/Users/`+id+`","data":`+deactivate+`},
		{"method":"PATCH","path":"/Users/`+other+`","data":`+strings.ReplaceAll(strings.ReplaceAll(deactivate, "active", "title"), "false", `"Boss"`)+`}]}`)
	if said := bulk.Body.String(); !strings.Contains(said, `"429"`) || !strings.Contains(said, `"200"`) || bulk.Header().Get("Retry-After") != "" {
		t.Errorf("a bulk request is answered with %v %s", bulk.Header(), said)
	}
	if shown := d.must(200, "GET", "/Users/"+id, ""); shown.body["active"] != true || shown.body["title"] != nil {
		t.Errorf("the person is %s", shown.Body)
	}
	user := directory.UserID(id)
	want := []guard.Wish{{User: user, Wanted: directory.EffectDeactivated}, {User: user, Wanted: directory.EffectDeactivated}, {User: user, Wanted: directory.EffectDeleted}, {User: user, Wanted: directory.EffectDeactivated}}
	if fmt.Sprint(wishes) != fmt.Sprint(want) {
		t.Errorf("the guard was asked for %v, want %v", wishes, want)
	}
}

// TestTheGuardIsAskedForDeparturesAlone: not for who comes, changes, or is out already.
func TestTheGuardIsAskedForDeparturesAlone(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	asked := 0
	d.admit = func(guard.Wish) error { asked++; return nil }
	id := d.user("ann@example.com")
	patch := func(path, value string) {
		t.Helper()
		d.must(200, "PATCH", "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"`+path+`","value":`+value+`}]}`)
	}
	patch("title", `"Boss"`)
	patch("active", "true")
	if asked != 0 {
		t.Errorf("it was asked %d times", asked)
	}
	patch("active", "false")
	patch("title", `"Gone"`)
	patch("active", "true")
	patch("active", "true")
	if asked != 1 {
		t.Errorf("it was asked %d times, want once", asked)
	}
}
