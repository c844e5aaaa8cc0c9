package everycall

import (
	"net/http"
	"strings"
	"testing"

	"github.com/devrev/scim/services/internal/access/accesstest"
)

// scene is an organisation with three people and three groups.
type scene struct {
	*product
	t           *testing.T
	api, bearer string
	names       map[string]string // what placeholders of paths and bodies stand for
}

// request is one that changes something. Its path and body have placeholders in braces.
type request struct {
	rule         string
	as           string // "scim" or "platform"
	method, path string
	body         string
	// statuses are those of a success: the first time, and again.
	first, again int
	before       []request // what has to be so before
}

const (
	scimPath = "/scim/v2"
	user     = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	group    = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]`
)

func patch(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
}

func scim(rule, method, path, body string, first, again int, before ...request) request {
	return request{rule: rule, as: "scim", method: method, path: scimPath + path, body: body, first: first, again: again, before: before}
}

func platform(rule, method, path, body string, first, again int, before ...request) request {
	return request{rule: rule, as: "platform", method: method, path: "{api}" + path, body: body, first: first, again: again, before: before}
}

// requests are all kinds of changes.
var requests = []request{
	scim("a user is created", "POST", "/Users", `{`+user+`,"userName":"new@example.com","externalId":"n1"}`, 201, 409),
	scim("a user is replaced", "PUT", "/Users/{ann}", `{`+user+`,"userName":"ann@example.com","title":"Guide"}`, 200, 200),
	scim("a user is renamed", "PATCH", "/Users/{ann}", patch(`{"op":"replace","path":"userName","value":"anna@example.com"}`), 200, 200),
	scim("a user is deactivated", "PATCH", "/Users/{ann}", patch(`{"op":"replace","path":"active","value":false}`), 200, 200),
	scim("a user is activated", "PATCH", "/Users/{ann}", patch(`{"op":"replace","path":"active","value":true}`), 200, 200,
		scim("", "PATCH", "/Users/{ann}", patch(`{"op":"replace","path":"active","value":false}`), 200, 200)),
	scim("a user in three groups is deleted", "DELETE", "/Users/{ann}", "", 204, 404),
	scim("a user who was deleted comes back", "POST", "/Users", `{`+user+`,"userName":"ann@example.com","externalId":"a1"}`, 201, 409,
		scim("", "DELETE", "/Users/{ann}", "", 204, 404)),
	scim("a group is created with members", "POST", "/Groups", `{`+group+`,"displayName":"New","members":[{"value":"{ann}"},{"value":"{ben}"}]}`, 201, 409),
	scim("a group is replaced", "PUT", "/Groups/{one}", `{`+group+`,"displayName":"Uno","members":[{"value":"{cid}"}]}`, 200, 200),
	scim("a group is renamed", "PATCH", "/Groups/{one}", patch(`{"op":"replace","path":"displayName","value":"Uno"}`), 204, 204),
	scim("members are added", "PATCH", "/Groups/{two}", patch(`{"op":"add","path":"members","value":[{"value":"{ben}"},{"value":"{cid}"}]}`), 204, 204),
	scim("a member is removed", "PATCH", "/Groups/{one}", patch(`{"op":"remove","path":"members[value eq \"{ann}\"]"}`), 204, 204),
	scim("a group is renamed and its members replaced", "PATCH", "/Groups/{one}",
		patch(`{"op":"replace","path":"displayName","value":"Uno"},{"op":"replace","path":"members","value":[{"value":"{ben}"}]}`), 204, 204),
	scim("a group is deleted", "DELETE", "/Groups/{one}", "", 204, 404),
	platform("a person signs in", "POST", "/sign-ins", `{"userName":"ann@example.com"}`, 200, 200),
	platform("an e-mail address is changed", "PUT", "/users/{ann}/email", `{"email":"anna@example.com"}`, 200, 200),
	platform("a display name is changed", "PUT", "/users/{ann}/display-name", `{"displayName":"Anna"}`, 200, 200),
	platform("terms are announced", "PUT", "", `{"sso":{"enabled":true},"userNameFormat":"any"}`, 200, 200),
	platform("settings are changed", "PUT", "/scim/settings", `{"strict":true}`, 200, 200),
	platform("a token is renamed", "PATCH", "/scim/tokens/{token}", `{"name":"Okta"}`, 200, 200),
	platform("a token is revoked", "DELETE", "/scim/tokens/{another}", "", 204, 204),
	platform("a revoked token is restored", "POST", "/scim/tokens/{another}/restore", "", 200, 200,
		platform("", "DELETE", "/scim/tokens/{another}", "", 204, 204)),
	platform("SCIM is switched off", "POST", "/scim/disable", "", 200, 200),
}

// newScene makes the organisation, before which nothing fails.
func newScene(t *testing.T, p *product, org string) *scene {
	t.Helper()
	s := &scene{product: p, t: t, api: "/api/v1/organisations/" + org}
	s.names = map[string]string{"{api}": s.api}
	s.want(201, "platform", "PUT", "{api}", `{"sso":{"enabled":true}}`)
	enabled := s.want(201, "platform", "POST", "{api}/scim/enable", "")
	first, _ := enabled.object()["token"].(map[string]any)
	s.bearer = "Bearer " + first["token"].(string)
	s.names["{token}"] = first["id"].(string)
	s.names["{another}"] = s.want(201, "platform", "POST", "{api}/scim/tokens", `{"name":"another"}`).text("id")
	for _, name := range []string{"ann", "ben", "cid"} {
		body := `{` + user + `,"userName":"` + name + `@example.com","externalId":"` + name[:1] + `1"}`
		s.names["{"+name+"}"] = s.want(201, "scim", "POST", scimPath+"/Users", body).text("id")
	}
	for _, name := range []string{"one", "two", "three"} {
		body := `{` + group + `,"displayName":"` + name + `","members":[{"value":"{ann}"}]}`
		s.names["{"+name+"}"] = s.want(201, "scim", "POST", scimPath+"/Groups", body).text("id")
	}
	return s
}

func (s *scene) ask(as, method, path, body string) answer {
	s.t.Helper()
	authorization := map[string]string{"scim": s.bearer, "platform": accesstest.Platform()}[as]
	var pairs []string
	for name, value := range s.names {
		pairs = append(pairs, name, value)
	}
	named := strings.NewReplacer(pairs...)
	return s.send(s.t, authorization, method, named.Replace(path), named.Replace(body))
}

func (s *scene) want(status int, as, method, path, body string) answer {
	s.t.Helper()
	a := s.ask(as, method, path, body)
	if a.status != status {
		s.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

func (s *scene) make(r request) answer {
	s.t.Helper()
	return s.ask(r.as, r.method, r.path, r.body)
}

// unavailable reports whether the answer is 503 with Retry-After in the form of the protocol.
func (a answer) unavailable(as string) bool {
	form, member := "application/scim+json", "schemas"
	if as != "scim" {
		form, member = "application/problem+json", "type"
	}
	return a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "" &&
		strings.HasPrefix(a.header.Get("Content-Type"), form) && a.object()[member] != nil
}
