package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestTimelinesShowWhoJoined: a person's page has the groups that the person joined, and a group's
// page who did.
func TestTimelinesShowWhoJoined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	idp := w.idp()
	create := func(path, body string) (id string) {
		return idp.Want(t, http.StatusCreated, "POST", path, body).Text("id")
	}
	user := create("/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann@example.com"}`)
	group := create("/Groups", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Guides","members":[{"value":%q}]}`, user))
	admin := w.signIn("demo", "administrator")
	joined := fmt.Sprintf(`Joined: <a href="/console/o/demo/users/%s">ann@example.com</a>`, user)
	for _, path := range []string{"users/" + user, "groups/" + group} {
		shown := admin.get("/console/o/demo/" + path)
		if !strings.Contains(shown.text, joined) || !strings.Contains(shown.text, "group Guides was created") && !strings.Contains(shown.text, "Group Guides was created") {
			t.Errorf("%s shows %s", path, shown.text)
		}
	}
}
