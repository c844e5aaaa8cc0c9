package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestPatch(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.5.2 a changed resource is answered with 200 and its representation", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"add","path":"title","value":"Guide"}`).is(http.StatusOK).has("title", `"Guide"`).has("id", fmt.Sprintf("%q", u.id())).holds("meta", "schemas")
		}},
		{"RFC 7644 s3.5.2 or with 204 and no body", func(c *client) {
			g := c.group("Tour Guides")
			c.patch(g.path(), `{"op":"replace","path":"displayName","value":"Drivers"}`).is(http.StatusNoContent).empty()
			c.get(g.path()).has("displayName", `"Drivers"`)
		}},
		{"RFC 7644 s3.5.2 with the parameter attributes the answer is 200 and those attributes", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			g := c.group("Tour Guides", u)
			op := patchRequest(`{"op":"add","path":"externalId","value":"7"}`)
			c.send("PATCH", with(u.path(), "attributes", "externalId"), op).is(http.StatusOK).has("externalId", `"7"`).holds("id").lacks("userName")
			c.send("PATCH", with(g.path(), "attributes", "externalId,members"), op).is(http.StatusOK).has("externalId", `"7"`).
				has("members/0/value", fmt.Sprintf("%q", u.id())).lacks("displayName")
		}},
		{"RFC 7644 s3.5.2 operations are applied in their order", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"}]`)
			c.patch(u.path(), `{"op":"remove","path":"emails"}`, `{"op":"add","path":"emails","value":[{"value":"b@example.com","type":"home"}]}`,
				`{"op":"replace","path":"emails[type eq \"home\"].value","value":"c@example.com"}`, `{"op":"add","path":"title","value":"x"}`, `{"op":"replace","path":"title","value":"y"}`).
				is(http.StatusOK).has("emails", `[{"value":"c@example.com","type":"home"}]`).has("title", `"y"`)
		}},
		{"RFC 7644 s3.5.2 a request is applied as a whole or not at all", func(c *client) {
			u, g := c.user(`"userName":"bjensen"`), c.group("Tour Guides")
			c.patch(u.path(), `{"op":"add","path":"title","value":"x"}`, `{"op":"replace","path":"id","value":"mine"}`).refused(http.StatusBadRequest, "mutability")
			c.get(u.path()).lacks("title").has("meta", marshalled(c.t, u.at("meta")))
			c.patch(g.path(), fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, u.id()), `{"op":"replace","path":"displayName[value eq \"x\"]","value":"x"}`).refused(http.StatusBadRequest, "invalidPath")
			c.get(g.path()).lacks("members").has("meta", marshalled(c.t, g.at("meta")))
		}},
		{"RFC 7644 s3.5.2 the body is of the form of a PatchOp", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for _, body := range []string{
				message(patchOp, `"Operations":{}`), message(patchOp, `"x":1`), message(patchOp, `"Operations":["add"]`),
				message(patchOp, `"Operations":[{"op":"move","path":"title","value":"x"}]`), message(patchOp, `"Operations":[{"path":"title","value":"x"}]`),
				message(patchOp, `"Operations":[{"op":"add","path":7,"value":"x"}]`), `[]`,
			} {
				c.send("PATCH", u.path(), body).refused(http.StatusBadRequest, "invalidSyntax")
			}
		}},
		{"RFC 7644 s3.5.2 a path that names no attribute is refused with invalidPath", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for _, path := range []string{`shoeSize`, `name.shoeSize`, `emails[type eq \"work\"].shoeSize`, `title[value eq \"x\"]`, `emails[type eq \"work\"]x`, `.`, `name.`} {
				c.patch(u.path(), `{"op":"add","path":"`+path+`","value":"x"}`).refused(http.StatusBadRequest, "invalidPath")
			}
		}},
		{"RFC 7644 s3.5.2 a filter in a path that is none is refused", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for _, path := range []string{`emails[type like \"work\"]`, `emails[type eq \"work\"`, `emails[]`} {
				if a := c.patch(u.path(), `{"op":"add","path":"`+path+`","value":"x"}`).is(http.StatusBadRequest); a.at("scimType") != "invalidPath" {
					a.refused(http.StatusBadRequest, "invalidFilter")
				}
			}
		}},
		{"RFC 7644 s3.5.2 a value of the wrong type is refused with invalidValue", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for _, op := range []string{
				`{"op":"replace","path":"active","value":"maybe"}`, `{"op":"replace","path":"title","value":{"value":"x","lang":"en"}}`, `{"op":"add","path":"name","value":"Barbara"}`,
				`{"op":"replace","path":"emails[type eq \"work\"].primary","value":"maybe"}`, `{"op":"add","path":"title"}`, `{"op":"add","value":"x"}`,
			} {
				c.patch(u.path(), op).refused(http.StatusBadRequest, "invalidValue")
			}
		}},
		{"RFC 7644 s3.5.2 read-only attributes are refused with mutability", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			for _, op := range []string{
				`{"op":"replace","path":"id","value":"mine"}`, `{"op":"remove","path":"id"}`, `{"op":"replace","path":"meta.created","value":"2001-01-01T00:00:00Z"}`,
				`{"op":"add","path":"meta","value":{"version":"7"}}`, `{"op":"remove","path":"groups"}`, `{"op":"add","path":"groups","value":[{"value":"7"}]}`,
			} {
				c.patch(u.path(), op).refused(http.StatusBadRequest, "mutability")
			}
		}},
		{"RFC 7644 s3.5.2 immutable attributes that have a value are refused with mutability", func(c *client) {
			a, b := c.user(`"userName":"a"`), c.user(`"userName":"b"`)
			g := c.group("Tour Guides", a)
			c.patch(g.path(), fmt.Sprintf(`{"op":"replace","path":"members[value eq \"%s\"].value","value":%q}`, a.id(), b.id())).refused(http.StatusBadRequest, "mutability")
			c.get(g.path()).has("members/0/value", fmt.Sprintf("%q", a.id()))
		}},
		{"RFC 7644 s3.5.2 a value that becomes primary takes it from the others", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work","primary":true},{"value":"b@example.com","type":"home"}]`)
			a := c.patch(u.path(), `{"op":"add","path":"emails","value":[{"value":"c@example.com","type":"other","primary":true}]}`).is(http.StatusOK).has("emails/2/primary", `true`)
			if a.at("emails/0/primary") == true {
				c.t.Errorf("the first is still primary\n%s", a.text)
			}
			a = c.patch(u.path(), `{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}`).is(http.StatusOK).has("emails/1/primary", `true`)
			if a.at("emails/0/primary") == true || a.at("emails/2/primary") == true {
				c.t.Errorf("more than one is primary\n%s", a.text)
			}
		}},
		{"RFC 7644 s3.5.2 a request that changes nothing moves neither version nor lastModified", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide","emails":[{"value":"a@example.com","type":"work"}]`)
			g := c.group("Tour Guides", u)
			time.Sleep(2 * time.Millisecond)
			c.patch(u.path(), `{"op":"replace","path":"title","value":"Guide"}`, `{"op":"add","path":"emails","value":[{"value":"a@example.com","type":"work"}]}`, `{"op":"remove","path":"nickName"}`).
				is(http.StatusOK).has("meta", marshalled(c.t, u.at("meta"))).lacks("emails/1")
			c.patch(g.path(), fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, u.id()), `{"op":"replace","path":"displayName","value":"Tour Guides"}`).is(http.StatusNoContent)
			c.get(g.path()).has("meta", marshalled(c.t, g.at("meta"))).lacks("members/1")
		}},
		{"RFC 7644 s3.10 paths are case insensitive", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"add","path":"NAME.givenname","value":"Barbara"}`).is(http.StatusOK).has("name", `{"givenName":"Barbara"}`)
		}},
		{"RFC 7644 s3.10 paths with the URN of the core schema", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"add","path":"`+coreUser+`:name.givenName","value":"Barbara"}`, `{"op":"add","path":"`+coreUser+`:title","value":"Guide"}`).
				is(http.StatusOK).has("name/givenName", `"Barbara"`).has("title", `"Guide"`)
		}},
		{"RFC 7644 s3.10 paths with the URN of an extension", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"add","path":"`+enterprise+`:department","value":"Sales"}`, `{"op":"add","path":"`+enterprise+`:manager.value","value":"7"}`).
				is(http.StatusOK).has(enterprise, `{"department":"Sales","manager":{"value":"7"}}`)
			a := c.patch(u.path(), `{"op":"remove","path":"`+enterprise+`:manager"}`, `{"op":"remove","path":"`+enterprise+`:department"}`).is(http.StatusOK).lacks(enterprise)
			if a.at("schemas/1") == enterprise {
				c.t.Errorf("schemas still names the extension\n%s", a.text)
			}
		}},
		{"RFC 7644 s3.5.2 a name that another resource has is refused with 409 uniqueness", func(c *client) {
			c.user(`"userName":"taken"`)
			c.patch(c.user(`"userName":"bjensen"`).path(), `{"op":"replace","path":"userName","value":"Taken"}`).refused(http.StatusConflict, "uniqueness")
			c.group("taken")
			c.patch(c.group("Tour Guides").path(), `{"op":"replace","path":"displayName","value":"Taken"}`).refused(http.StatusConflict, "uniqueness")
		}},
		{"RFC 7644 s3.5.2 an unknown resource is 404", func(c *client) {
			c.patch("/Users/nobody", `{"op":"add","path":"title","value":"x"}`).refused(http.StatusNotFound, "")
			c.patch("/Groups/nothing", `{"op":"replace","path":"displayName","value":"x"}`).refused(http.StatusNotFound, "")
		}},
	})
}

func TestPatchAdd(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.5.2.1 add without a path adds the attributes of the value", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"}],"name":{"familyName":"Jensen"}`)
			c.patch(u.path(), `{"op":"add","value":{"emails":[{"value":"babs@jensen.org","type":"home"}],"nickName":"Babs","name":{"givenName":"Barbara"}}}`).is(http.StatusOK).
				has("emails", `[{"value":"a@example.com","type":"work"},{"value":"babs@jensen.org","type":"home"}]`).has("nickName", `"Babs"`).
				has("name", `{"familyName":"Jensen","givenName":"Barbara"}`)
		}},
		{"RFC 7644 s3.5.2.1 add without a path adds attributes of an extension", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"add","value":{"`+enterprise+`":{"department":"Sales"}}}`).is(http.StatusOK).has(enterprise, `{"department":"Sales"}`)
			c.patch(u.path(), `{"op":"add","value":{"`+enterprise+`":{"division":"Park"}}}`).is(http.StatusOK).has(enterprise, `{"department":"Sales","division":"Park"}`)
		}},
		{"RFC 7644 s3.5.2.1 a value that is added may come without a list, in a strict organisation too", func(c *client) {
			for _, c := range []*client{c, c.other().configure(`{"strict":true}`)} {
				u := c.user(`"userName":"u"`)
				c.patch(u.path(), `{"op":"add","path":"emails","value":{"value":"a@example.com"}}`, `{"op":"add","path":"emails","value":{"value":"b@example.com"}}`).
					is(http.StatusOK).has("emails", `[{"value":"a@example.com"},{"value":"b@example.com"}]`)
				g := c.group("g")
				c.patch(g.path(), `{"op":"add","path":"members","value":{"value":"`+u.id()+`"}}`).is(http.StatusNoContent)
				c.get(g.path()).has("members/0/value", strconv.Quote(u.id())).lacks("members/1")
			}
		}},
		{"RFC 7644 s3.5.2.2 a path may list the ids of 1,000 members", func(c *client) {
			a, b := c.user(`"userName":"a"`), c.user(`"userName":"b"`)
			g := c.group("g", a, b)
			ids := make([]string, 1000)
			for i := range ids {
				ids[i] = fmt.Sprintf(`value eq \"01900000-0000-7000-8000-%012d\"`, i)
			}
			ids[999] = `value eq \"` + a.id() + `\"`
			c.patch(g.path(), `{"op":"remove","path":"members[`+strings.Join(ids, " or ")+`]"}`).is(http.StatusNoContent)
			c.get(g.path()).has("members/0/value", strconv.Quote(b.id())).lacks("members/1")
		}},
		{"RFC 7644 s3.5.2.1 add to an absent attribute adds it", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"add","path":"title","value":"Guide"}`, `{"op":"add","path":"emails","value":[{"value":"a@example.com"}]}`).is(http.StatusOK).
				has("title", `"Guide"`).has("emails", `[{"value":"a@example.com"}]`)
		}},
		{"RFC 7644 s3.5.2.1 add to a complex attribute sets the sub-attributes of the value", func(c *client) {
			u := c.user(`"userName":"bjensen","name":{"familyName":"Jensen","givenName":"B"}`)
			c.patch(u.path(), `{"op":"add","path":"name","value":{"givenName":"Barbara","middleName":"J"}}`).is(http.StatusOK).
				has("name", `{"familyName":"Jensen","givenName":"Barbara","middleName":"J"}`)
		}},
		{"RFC 7644 s3.5.2.1 add to a multi-valued attribute adds a value", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com"}]`)
			c.patch(u.path(), `{"op":"add","path":"emails","value":[{"value":"b@example.com"},{"value":"c@example.com"}]}`).is(http.StatusOK).
				has("emails", `[{"value":"a@example.com"},{"value":"b@example.com"},{"value":"c@example.com"}]`)
		}},
		{"RFC 7644 s3.5.2.1 add to a single-valued attribute replaces the value", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide","name":{"givenName":"B"}`)
			c.patch(u.path(), `{"op":"add","path":"title","value":"Driver"}`, `{"op":"add","path":"name.givenName","value":"Barbara"}`).is(http.StatusOK).
				has("title", `"Driver"`).has("name/givenName", `"Barbara"`)
		}},
		{"RFC 7644 s3.5.2.1 add of what is there succeeds and adds nothing", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			g := c.group("Tour Guides", u)
			c.patch(g.path(), fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, u.id())).is(http.StatusNoContent)
			c.get(g.path()).has("meta/version", `"W/\"1\""`).lacks("members/1")
		}},
		{"RFC 7644 s3.5.2.1 add to the values that a filter selects", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"},{"value":"b@example.com","type":"home"}]`)
			c.patch(u.path(), `{"op":"add","path":"emails[type eq \"work\"].display","value":"A"}`).is(http.StatusOK).
				has("emails", `[{"value":"a@example.com","type":"work","display":"A"},{"value":"b@example.com","type":"home"}]`)
		}},
		{"RFC 7644 s3.5.2.1 add of members", func(c *client) {
			a, b := c.user(`"userName":"a"`), c.user(`"userName":"b"`)
			g := c.group("Tour Guides", a)
			c.patch(g.path(), fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, b.id())).is(http.StatusNoContent)
			c.get(g.path()).has("members/0/value", fmt.Sprintf("%q", a.id())).has("members/1/value", fmt.Sprintf("%q", b.id())).has("meta/version", `"W/\"2\""`)
		}},
	})
}

