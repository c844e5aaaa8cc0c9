package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// TestAGroupShowsWhoWaits: with the reason in a sentence, and only where somebody waits.
func TestAGroupShowsWhoWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp := w.idp()
	create := func(path, body string) (id string) {
		return idp.Want(t, http.StatusCreated, "POST", path, body).Text("id")
	}
	const unknown = "01900000-0000-7000-8000-00000000000a"
	user := create("/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com"}`)
	group := func(name string, members ...string) (id string) {
		values := make([]string, len(members))
		for i, m := range members {
			values[i] = fmt.Sprintf(`{"value":%q}`, m)
		}
		return create("/Groups", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":%q,"members":[%s]}`, name, strings.Join(values, ",")))
	}
	left, awaited, quiet := group("Guides", user), group("Leaders", unknown), group("Others")
	idp.Want(t, http.StatusNoContent, "DELETE", "/Users/"+user, "")

	admin := w.signIn("demo", "administrator")
	const heading = "Members that wait"
	for id, want := range map[string][]string{
		left:    {heading, `<a href="/console/o/demo/users/` + user + `"><code>` + user, "The person was a member when deleted, and is one again after the return."},
		awaited: {heading, "<code>" + unknown, "No person has this id."},
	} {
		shown := admin.get("/console/o/demo/groups/" + id)
		for _, text := range want {
			assert.Check(t, strings.Contains(shown.text, text), "%q is not in %s", text, shown.text)
		}
	}
	end := url.Values{"value": {unknown}}
	if p := w.signIn("demo", "auditor").get("/console/o/demo/groups/" + awaited); strings.Contains(p.text, "End the waiting") {
		t.Errorf("an auditor is offered to end it: %s", p.text)
	}
	ended := admin.follow(admin.post("/console/o/demo/groups/"+awaited+"/end-waiting", end))
	if ended.status != http.StatusOK || !strings.Contains(ended.text, "The member waits no longer.") || strings.Contains(ended.text, heading) {
		t.Errorf("after the end the group is %d %s", ended.status, ended.text)
	}
	if p := admin.post("/console/o/demo/groups/"+awaited+"/end-waiting", end); p.status != http.StatusNotFound {
		t.Errorf("it ends twice: %d %s", p.status, p.text)
	}
	shown := admin.get("/console/o/demo/groups/" + quiet)
	assert.Equal(t, shown.status, http.StatusOK)
	assert.Check(t, !strings.Contains(shown.text, heading), "nobody waits, and it shows %s", shown.text)
}

// TestAPersonIsLetIntoAPrivilegedGroup by an administrator who has signed in lately: the person
// waits no longer and is a member.
func TestAPersonIsLetIntoAPrivilegedGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp := w.idp()
	user := idp.Want(t, http.StatusCreated, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com"}`).Text("id")
	group := idp.Want(t, http.StatusCreated, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Admins"}`).Text("id")
	admin, auditor := w.signIn("demo", "administrator"), w.signIn("demo", "auditor")
	page := "/console/o/demo/groups/" + group
	assert.Equal(t, admin.post(page+"/privileged", url.Values{"privileged": {"true"}, "version": {`"1"`}}).status, http.StatusSeeOther)
	assert.Equal(t, admin.post("/console/o/demo/settings", url.Values{"setting": {"matchByUserName"}, "value": {"on"}}).status, http.StatusSeeOther)
	const offer, value = "Let the person in", `name="value" value="Ann@example.com"`
	harness.Eventually(t, "the member waits for an approval", func() bool { // until scimd knows the setting
		idp.Want(t, http.StatusNoContent, "PATCH", "/Groups/"+group, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"members","value":[{"value":"Ann@example.com"}]}]}`)
		p := admin.get(page).text
		return strings.Contains(p, offer) && strings.Contains(p, value)
	})
	if p := auditor.get(page); strings.Contains(p.text, offer) || !strings.Contains(p.text, "an administrator has to let the person in") {
		t.Errorf("an auditor sees %s", p.text)
	}
	let := url.Values{"value": {"Ann@example.com"}}
	assert.Equal(t, auditor.post(page+"/let-in", let).status, http.StatusForbidden)
	fresh := admin.session()
	stale := fresh
	stale.AuthTime = time.Now().Add(-time.Hour)
	admin.keep(stale)
	if p := admin.post(page+"/let-in", let); p.status != http.StatusUnauthorized || !strings.Contains(p.text, "Sign in again") {
		t.Errorf("the sign-in is long ago: %d %s", p.status, p.text)
	}
	admin.keep(fresh)
	member := `<a href="/console/o/demo/users/` + user + `">`
	if p := admin.get(page); strings.Contains(p.text, member) {
		t.Errorf("the person is in before that: %s", p.text)
	}
	done := admin.follow(admin.post(page+"/let-in", let))
	if done.status != http.StatusOK || !strings.Contains(done.text, "The person is a member of the group now.") || !strings.Contains(done.text, member) || strings.Contains(done.text, offer) {
		t.Errorf("after that the group is %d %s", done.status, done.text)
	}
	if p := admin.post(page+"/let-in", let); p.status != http.StatusNotFound {
		t.Errorf("once more: %d %s", p.status, p.text)
	}
}
