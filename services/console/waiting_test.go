package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
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
	shown := admin.get("/console/o/demo/groups/" + quiet)
	assert.Equal(t, shown.status, http.StatusOK)
	assert.Check(t, !strings.Contains(shown.text, heading), "nobody waits, and it shows %s", shown.text)
}
