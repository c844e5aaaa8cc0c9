package console_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestAnAuditorSeesDrift of each kind that there is, with its reason, what to do and who it is.
func TestAnAuditorSeesDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const page = "/console/o/demo/drift"
	auditor := w.signIn("demo", "auditor")
	if p := auditor.get(page); p.status != http.StatusOK || !strings.Contains(p.text, "Nothing differs") {
		t.Errorf("without a difference the page is %d %s", p.status, p.text)
	}
	idp := w.provider()
	const ann = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com","displayName":`
	id := idp.send(http.StatusCreated, "POST", "/Users", ann+`"Ann"}`)
	idp.send(http.StatusOK, "PUT", "/Users/"+id, ann+`"Bo <b>"}`)
	want := func(path string, says ...string) {
		t.Helper()
		p := auditor.get(path)
		for _, s := range says {
			if p.status != http.StatusOK || !strings.Contains(p.text, s) {
				t.Errorf("%s: %d does not say %q: %s", path, p.status, s, p.text)
			}
		}
	}
	want("/console/o/demo/", `href="`+page+`"`)
	want(page, `href="/console/o/demo/users/`+id+`"`, "ann@example.com", "Bo &lt;b&gt;", "It was not applied", "remove displayName from the attribute mapping", "1 person: the person kept a display name", "0 people: an administrator undid a change")
	want(page+"?kind=kept", "ann@example.com", `<option selected>kept</option>`)
	want(page+"?kind=undone", "Nothing of this kind")
	guides := idp.send(http.StatusCreated, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":"01900000-0000-7000-8000-00000000000a"}]}`)
	twin := idp.send(http.StatusCreated, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"twin@example.com","emails":[{"value":"ann@example.com","primary":true}]}`)
	want(page, "1 membership: a member of a group waits", "2 people: somebody else has the e-mail address, too")
	want(page+"?kind=waiting", `Group <a href="/console/o/demo/groups/`+guides+`">Guides</a>`, "01900000-0000-7000-8000-00000000000a", "No person has this id.", "unlink the pushed group")
	want(page+"?kind=same-address", `<a href="/console/o/demo/users/`+twin+`">twin@example.com</a>`, `<a href="/console/o/demo/users/`+id+`">ann@example.com</a>`, "Another person has the same e-mail address.")
	if p := auditor.get(page + "?kind=gone"); p.status != http.StatusBadRequest {
		t.Errorf("a kind that there is not: %d", p.status)
	}
}
