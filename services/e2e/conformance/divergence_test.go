package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestCoercions shows that each known departure of identity providers is corrected, and
// refused in the words of the RFCs in an organisation that is strict, except for the one that is
// never refused. A row is called by the section and the name of the coercion.
func TestCoercions(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.5.2 capital_op", func(c *client) {
			coerced(c, "invalidSyntax", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"Replace","path":"title","value":"Guide"}`)
			}).has("title", `"Guide"`)
		}},
		{"RFC 7643 s2.3.2 string_boolean", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"replace","path":"active","value":"False"}`)
			}).has("active", `false`)
		}},
		{"RFC 7643 s2.3.4 string_number", func(c *client) {
			const urn = "urn:example:params:scim:schemas:extension:1.0:User"
			const schemas = `"schemas":[{"id":"` + urn + `","name":"Shoes","description":"Shoes","attributes":[{"name":"size","type":"integer","description":"The size."}]}]`
			body := `{"schemas":["` + coreUser + `","` + urn + `"],"userName":"u","` + urn + `":{"size":"46"}}`
			c.configure(`{`+schemas+`}`).post("/Users", body).is(http.StatusCreated).has(urn, `{"size":46}`)
			c.other().configure(`{"strict":true,`+schemas+`}`).post("/Users", body).refused(http.StatusBadRequest, "invalidValue")
		}},
		{"RFC 7643 s2.4 single_as_list", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer { return c.post("/Users", user(`"userName":"u","title":["Guide"]`)) }).has("title", `"Guide"`)
			coerced(c, "invalidSyntax", func(c *client) answer {
				return c.patch(c.user(`"userName":"v"`).path(), `{"op":"add","value":[{"title":"Guide"}]}`)
			}).has("title", `"Guide"`)
		}},
		{"RFC 7643 s2.4 list_as_single", func(c *client) {
			coerced(c, "invalidSyntax", func(c *client) answer {
				body := strings.NewReplacer("[{", "{", "}]", "}").Replace(patchRequest(`{"op":"add","path":"title","value":"Guide"}`))
				return c.send("PATCH", c.user(`"userName":"v"`).path(), body)
			}).has("title", `"Guide"`)
			coerced(c, "invalidValue", func(c *client) answer {
				return c.post("/Users", user(`"userName":"u","emails":{"value":"u@example.com"}`))
			}).
				has("emails", `[{"value":"u@example.com"}]`)
		}},
		{"RFC 7643 s2.3.8 value_for_complex", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"add","path":"`+enterprise+`:manager","value":"7"}`)
			}).has(enterprise+"/manager", `{"value":"7"}`)
		}},
		{"RFC 7644 s3.5.2 dotted_name", func(c *client) {
			coerced(c, "invalidSyntax", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"replace","value":{"name.givenName":"Barbara"}}`)
			}).has("name", `{"givenName":"Barbara"}`)
		}},
		{"RFC 7644 s3.5.2 urn_name", func(c *client) {
			coerced(c, "invalidSyntax", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"replace","value":{"`+enterprise+`:department":"Sales"}}`)
			}).has(enterprise, `{"department":"Sales"}`)
		}},
		{"RFC 7644 s3.5.2.3 created_by_filter", func(c *client) {
			coerced(c, "noTarget", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"replace","path":"emails[type eq \"work\"].value","value":"u@example.com"}`)
			}).has("emails", `[{"type":"work","value":"u@example.com"}]`)
		}},
		{"RFC 7644 s3.5.2.2 remove_with_value", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				a, b := c.user(`"userName":"a"`), c.user(`"userName":"b"`)
				g := c.group("Tour Guides", a, b)
				answered := c.patch(g.path(), fmt.Sprintf(`{"op":"remove","path":"members","value":[{"value":%q}]}`, a.id()))
				if answered.status == http.StatusNoContent {
					c.get(g.path()).has("members/0/value", fmt.Sprintf("%q", b.id())).lacks("members/1")
				}
				return answered
			})
		}},
		{"RFC 7644 s3.4.2.2 unquoted_filter_value", func(c *client) {
			coerced(c, "invalidFilter", func(c *client) answer {
				c.user(`"userName":"u","externalId":"jyoung"`)
				return c.get("/Users", "filter", `externalId eq jyoung`)
			}).lists("u")
		}},
		{"RFC 7644 s3.4.2.2 compared_value_path", func(c *client) {
			coerced(c, "invalidFilter", func(c *client) answer {
				c.user(`"userName":"u","emails":[{"value":"u@example.com","type":"work"}]`)
				return c.get("/Users", "filter", `emails[type eq "work"].value eq "u@example.com"`)
			}).lists("u")
		}},
		{"RFC 7644 s3.5.2 read_only_ignored", func(c *client) {
			coerced(c, "mutability", func(c *client) answer {
				u := c.user(`"userName":"u"`)
				return c.patch(u.path(), fmt.Sprintf(`{"op":"replace","value":{"id":%q,"title":"Guide"}}`, u.id()))
			}).has("title", `"Guide"`)
		}},
		{"RFC 7643 s3.3 unknown_ignored", func(c *client) {
			coerced(c, "invalidSyntax", func(c *client) answer { return c.post("/Users", user(`"userName":"u","shoeSize":"46"`)) }).lacks("shoeSize")
		}},
		{"RFC 7643 s3 unknown_schema", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.post("/Groups", `{"schemas":["`+coreGroup+`","http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],"displayName":"g"}`)
			}).has("schemas", `["`+coreGroup+`"]`)
		}},
		{"RFC 7643 s3 missing_schemas", func(c *client) {
			coerced(c, "invalidSyntax", func(c *client) answer { return c.post("/Users", `{"userName":"u"}`) })
		}},
		{"RFC 7644 s3.5.2 no_operations", func(c *client) {
			coerced(c, "invalidSyntax", func(c *client) answer { return c.patch(c.user(`"userName":"u"`).path()) })
		}},
		{"RFC 7644 s3.2 untidy_path", func(c *client) {
			coerced(c, "invalidPath", func(c *client) answer { return c.get("//Users/") }).lists("")
		}},
		{"RFC 7643 s2.4 second_primary", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.post("/Users", user(`"userName":"u","emails":[{"value":"a@example.com","primary":true},{"value":"b@example.com","primary":true}]`))
			}).has("emails", `[{"value":"a@example.com","primary":false},{"value":"b@example.com","primary":true}]`)
		}},
		{"RFC 7643 s2.4 duplicate_element", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.post("/Users", user(`"userName":"u","emails":[{"value":"a@example.com"},{"value":"a@example.com"}]`))
			}).has("emails", `[{"value":"a@example.com"}]`)
		}},
		{"RFC 7643 s4.2 missing_member", func(c *client) {
			for _, c := range []*client{c, c.other().configure(`{"strict":true}`)} {
				u := c.user(`"userName":"u"`)
				only := fmt.Sprintf(`[{"value":%q,"$ref":%q,"type":"User","display":"u"}]`, u.id(), c.Base+u.path())
				members := fmt.Sprintf(`[{"value":"nobody"},{"value":%q},{"value":"01900000-0000-7000-8000-000000000000"}]`, u.id())
				g := c.post("/Groups", group(`"displayName":"g","members":`+members)).is(http.StatusCreated).has("members", only)
				c.put(g.path(), group(`"displayName":"g","members":`+members)).is(http.StatusOK).has("members", only).has("meta", marshalled(c.t, g.at("meta")))
				c.patch(g.path(), `{"op":"replace","path":"members","value":`+members+`}`).is(http.StatusNoContent).says("ETag", g.header.Get("ETag"))
				c.patch(g.path(), `{"op":"add","path":"members","value":[{"value":"01900000-0000-7000-8000-000000000000"}]}`, `{"op":"replace","path":"displayName","value":"h"}`).is(http.StatusNoContent)
				c.get(g.path()).has("displayName", `"h"`).has("members", only)
				c.post("/Bulk", bulk(`{"method":"PATCH","path":"`+g.path()+`","data":`+patchRequest(`{"op":"add","path":"members","value":[{"value":"01900000-0000-7000-8000-000000000000"}]}`)+`}`)).
					is(http.StatusOK).has("Operations/0/status", `"200"`)
				c.patch(g.path(), `{"op":"remove","path":"members[value eq \"01900000-0000-7000-8000-000000000000\"]"}`).is(http.StatusNoContent)
				c.get(g.path()).has("members", only)
			}
		}},
		{"RFC 7644 s3.10 urn_dot", func(c *client) {
			coerced(c, "invalidPath", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"replace","path":"`+enterprise+`.employeeNumber","value":"7"}`)
			}).has(enterprise, `{"employeeNumber":"7"}`)
			coerced(c, "invalidPath", func(c *client) answer {
				return c.get("/Users", "attributes", enterprise+".employeeNumber")
			}).has("Resources/0/"+enterprise, `{"employeeNumber":"7"}`).lacks("Resources/0/userName")
		}},
		{"RFC 7644 s3.4.2.2 other_quotes", func(c *client) {
			coerced(c, "invalidFilter", func(c *client) answer {
				c.user(`"userName":"u"`)
				return c.get("/Users", "filter", `userName eq 'u'`)
			}).lists("u")
		}},
		{"RFC 7643 s2.3.8 json_string", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"add","path":"roles","value":["{\"value\":\"guide\",\"display\":\"Guide\"}"]}`)
			}).has("roles", `[{"value":"guide","display":"Guide"}]`)
		}},
		{"RFC 7643 s2.3 wrapped_value", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"replace","path":"title","value":{"value":"Guide"}}`)
			}).has("title", `"Guide"`)
		}},
		{"RFC 7643 s3 foreign_schemas", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.post("/Users", `{"schemas":["urn:scim:schemas:core:1.0"],"userName":"u"}`)
			}).has("schemas/0", `"`+coreUser+`"`)
		}},
		{"RFC 7643 s4.1.1 tombstone", func(c *client) {
			coerced(c, "invalidValue", func(c *client) answer {
				return c.patch(c.user(`"userName":"u"`).path(), `{"op":"replace","value":{"active":false,"userName":"0123456789abcdef0123456789abcdefu"}}`)
			}).has("userName", `"u"`).has("active", `false`)
		}},
		{"RFC 6750 s2.1 bare_token", func(c *client) {
			coerced(c, "invalidSyntax", func(c *client) answer { return c.send("GET", "/Users", "", "Authorization", c.Credential) }).lists("")
		}},
	})
}

// coerced asserts that what ask does is accepted, and in a strict organisation refused with 400 and
// scimType. It returns the answer of the former.
func coerced(c *client, scimType string, ask func(*client) answer) answer {
	c.t.Helper()
	ask(c.other().configure(`{"strict":true}`)).refused(http.StatusBadRequest, scimType)
	a := ask(c)
	if a.status >= 300 {
		c.t.Fatalf("%s: %d\n%s", a.asked, a.status, a.text)
	}
	return a
}

// TestDevRevRules shows what DevRev does otherwise than the RFCs say, or where they leave the
// choice.
func TestDevRevRules(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.5 displayName stays the person's own once there is one", func(c *client) {
			u := c.user(`"userName":"u","displayName":"Babs"`)
			c.patch(u.path(), `{"op":"replace","path":"displayName","value":"Barbara"}`).is(http.StatusOK).has("displayName", `"Babs"`)
			c.put(u.path(), user(`"userName":"u","displayName":"Barbara"`)).is(http.StatusOK).has("displayName", `"Babs"`)
			c.put(u.path(), user(`"userName":"u"`)).is(http.StatusOK).has("displayName", `"Babs"`)
		}},
		{"RFC 7644 s3.5 the first displayName fills an empty one", func(c *client) {
			c.patch(c.user(`"userName":"u"`).path(), `{"op":"add","path":"displayName","value":"Babs"}`).is(http.StatusOK).has("displayName", `"Babs"`)
		}},
		{"RFC 7644 s3.5.1 a PUT without active leaves it", func(c *client) {
			c.put(c.user(`"userName":"u","active":false`).path(), user(`"userName":"u"`)).is(http.StatusOK).has("active", `false`)
		}},
		{"RFC 7644 s3.3 a POST that matches a disabled user restores it with its id", func(c *client) {
			u := c.user(`"userName":"u","externalId":"7","active":false`)
			c.post("/Users", user(`"userName":"u","title":"Guide"`)).is(http.StatusCreated).has("id", fmt.Sprintf("%q", u.id())).has("active", `true`).has("title", `"Guide"`)
		}},
		{"RFC 7644 s3.3 an externalId alone finds nobody again", func(c *client) {
			for _, end := range []func(answer){
				func(u answer) { c.patch(u.path(), `{"op":"replace","path":"active","value":false}`).is(http.StatusOK) },
				func(u answer) { c.remove(u.path()).is(http.StatusNoContent) },
			} {
				u := c.user(`"userName":"leaver","externalId":"7","displayName":"Ann"`)
				c.group("g", u)
				end(u)
				stranger := c.user(`"userName":"comer","externalId":"7","displayName":"Bob"`).has("displayName", `"Bob"`).lacks("groups")
				if stranger.id() == u.id() {
					c.t.Errorf("another person has the id of the leaver\n%s", stranger.text)
				}
				c = c.other()
			}
		}},
		{"RFC 7644 s3.3 a recycled userName is refused while a deactivated user has it, and free once that is deleted", func(c *client) {
			u := c.user(`"userName":"u","externalId":"7","displayName":"Ann","active":false`)
			recycled := user(`"userName":"U","externalId":"8","displayName":"Bob"`)
			a := c.post("/Users", recycled).refused(http.StatusConflict, "uniqueness")
			for _, word := range []string{"userName", "externalId", u.id()} {
				if !strings.Contains(a.string("detail"), word) {
					c.t.Errorf("the detail does not name %s\n%s", word, a.text)
				}
			}
			c.get(u.path()).has("meta", marshalled(c.t, u.at("meta")))
			c.remove(u.path()).is(http.StatusNoContent)
			b := c.post("/Users", recycled).is(http.StatusCreated).has("displayName", `"Bob"`)
			if b.id() == u.id() {
				c.t.Errorf("another person has the id of the leaver\n%s", b.text)
			}
			c.get(u.path()).refused(http.StatusNotFound, "")
		}},
		{"RFC 7644 s3.6 a POST that matches a deleted user brings its id back", func(c *client) {
			u := c.user(`"userName":"u"`)
			c.remove(u.path()).is(http.StatusNoContent)
			c.get(u.path()).refused(http.StatusNotFound, "")
			c.user(`"userName":"u"`).has("id", fmt.Sprintf("%q", u.id()))
		}},
		{"RFC 7643 s4.1.1 userName is an e-mail address unless the organisation has it otherwise", func(c *client) {
			c = newClientOf(c.t, "email")
			c.post("/Users", user(`"userName":"bjensen"`)).refused(http.StatusBadRequest, "invalidValue")
			c.user(`"userName":"bjensen@example.com"`).has("emails", `[{"value":"bjensen@example.com","type":"work","primary":true}]`)
		}},
		{"RFC 7643 s4.1.1 a userName has no invisible character", func(c *client) {
			strict := c.other().configure(`{"strict":true}`)
			for _, c := range []*client{c, strict} {
				u := c.user(`"userName":"bjensen"`)
				for _, invisible := range []string{"\u200b", "\u202e", "\ufeff", "\u00ad", "\u2060", "\u034f", "\u115f", "\u3164", "\ufe0f"} {
					c.post("/Users", user(`"userName":"bjen`+invisible+`sen"`)).refused(http.StatusBadRequest, "invalidValue")
					c.patch(u.path(), `{"op":"replace","path":"userName","value":"bjen`+invisible+`sen"}`).refused(http.StatusBadRequest, "invalidValue")
				}
			}
		}},
		{"RFC 7643 s4.1.2 the primary e-mail follows a changed userName unless the request writes another", func(c *client) {
			c = newClientOf(c.t, "email")
			u := c.user(`"userName":"a@example.com","emails":[{"value":"a@example.com","primary":true},{"value":"home@example.com"}]`)
			c.patch(u.path(), `{"op":"replace","path":"userName","value":"b@example.com"}`).is(http.StatusOK).
				has("emails", `[{"value":"b@example.com","primary":true},{"value":"home@example.com"}]`)
			c.patch(u.path(), `{"op":"replace","path":"userName","value":"c@example.com"}`, `{"op":"replace","path":"emails[primary eq true].value","value":"d@example.com"}`).
				is(http.StatusOK).has("userName", `"c@example.com"`).has("emails/0/value", `"d@example.com"`)
		}},
		{"RFC 7643 s4.1.2 e-mail addresses are kept as they were written", func(c *client) {
			c.user(`"userName":"u","emails":[{"value":"BJensen@EXAMPLE.COM"}]`).has("emails/0/value", `"BJensen@EXAMPLE.COM"`)
		}},
		{"RFC 7643 s4.2 groups in groups are refused", func(c *client) {
			inner, outer := c.group("inner"), c.group("outer")
			for _, members := range []string{`[{"value":%q,"type":"Group"}]`, `[{"value":%q}]`} {
				members = fmt.Sprintf(members, inner.id())
				c.post("/Groups", group(`"displayName":"g","members":`+members)).refused(http.StatusBadRequest, "invalidValue")
				a := c.patch(outer.path(), `{"op":"add","path":"members","value":`+members+`}`).refused(http.StatusBadRequest, "invalidValue")
				if !strings.Contains(a.string("detail"), inner.id()) {
					c.t.Errorf("the detail does not name the group\n%s", a.text)
				}
			}
			c.get(outer.path()).lacks("members")
		}},
		{"RFC 7644 s3.5.2.2 remove by a filter that selects nothing succeeds", func(c *client) {
			u := c.user(`"userName":"u","emails":[{"value":"a@example.com","type":"work"}]`)
			c.patch(u.path(), `{"op":"remove","path":"emails[type eq \"home\"]"}`).is(http.StatusOK).has("meta", marshalled(c.t, u.at("meta")))
			g := c.group("g", u)
			c.patch(g.path(), `{"op":"remove","path":"members[value eq \"01900000-0000-7000-8000-000000000000\"]"}`).is(http.StatusNoContent).says("ETag", g.header.Get("ETag"))
		}},
		{"RFC 7644 s3.5.2.2 a value whose sub-attribute value is removed goes as a whole", func(c *client) {
			u := c.user(`"userName":"u","emails":[{"value":"a@example.com","type":"work"},{"value":"b@example.com","type":"home"}]`)
			c.patch(u.path(), `{"op":"remove","path":"emails[type eq \"work\"].value"}`).is(http.StatusOK).has("emails", `[{"value":"b@example.com","type":"home"}]`)
		}},
		{"RFC 7643 s3.1 meta.location can be neither searched nor sorted by", func(c *client) {
			u, g := c.user(`"userName":"bjensen"`), c.group("g")
			for _, a := range []answer{u, g} {
				list, _ := strings.CutSuffix(a.path(), "/"+a.id())
				for _, filter := range []string{`meta.location eq "` + c.Base + a.path() + `"`, `meta.location pr`, `not (meta.location pr) or id pr`} {
					c.get(list, "filter", filter).refused(http.StatusBadRequest, "invalidFilter")
					c.get("", "filter", filter).refused(http.StatusBadRequest, "invalidFilter")
				}
				c.get(list, "sortBy", "meta.location").refused(http.StatusBadRequest, "invalidPath")
			}
		}},
		{"RFC 7644 s3.4.2.2 groups and members are searched by id alone", func(c *client) {
			c.get("/Users", "filter", `groups.display eq "g"`).refused(http.StatusBadRequest, "invalidFilter")
			c.get("/Groups", "filter", `members pr`).refused(http.StatusBadRequest, "invalidFilter")
			c.get("/Groups", "filter", `members.display eq "u"`).refused(http.StatusBadRequest, "invalidFilter")
		}},
		{"RFC 7643 s4.3 the manager's displayName is neither described nor returned", func(c *client) {
			m := c.user(`"userName":"m","displayName":"Manager"`)
			u := c.post("/Users", fmt.Sprintf(`{"schemas":[%q,%q],"userName":"u",%q:{"manager":{"value":%q}}}`, coreUser, enterprise, enterprise, m.id())).is(http.StatusCreated)
			c.get(u.path()).is(http.StatusOK).has(enterprise+"/manager/value", fmt.Sprintf("%q", m.id())).lacks(enterprise + "/manager/displayName")
			for _, a := range schemasOf(c)[enterprise] {
				if slices.ContainsFunc(a.SubAttributes, func(sub attributeText) bool { return sub.Name == "displayName" }) {
					c.t.Errorf("%s.displayName is described", a.Name)
				}
			}
		}},
		{"RFC 7644 s3.14 a group's version does not follow the names of its members", func(c *client) {
			u := c.user(`"userName":"u"`)
			before := c.get(c.group("g", u).path()).is(http.StatusOK)
			c.patch(u.path(), `{"op":"add","path":"displayName","value":"Babs"}`).is(http.StatusOK)
			after := c.get(before.path()).is(http.StatusOK).has("members/0/display", `"Babs"`)
			if was, is := before.header.Get("ETag"), after.header.Get("ETag"); was == "" || was != is {
				c.t.Errorf("ETag %s became %s", was, is)
			}
		}},
	})
}