func TestPatchRemove(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.5.2.2 remove without a path is refused with noTarget", func(c *client) {
			c.patch(c.user(`"userName":"bjensen"`).path(), `{"op":"remove"}`).refused(http.StatusBadRequest, "noTarget")
			c.patch(c.group("Tour Guides").path(), `{"op":"remove","value":{"members":[]}}`).refused(http.StatusBadRequest, "noTarget")
		}},
		{"RFC 7644 s3.5.2.2 remove of a single-valued attribute leaves it unassigned", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide","name":{"givenName":"Barbara","familyName":"Jensen"}`)
			c.patch(u.path(), `{"op":"remove","path":"title"}`, `{"op":"remove","path":"name.givenName"}`).is(http.StatusOK).lacks("title", "name/givenName").has("name/familyName", `"Jensen"`)
			c.patch(u.path(), `{"op":"remove","path":"name"}`).is(http.StatusOK).lacks("name")
		}},
		{"RFC 7644 s3.5.2.2 remove of a multi-valued attribute removes all values", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com"},{"value":"b@example.com"}]`)
			g := c.group("Tour Guides", u)
			c.patch(u.path(), `{"op":"remove","path":"emails"}`).is(http.StatusOK).lacks("emails")
			c.patch(g.path(), `{"op":"remove","path":"members"}`).is(http.StatusNoContent)
			c.get(g.path()).lacks("members")
		}},
		{"RFC 7644 s3.5.2.2 remove with a filter removes the values it selects", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"},{"value":"b@example.com","type":"home"},{"value":"c@example.org","type":"work"}]`)
			c.patch(u.path(), `{"op":"remove","path":"emails[type eq \"work\" and value ew \"example.com\"]"}`).is(http.StatusOK).
				has("emails", `[{"value":"b@example.com","type":"home"},{"value":"c@example.org","type":"work"}]`)
		}},
		{"RFC 7644 s3.5.2.2 remove of the last value leaves the attribute unassigned", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"}]`)
			c.patch(u.path(), `{"op":"remove","path":"emails[type eq \"work\"]"}`).is(http.StatusOK).lacks("emails")
		}},
		{"RFC 7644 s3.5.2.2 remove of a sub-attribute of the values a filter selects", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work","display":"A"},{"value":"b@example.com","type":"home","display":"B"}]`)
			c.patch(u.path(), `{"op":"remove","path":"emails[type eq \"work\"].display"}`).is(http.StatusOK).
				has("emails", `[{"value":"a@example.com","type":"work"},{"value":"b@example.com","type":"home","display":"B"}]`)
		}},
		{"RFC 7644 s3.5.2.2 remove of one member", func(c *client) {
			a, b := c.user(`"userName":"a"`), c.user(`"userName":"b"`)
			g := c.group("Tour Guides", a, b)
			c.patch(g.path(), fmt.Sprintf(`{"op":"remove","path":"members[value eq \"%s\"]"}`, a.id())).is(http.StatusNoContent)
			c.get(g.path()).has("members/0/value", fmt.Sprintf("%q", b.id())).lacks("members/1")
		}},
		{"RFC 7644 s3.5.2.2 remove of what is required is refused with mutability", func(c *client) {
			c.patch(c.user(`"userName":"bjensen"`).path(), `{"op":"remove","path":"userName"}`).refused(http.StatusBadRequest, "mutability")
			c.patch(c.group("Tour Guides").path(), `{"op":"remove","path":"displayName"}`).refused(http.StatusBadRequest, "mutability")
		}},
		{"RFC 7644 s3.5.2.2 remove of what is read-only is refused with mutability", func(c *client) {
			c.patch(c.user(`"userName":"bjensen"`).path(), `{"op":"remove","path":"meta.created"}`).refused(http.StatusBadRequest, "mutability")
		}},
		{"RFC 7644 s3.5.2.2 remove of what is absent succeeds", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"remove","path":"title"}`, `{"op":"remove","path":"name.givenName"}`).is(http.StatusOK).has("meta", marshalled(c.t, u.at("meta")))
		}},
		{"RFC 7644 s3.5.2.2 remove of an extension as a whole", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.patch(u.path(), `{"op":"remove","path":"`+enterprise+`"}`).is(http.StatusOK).lacks(enterprise)
		}},
	})
}

func TestPatchReplace(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.5.2.3 replace without a path replaces the attributes of the value alone", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide","emails":[{"value":"a@example.com"}]`)
			c.patch(u.path(), `{"op":"replace","value":{"emails":[{"value":"b@example.com"}],"nickName":"Babs"}}`).is(http.StatusOK).
				has("emails", `[{"value":"b@example.com"}]`).has("nickName", `"Babs"`).has("title", `"Guide"`)
		}},
		{"RFC 7644 s3.5.2.3 replace of a single-valued attribute", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide"`)
			c.patch(u.path(), `{"op":"replace","path":"title","value":"Driver"}`, `{"op":"replace","path":"userName","value":"babs"}`).is(http.StatusOK).
				has("title", `"Driver"`).has("userName", `"babs"`)
		}},
		{"RFC 7644 s3.5.2.3 replace of a multi-valued attribute replaces all of its values", func(c *client) {
			u, v := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com"},{"value":"b@example.com"}]`), c.user(`"userName":"v"`)
			c.patch(u.path(), `{"op":"replace","path":"emails","value":[{"value":"c@example.com"}]}`).is(http.StatusOK).has("emails", `[{"value":"c@example.com"}]`)
			g := c.group("Tour Guides", u)
			c.patch(g.path(), fmt.Sprintf(`{"op":"replace","path":"members","value":[{"value":%q}]}`, v.id())).is(http.StatusNoContent)
			c.get(g.path()).has("members/0/value", fmt.Sprintf("%q", v.id())).lacks("members/1")
		}},
		{"RFC 7644 s3.5.2.3 replace of an absent attribute is an add", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"replace","path":"title","value":"Guide"}`, `{"op":"replace","path":"name.givenName","value":"Barbara"}`,
				`{"op":"replace","path":"emails","value":[{"value":"a@example.com"}]}`).is(http.StatusOK).
				has("title", `"Guide"`).has("name", `{"givenName":"Barbara"}`).has("emails", `[{"value":"a@example.com"}]`)
		}},
		{"RFC 7644 s3.5.2.3 replace of a complex attribute leaves the sub-attributes that the value has not", func(c *client) {
			u := c.user(`"userName":"bjensen","name":{"familyName":"Jensen","givenName":"B"}`)
			c.patch(u.path(), `{"op":"replace","path":"name","value":{"givenName":"Barbara","middleName":"J"}}`).is(http.StatusOK).
				has("name", `{"familyName":"Jensen","givenName":"Barbara","middleName":"J"}`)
		}},
		{"RFC 7644 s3.5.2.3 replace of a sub-attribute of the values a filter selects", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work","display":"A"},{"value":"b@example.com","type":"home"},{"value":"c@example.com","type":"work"}]`)
			c.patch(u.path(), `{"op":"replace","path":"emails[type eq \"work\"].display","value":"W"}`).is(http.StatusOK).
				has("emails", `[{"value":"a@example.com","type":"work","display":"W"},{"value":"b@example.com","type":"home"},{"value":"c@example.com","type":"work","display":"W"}]`)
		}},
		{"RFC 7644 s3.5.2.3 replace of the values a filter selects replaces each as a whole", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work","display":"A"},{"value":"b@example.com","type":"home"}]`)
			c.patch(u.path(), `{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"c@example.com","type":"work"}}`).is(http.StatusOK).
				has("emails", `[{"value":"c@example.com","type":"work"},{"value":"b@example.com","type":"home"}]`)
			c.patch(u.path(), `{"op":"replace","path":"emails[type eq \"home\"]","value":{"value":"d@example.com","type":"other","primary":true}}`).is(http.StatusOK).
				has("emails", `[{"value":"c@example.com","type":"work"},{"value":"d@example.com","type":"other","primary":true}]`)
		}},
		{"RFC 7644 s3.5.2.3 replace by a filter that selects nothing is refused with noTarget", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"}]`)
			c.patch(u.path(), `{"op":"replace","path":"emails[value ew \"@example.org\"].type","value":"home"}`).refused(http.StatusBadRequest, "noTarget")
			c.patch(u.path(), `{"op":"replace","path":"emails[not (type eq \"work\")]","value":{"value":"b@example.com"}}`).refused(http.StatusBadRequest, "noTarget")
			c.get(u.path()).has("emails", `[{"value":"a@example.com","type":"work"}]`)
		}},
		{"RFC 7643 s2.5 replace by null or by an empty list leaves the attribute unassigned", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide","emails":[{"value":"a@example.com"}]`)
			c.patch(u.path(), `{"op":"replace","path":"title","value":null}`, `{"op":"replace","path":"emails","value":[]}`).is(http.StatusOK).lacks("title", "emails")
			g := c.group("Tour Guides", u)
			c.patch(g.path(), `{"op":"replace","path":"members","value":[]}`).is(http.StatusNoContent)
			c.get(g.path()).lacks("members")
		}},
		{"RFC 7644 s3.5.2.3 replace by filters on any sub-attribute", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"},{"value":"b@example.com","type":"home"}]`)
			c.patch(u.path(), `{"op":"replace","path":"emails[value eq \"B@example.com\"].value","value":"c@example.com"}`).is(http.StatusOK).
				has("emails", `[{"value":"a@example.com","type":"work"},{"value":"c@example.com","type":"home"}]`)
			c.patch(u.path(), `{"op":"replace","path":"emails[type ne \"work\" and value pr].type","value":"other"}`).is(http.StatusOK).
				has("emails", `[{"value":"a@example.com","type":"work"},{"value":"c@example.com","type":"other"}]`)
		}},
	})
}
