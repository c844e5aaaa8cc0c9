package telemetry

import (
	"fmt"
	"net/http"
)

// operators are those of filters on texts.
var operators = []string{"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"}

// administer does all that DevRev's platform may do to an organisation.
func (s *scene) administer() {
	const org = "/organisations/second"
	s.api.want(200, "PUT", org, map[string]any{"sso": map[string]any{"enabled": true, "connection": s.canary()}, "userNameFormat": "any"})
	urn := "urn:example:scim:schemas:extension:" + s.canary() + ":1.0:User"
	s.api.want(200, "PUT", org+"/scim/settings", map[string]any{"schemas": []any{map[string]any{
		"id": urn, "name": s.canary(), "description": s.canary(), "attributes": []any{
			map[string]any{"name": s.canary(), "type": "string", "description": s.canary(), "canonicalValues": []string{s.canary()}},
		},
	}}})
	s.api.want(200, "GET", org, nil)
	s.api.want(200, "GET", org+"/scim", nil)
	s.api.want(200, "GET", org+"/scim/settings", nil)
	tokens := org + "/scim/tokens"
	issued := s.api.want(201, "POST", tokens, map[string]any{"name": s.canary(), "scopes": []string{"scim:read"}}, "Idempotency-Key", s.canary())
	s.hide(issued.string("token"))
	s.as(issued.string("token")).want(200, "GET", "/Users", nil)
	s.as(issued.string("token")).want(403, "POST", "/Users", map[string]any{"schemas": []string{coreUser}, "userName": s.canary()})
	s.api.want(200, "GET", tokens, nil)
	s.api.want(200, "GET", tokens+"/"+issued.string("id"), nil)
	s.api.want(204, "DELETE", tokens+"/"+issued.string("id"), nil)
	s.as(issued.string("token")).want(401, "GET", "/Users", nil)
	s.api.want(200, "POST", tokens+"/"+issued.string("id")+"/restore", nil)
	s.api.want(204, "DELETE", tokens+"/"+issued.string("id"), nil)
}

// provision does all that an identity provider does, with canaries in everything.
func (s *scene) provision(schemas map[string][]attribute) {
	c := s.protocol
	body := s.user(schemas)
	created := c.want(201, "POST", "/Users", body)
	user := "/Users/" + created.string("id")
	c.want(http.StatusConflict, "POST", "/Users", body)
	c.want(200, "GET", user, nil)
	c.want(200, "HEAD", user, nil)
	c.want(200, "PUT", user, s.user(schemas))
	for i, path := range paths(schemas) {
		op := operators[i%len(operators)]
		c.send("GET", query("/Users", "filter", fmt.Sprintf("%s %s %q", path, op, s.canary())), nil) // some cannot be searched by
	}
	c.want(200, "GET", query("/Users", "filter", fmt.Sprintf("userName eq %q", s.canary())), nil)
	c.want(200, "GET", query("/Users", "filter", "emails.value pr", "sortBy", "userName", "count", "2", "attributes", "userName"), nil)
	c.want(200, "POST", "/Users/.search", map[string]any{"schemas": []string{searchRequest}, "filter": fmt.Sprintf("title co %q", s.canary())})
	c.want(200, "POST", "/.search", map[string]any{"schemas": []string{searchRequest}, "filter": fmt.Sprintf("displayName eq %q", s.canary())})
	c.want(200, "PATCH", user, patchRequest(
		map[string]any{"op": "Replace", "path": "title", "value": s.canary()},
		map[string]any{"op": "add", "path": fmt.Sprintf("emails[type eq %q].value", s.canary()), "value": s.canary() + "@example.com"},
		map[string]any{"op": "add", "value": map[string]any{"nickName": s.canary(), s.canary(): s.canary()}},
	))

	group := "/Groups/" + c.want(201, "POST", "/Groups", map[string]any{
		"schemas": []string{coreGroup}, "displayName": s.canary(), "externalId": s.canary(),
		"members": []any{map[string]any{"value": created.string("id"), "display": s.canary()}, map[string]any{"value": s.canary()}},
	}).string("id")
	c.want(204, "PATCH", group, patchRequest(
		map[string]any{"op": "replace", "path": "displayName", "value": s.canary()},
		map[string]any{"op": "remove", "path": fmt.Sprintf("members[value eq %q]", created.string("id"))},
		map[string]any{"op": "add", "path": "members", "value": []any{map[string]any{"value": created.string("id")}}},
	))
	c.want(200, "GET", group, nil)
	c.want(200, "GET", query("/Groups", "filter", fmt.Sprintf("displayName eq %q", s.canary()), "excludedAttributes", "members"), nil)
	c.want(200, "PUT", group, map[string]any{"schemas": []string{coreGroup}, "displayName": s.canary()})
	c.want(200, "POST", "/Bulk", map[string]any{"schemas": []string{bulkRequest}, "Operations": []any{
		map[string]any{"method": "POST", "path": "/Groups", "bulkId": s.canary(), "data": map[string]any{"schemas": []string{coreGroup}, "displayName": s.canary()}},
		map[string]any{"method": "PATCH", "path": user, "data": patchRequest(map[string]any{"op": "replace", "path": "title", "value": s.canary()})},
		map[string]any{"method": "DELETE", "path": "/Users/" + s.canary()},
	}})
	c.want(204, "DELETE", group, nil)
	c.want(204, "DELETE", user, nil)
	c.want(404, "GET", user, nil)
}

// lookAround asks for all that can be asked for, and does what the organisation's own side may.
func (s *scene) lookAround() {
	c := s.protocol
	for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", "/Schemas/" + coreUser, "/Users", "/Groups", ""} {
		c.want(200, "GET", path, nil)
	}
	c.want(501, "GET", "/Me", nil)

	const org = "/organisations/second"
	name := s.canary() + "@example.com"
	user := c.want(201, "POST", "/Users", map[string]any{"schemas": []string{coreUser}, "userName": name}).string("id")
	s.api.want(200, "POST", org+"/sign-ins", map[string]any{"userName": name})
	s.api.want(404, "POST", org+"/sign-ins", map[string]any{"userName": s.canary()})
	s.api.want(200, "PUT", org+"/users/"+user+"/email", map[string]any{"email": s.canary() + "@example.com"})
	s.api.want(200, "PUT", org+"/users/"+user+"/display-name", map[string]any{"displayName": s.canary()})
	for _, path := range []string{"/users/" + user, "/users/" + user + "/why", "/users", "/groups", "/activity", "/coercions"} {
		s.api.want(200, "GET", org+path, nil)
	}
	for _, path := range []string{"/users?email=", "/users?userName=", "/activity?user=", "/groups/", "/users/", "/groups?displayName="} {
		s.api.send("GET", org+path+s.canary(), nil)
	}
}
