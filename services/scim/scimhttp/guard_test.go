package scimhttp_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

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
		w.Counted = nil
		wishes = append(wishes, w)
		return scim.Errorf(http.StatusTooManyRequests, "", "It is held.").Later(guard.RetryAfter)
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
	if fmt.Sprintf("%+v", wishes) != fmt.Sprintf("%+v", want) {
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

// TestTheGuardIsAskedForMembersWhoLeave: by any change of their group that takes them out, before
// it is stored, and of the group as it is. What is held leaves no trace.
func TestTheGuardIsAskedForMembersWhoLeave(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	ann, bob, cid := d.user("ann@example.com"), d.user("bob@example.com"), d.user("cid@example.com")
	element := func(id string) string { return `{"value":"` + id + `"}` }
	group := d.must(201, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[`+element(ann)+`,`+element(bob)+`]}`).text("id")
	patch := func(operations string) string {
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
	}
	put := func(name, members string) string {
		return `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"` + name + `","members":[` + members + `]}`
	}
	asked := 0
	d.admit = func(guard.Wish) error { asked++; return nil }
	d.must(204, "PATCH", "/Groups/"+group, patch(`{"op":"replace","path":"displayName","value":"Leaders"},{"op":"add","path":"members","value":[`+element(bob)+`]}`))
	if asked != 0 {
		t.Errorf("it was asked %d times where nobody can leave", asked)
	}
	for rule, c := range map[string]struct {
		method, body string
		leave        []string
		says         []string
		wanted       directory.Effect
	}{
		"one by a filter":    {"PATCH", patch(`{"op":"remove","path":"members[value eq \"` + ann + `\"]"}`), []string{ann}, nil, guard.Removed},
		"one and another in": {"PATCH", patch(`{"op":"remove","path":"members","value":[` + element(ann) + `,` + element(cid) + `]},{"op":"add","path":"members","value":[` + element(cid) + `]},{"op":"replace","path":"displayName","value":"No"}`), []string{ann}, []string{cid}, guard.Removed},
		"all":                {"PATCH", patch(`{"op":"remove","path":"members"}`), []string{ann, bob}, nil, guard.Removed},
		"who is not in it":   {"PUT", put("Others", element(bob)+`,`+element(cid)), []string{ann}, []string{bob, cid}, guard.Removed},
		"an empty list":      {"PUT", put("Others", ""), []string{ann, bob}, nil, guard.Removed},
		"the group itself":   {"DELETE", "", []string{ann, bob}, nil, directory.EffectDeleted},
	} {
		var wish guard.Wish
		d.admit = func(w guard.Wish) error {
			wish = w
			return scim.Errorf(http.StatusTooManyRequests, "", "It is held.").Later(guard.RetryAfter)
		}
		a := d.send(c.method, "/Groups/"+group, c.body)
		if a.Code != 429 || a.Header().Get("Retry-After") != "300" {
			t.Errorf("%s: answered with %d %s", rule, a.Code, a.Body)
			continue
		}
		leaving, err := wish.Leaving(t.Context())
		assert.NilError(t, err)
		sorted := func(ids []directory.UserID) string { return fmt.Sprint(slices.Sorted(slices.Values(ids))) }
		says := slices.Sorted(slices.Values(c.says))
		if wish.Group != directory.GroupID(group) || wish.User != "" || wish.Wanted != c.wanted || wish.Privileged || sorted(leaving.Leave) != fmt.Sprint(c.leave) || sorted(wish.Members) != fmt.Sprint(says) {
			t.Errorf("%s: the wish is %+v of %v", rule, wish, leaving)
		}
		shown := d.must(200, "GET", "/Groups/"+group, "")
		if shown.text("displayName") != "Leaders" || strings.Count(shown.Body.String(), `"value"`) != 2 {
			t.Errorf("%s: the group is %s", rule, shown.Body)
		}
	}
}
