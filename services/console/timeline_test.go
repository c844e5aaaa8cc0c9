package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/devrev/scim/services/local"
)

// TestTimelinesShowWhoJoined: a person's page has the groups that the person joined, and a group's
// page who did.
func TestTimelinesShowWhoJoined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	platform := local.Platform{BaseURL: w.address + "/api/v1", Credential: credential}
	token, err := platform.Prepare(t.Context(), "demo", "email", true)
	if err != nil {
		t.Fatal(err)
	}
	create := func(path, body string) (id string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.address+"/scim/v2"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/scim+json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil || resp.StatusCode != http.StatusCreated {
			t.Fatalf("POST %s: %v, %v", path, resp, err)
		}
		defer func() { _ = resp.Body.Close() }()
		var created struct{ ID string }
		if err := json.NewDecoder(resp.Body).Decode(&created); err != nil {
			t.Fatal(err)
		}
		return created.ID
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
