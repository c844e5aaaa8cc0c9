package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local"
)

// adminsJourney follows an admin and DevRev's platform: from an organisation without single sign-on
// to people who sign in, and to the day SCIM is switched off.
func adminsJourney(t *testing.T, w *wiring) {
	j := w.journey(t)
	j.enable()
	token := j.provision()
	j.evidence(token)
	j.signIns(token)
	j.changesInDevRev(token)
	j.disable(token)
}

// administratorsChangesAreInTheAudit has an administrator rename a person at scimd, and reads it
// where tokend keeps the audit.
func administratorsChangesAreInTheAudit(t *testing.T, w *wiring) {
	org := w.ready.Orgs[0]
	j := journey{t, w.ready, "/organisations/" + org.Org}
	admin := harness.Client{Base: w.ready.APIBaseURL, Credential: org.AdminToken, MediaType: harness.JSON}
	userName, later := harness.Unique("bjensen")+"@example.com", harness.Unique("barbara")+"@example.com"
	id := text(j.scim(org.Token, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+userName+`"}`, 201), "id")
	admin.Want(t, 200, "PUT", j.org+"/users/"+id+"/email", `{"email":"`+later+`"}`)
	entries, _ := admin.Want(t, 200, "GET", j.org+"/scim/audit?userId="+id, "").Object()["audit"].([]any)
	if len(entries) != 1 {
		t.Fatalf("the audit has %d entries about the user, want 1", len(entries))
	}
	entry, _ := entries[0].(map[string]any)
	changes, _ := entry["changes"].([]any)
	if text(entry, "action") != "user.email" || text(entry, "actor") == "" || len(changes) != 2 ||
		changes[0].(map[string]any)["before"] != userName || changes[0].(map[string]any)["after"] != later {
		t.Errorf("the audit has %v", entry)
	}
	if v := admin.Want(t, 200, "GET", j.org+"/scim/audit/verify", "").Object(); v["intact"] != true {
		t.Errorf("the chain is %v", v)
	}
	moments, _ := admin.Want(t, 200, "GET", j.org+"/users/"+id+"/timeline?sort=at", "").Object()["timeline"].([]any)
	if len(moments) != 2 || text(moments[1].(map[string]any), "actor") != text(entry, "actor") {
		t.Errorf("the timeline is %v", moments)
	}
}

type journey struct {
	*testing.T
	ready local.Ready
	org   string
}

// journey returns an organisation that nothing is known of yet.
func (w *wiring) journey(t *testing.T) journey {
	return journey{t, w.ready, "/organisations/" + harness.Unique("acme")}
}

// connected returns an organisation with single sign-on, SCIM and these settings, and its first
// token.
func (w *wiring) connected(t *testing.T, settings string) (j journey, first issued) {
	t.Helper()
	j = w.journey(t)
	j.platform("PUT", j.org, `{"sso":{"enabled":true}}`, 201)
	if settings != "" {
		j.platform("PUT", j.org+"/scim/settings", settings, 200)
	}
	var enabled struct{ Token issued }
	j.api().Want(t, 201, "POST", j.org+"/scim/enable", nil).Into(t, &enabled)
	return j, enabled.Token
}

func (j journey) enable() {
	j.Helper()
	j.platform("PUT", j.org, `{"sso":{"enabled":false}}`, 201)
	refused := j.platform("POST", j.org+"/scim/enable", "", 409)
	if !strings.Contains(text(refused, "detail"), "single sign-on") || text(refused, "type") != "urn:devrev:scim:problem:sso-off" {
		j.Errorf("enabling without single sign-on was refused with %v", refused)
	}
	j.platform("PUT", j.org, `{"sso":{"enabled":true,"connection":"acme-okta"}}`, 200)
}

func (j journey) provision() (token string) {
	j.Helper()
	enabled := j.platform("POST", j.org+"/scim/enable", "", 201)
	if text(enabled, "scimBaseUrl") != j.ready.SCIMBaseURL {
		j.Errorf("the answer to enabling has the base URL %v, want %s", enabled["scimBaseUrl"], j.ready.SCIMBaseURL)
	}
	issued, _ := enabled["token"].(map[string]any)
	token = text(issued, "token")
	if list := j.platform("GET", j.org+"/scim/tokens", "", 200); strings.Contains(marshal(list), token) {
		j.Error("the list of tokens holds the secret")
	}
	j.scim(token, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen@example.com","displayName":"Barbara Jensen"}`, 201)
	j.scim(token, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"jsmith@example.com"}`, 201)
	return token
}

// evidence checks that the list of tokens shows a token in use and the use of a dead one.
func (j journey) evidence(token string) {
	j.Helper()
	j.scim(token, "GET", "/Users", "", 200)
	inUse := j.told("use")
	if clients, _ := inUse["clients"].([]any); len(clients) != 1 || inUse["requests24h"] == 0.0 {
		j.Errorf("of the token in use the list tells %v", inUse)
	}
	dead := j.platform("POST", j.org+"/scim/tokens", `{"name":"leaked"}`, 201)
	j.platform("DELETE", j.org+"/scim/tokens/"+text(dead, "id"), "", 204)
	j.scim(text(dead, "token"), "GET", "/Users", "", 401)
	if refused := j.told("refused"); text(refused, "reason") != "revoked" || refused["count"] != 1.0 {
		j.Errorf("of the dead token the list tells %v", refused)
	}
}

// told waits until the list says this of the latest token, which it does within a second of the
// first request.
func (j journey) told(member string) (told map[string]any) {
	j.Helper()
	harness.Eventually(j.T, "the list of tokens has "+member, func() bool {
		list, _ := j.platform("GET", j.org+"/scim/tokens", "", 200)["tokens"].([]any)
		if len(list) == 0 {
			return false
		}
		token, _ := list[0].(map[string]any)
		told, _ = token[member].(map[string]any)
		return told != nil
	})
	return told
}

func (j journey) signIns(token string) {
	j.Helper()
	if u := j.user("bjensen@example.com"); text(u, "state") != "shadow" {
		j.Errorf("before the first sign-in the user is %v", u)
	}
	if u := j.platform("POST", j.org+"/sign-ins", `{"userName":"BJensen@example.com"}`, 200); text(u, "state") != "active" {
		j.Errorf("after the first sign-in the user is %v", u)
	}
	j.platform("POST", j.org+"/sign-ins", `{"userName":"nobody@example.com"}`, 404)
	id := text(j.user("bjensen@example.com"), "id")
	j.scim(token, "PATCH", "/Users/"+id, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}`, 200)
	j.platform("POST", j.org+"/sign-ins", `{"userName":"bjensen@example.com"}`, 403)
}

