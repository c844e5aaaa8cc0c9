package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestAGroupIsMarkedAsPrivileged by an administrator who has signed in lately, if it is as the page
// had it.
func TestAGroupIsMarkedAsPrivileged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.idp().Want(t, http.StatusCreated, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Admins"}`).Text("id")
	page := "/console/o/demo/groups/" + id
	const offer = "Mark as privileged"
	auditor, admin := w.signIn("demo", "auditor"), w.signIn("demo", "administrator")
	if p := auditor.get(page); p.status != http.StatusOK || strings.Contains(p.text, offer) {
		t.Errorf("an auditor sees %d %s", p.status, p.text)
	}
	if p := admin.get(page); !strings.Contains(p.text, offer) || !strings.Contains(p.text, `name="version" value="&#34;1&#34;"`) {
		t.Errorf("an administrator sees %s", p.text)
	}
	on := url.Values{"privileged": {"true"}, "version": {`"1"`}}
	if p := admin.post(page+"/privileged", on); p.status != http.StatusSeeOther {
		t.Errorf("it is marked: %d %s", p.status, p.text)
	}
	if p := admin.get(page); !strings.Contains(p.text, ">privileged</span>") || strings.Contains(p.text, offer) {
		t.Errorf("after that an administrator sees %s", p.text)
	}
	if p := admin.post(page+"/privileged", on); p.status != http.StatusPreconditionFailed || !strings.Contains(p.text, "has changed since you read it") {
		t.Errorf("the page is old: %d %s", p.status, p.text)
	}
	s := admin.session()
	s.AuthTime = time.Now().Add(-time.Hour)
	admin.keep(s)
	if p := admin.post(page+"/privileged", url.Values{"privileged": {"false"}}); p.status != http.StatusUnauthorized || !strings.Contains(p.text, "Sign in again") {
		t.Errorf("the sign-in is long ago: %d %s", p.status, p.text)
	}
}

// A deleted group is listed with the others that were deleted, and leads to the entry of its
// deletion.
func TestDeletedGroupsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp, admin := w.idp(), w.signIn("demo", "administrator")
	const list = "/console/o/demo/groups?state=deleted"
	if shown := admin.get(list); shown.status != http.StatusOK || !strings.Contains(shown.text, "No group was deleted") {
		t.Fatalf("%d %s", shown.status, shown.text)
	}
	id := idp.Want(t, http.StatusCreated, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides"}`).Text("id")
	idp.Want(t, http.StatusNoContent, "DELETE", "/Groups/"+id, "")
	shown := admin.get(list)
	_, row, _ := strings.Cut(shown.text, `<th scope="row"><a href="`)
	entry, row, _ := strings.Cut(row, `"`)
	if !strings.HasPrefix(row, ">Guides</a>") || !strings.Contains(admin.get(entry).text, "Guides") {
		t.Errorf("%s leads to %q", shown.text, entry)
	}
	if all := admin.get("/console/o/demo/groups").text; strings.Contains(all, "Guides") || !strings.Contains(all, list) {
		t.Errorf("the groups are %s", all)
	}
}