func (j journey) changesInDevRev(token string) {
	j.Helper()
	id := text(j.user("bjensen@example.com"), "id")
	j.platform("PUT", j.org+"/users/"+id+"/email", `{"email":"barbara@example.com"}`, 200)
	j.platform("PUT", j.org+"/users/"+id+"/email", `{"email":"jsmith@example.com"}`, 409)
	j.platform("PUT", j.org+"/users/"+id+"/display-name", `{"displayName":"Babs"}`, 200)
	seen := j.scim(token, "GET", "/Users/"+id, "", 200)
	if text(seen, "userName") != "barbara@example.com" || text(seen, "displayName") != "Babs" {
		j.Errorf("the identity provider sees %v", seen)
	}
	j.scim(token, "POST", "/Groups", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Tour Guides","members":[{"value":"`+id+`"}]}`, 201)
	groups, _ := j.platform("GET", j.org+"/groups", "", 200)["groups"].([]any)
	if len(groups) != 1 {
		j.Fatalf("the organisation sees %d groups, want 1", len(groups))
	}
	group := j.platform("GET", j.org+"/groups/"+text(groups[0].(map[string]any), "id"), "", 200)
	if members, _ := group["members"].([]any); len(members) != 1 || members[0] != id {
		j.Errorf("the organisation sees the group %v", group)
	}
}

func (j journey) disable(token string) {
	j.Helper()
	j.platform("POST", j.org+"/scim/disable", "", 200)
	harness.Eventually(j.T, "the token is refused, which takes a scimd a moment to learn", func() bool {
		return newClient(j.ready.SCIMBaseURL, token).Must(j.T, "GET", "/Users", nil).Status == 401
	})
	if users, _ := j.platform("GET", j.org+"/users", "", 200)["users"].([]any); len(users) != 2 {
		j.Errorf("with SCIM off the organisation has %d users, want both", len(users))
	}
	issued, _ := j.platform("POST", j.org+"/scim/enable", "", 201)["token"].(map[string]any)
	j.scim(token, "GET", "/Users", "", 401)
	j.scim(text(issued, "token"), "GET", "/Users", "", 200)
}

func (j journey) user(userName string) map[string]any {
	j.Helper()
	users, _ := j.platform("GET", j.org+"/users?userName="+userName, "", 200)["users"].([]any)
	if len(users) != 1 {
		j.Fatalf("%d users are called %s, want 1", len(users), userName)
	}
	return users[0].(map[string]any)
}

// api returns a client of the API with the platform's credential.
func (j journey) api() harness.Client {
	return harness.Client{Base: j.ready.APIBaseURL, Credential: j.ready.PlatformCredential, MediaType: harness.JSON}
}

func (j journey) platform(method, path, body string, want int) map[string]any {
	j.Helper()
	return j.api().Want(j.T, want, method, path, body).Object()
}

func (j journey) scim(token, method, path, body string, want int) map[string]any {
	j.Helper()
	return newClient(j.ready.SCIMBaseURL, token).Want(j.T, want, method, path, body).Object()
}

// configure changes the settings and returns once scimd has heard of it: events arrive in order, so
// it has when it refuses a token that was in use and is revoked afterwards.
func (j journey) configure(settings string) {
	j.Helper()
	last := j.platform("POST", j.org+"/scim/tokens", `{"name":"last"}`, 201)
	j.scim(text(last, "token"), "GET", "/Users", "", 200)
	j.platform("PUT", j.org+"/scim/settings", settings, 200)
	j.platform("DELETE", j.org+"/scim/tokens/"+text(last, "id"), "", 204)
	harness.Eventually(j.T, "scimd has heard of the settings", func() bool {
		return newClient(j.ready.SCIMBaseURL, text(last, "token")).Must(j.T, "GET", "/Users", nil).Status == 401
	})
}

func text(object map[string]any, name string) string {
	s, _ := object[name].(string)
	return s
}

func marshal(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}
