package conformance

import (
	"fmt"
	"net/http"
	"testing"
)

func TestCreate(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.3 a created resource is answered with 201 and its representation", func(c *client) {
			a := c.post("/Users", user(`"userName":"bjensen","title":"Guide"`)).is(http.StatusCreated).has("userName", `"bjensen"`).has("title", `"Guide"`)
			c.get("/Users/"+a.id()).is(http.StatusOK).has("meta", marshalled(c.t, a.at("meta")))
			c.post("/Groups", group(`"displayName":"Tour Guides"`)).is(http.StatusCreated).has("displayName", `"Tour Guides"`)
		}},
		{"RFC 7644 s3.3 Location is the URI of the created resource, as is meta.location", func(c *client) {
			for _, a := range []answer{c.user(`"userName":"bjensen"`), c.group("Tour Guides")} {
				a.says("Location", c.Base+a.path()).has("meta/location", fmt.Sprintf("%q", c.Base+a.path()))
			}
		}},
		{"RFC 7644 s3.3 read-only attributes in the body are ignored", func(c *client) {
			u := c.user(`"userName":"bjensen","id":"mine","meta":{"created":"2001-01-01T00:00:00Z"},"groups":[{"value":"7"}]`).lacks("groups")
			if u.id() == "mine" {
				c.t.Error("the client gave the id")
			}
		}},
		{"RFC 7644 s3.3 a duplicate is refused with 409 uniqueness", func(c *client) {
			c.user(`"userName":"bjensen"`)
			c.post("/Users", user(`"userName":"bjensen"`)).refused(http.StatusConflict, "uniqueness")
			c.get("/Users").has("totalResults", `1`)
		}},
		{"RFC 7644 s3.3.1 meta.resourceType is that of the endpoint", func(c *client) {
			c.user(`"userName":"bjensen"`).has("meta/resourceType", `"User"`)
			c.group("Tour Guides").has("meta/resourceType", `"Group"`)
		}},
		{"RFC 7644 s3.9 a creation answers with the attributes that were asked for", func(c *client) {
			c.post(with("/Users", "attributes", "title"), user(`"userName":"bjensen","title":"Guide"`)).is(http.StatusCreated).
				has("title", `"Guide"`).holds("id", "schemas").lacks("userName", "meta")
		}},
	})
}

func TestReplace(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.5.1 a replacement is answered with 200 and the whole resource", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide"`)
			c.put(u.path(), user(`"userName":"bjensen","title":"Driver"`)).is(http.StatusOK).
				has("title", `"Driver"`).has("id", fmt.Sprintf("%q", u.id())).holds("meta/location")
			c.get(u.path()).has("title", `"Driver"`)
		}},
		{"RFC 7644 s3.5.1 attributes that are left out are removed", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.put(u.path(), user(`"userName":"bjensen@example.com"`)).is(http.StatusOK).lacks("title", "name", "emails", "externalId", enterprise)
			c.get(u.path()).lacks("title", "name", "emails", "externalId", enterprise)
		}},
		{"RFC 7644 s3.5.1 a multi-valued attribute is replaced as a whole", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com"},{"value":"b@example.com"}]`)
			c.put(u.path(), user(`"userName":"bjensen","emails":[{"value":"c@example.com"}]`)).is(http.StatusOK).has("emails", `[{"value":"c@example.com"}]`)
		}},
		{"RFC 7644 s3.5.1 a replacement of a Group replaces its members", func(c *client) {
			a, b := c.user(`"userName":"a"`), c.user(`"userName":"b"`)
			g := c.group("Tour Guides", a)
			c.put(g.path(), group(fmt.Sprintf(`"displayName":"Drivers","members":[{"value":%q}]`, b.id()))).is(http.StatusOK).
				has("displayName", `"Drivers"`).has("members/0/value", fmt.Sprintf("%q", b.id())).lacks("members/1")
			c.put(g.path(), group(`"displayName":"Drivers"`)).is(http.StatusOK).lacks("members")
		}},
		{"RFC 7644 s3.5.1 PUT does not create", func(c *client) {
			c.put("/Users/01900000-0000-7000-8000-000000000000", user(`"userName":"bjensen"`)).refused(http.StatusNotFound, "")
			c.put("/Groups/01900000-0000-7000-8000-000000000000", group(`"displayName":"g"`)).refused(http.StatusNotFound, "")
			c.get("/Users").lists("")
		}},
		{"RFC 7644 s3.5.1 read-only attributes in the body are ignored", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.put(u.path(), user(`"userName":"bjensen","id":"other","meta":{"created":"2001-01-01T00:00:00Z","version":"W/\"99\""}`)).is(http.StatusOK).
				has("id", fmt.Sprintf("%q", u.id())).has("meta/created", fmt.Sprintf("%q", u.string("meta/created")))
		}},
		{"RFC 7644 s3.5.1 what was read can be written back and changes nothing", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.group("Tour Guides", u)
			read := c.get(u.path())
			c.put(u.path(), read.text).is(http.StatusOK)
			c.get(u.path()).has("meta", marshalled(c.t, read.at("meta"))).has("emails", marshalled(c.t, read.at("emails"))).has(enterprise, marshalled(c.t, read.at(enterprise)))
		}},
		{"RFC 7644 s3.5.1 required attributes must be there", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.put(u.path(), user(`"title":"Guide"`)).refused(http.StatusBadRequest, "invalidValue")
			c.get(u.path()).lacks("title")
		}},
		{"RFC 7644 s3.5.1 a name that another resource has is refused with 409 uniqueness", func(c *client) {
			c.user(`"userName":"taken"`)
			u := c.user(`"userName":"bjensen"`)
			c.put(u.path(), user(`"userName":"TAKEN"`)).refused(http.StatusConflict, "uniqueness")
			c.put(u.path(), user(`"userName":"BJENSEN"`)).is(http.StatusOK).has("userName", `"BJENSEN"`)
		}},
		{"RFC 7644 s3.9 a replacement answers with the attributes that were asked for", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.put(with(u.path(), "excludedAttributes", "title,meta"), user(`"userName":"bjensen","title":"Guide"`)).is(http.StatusOK).lacks("title", "meta").holds("userName")
		}},
	})
}

func TestDelete(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.6 a deletion is answered with 204 and no body", func(c *client) {
			c.remove(c.user(`"userName":"bjensen"`).path()).is(http.StatusNoContent).empty()
			c.remove(c.group("Tour Guides").path()).is(http.StatusNoContent).empty()
		}},
		{"RFC 7644 s3.6 a deleted resource is 404 to every operation", func(c *client) {
			for _, a := range []answer{c.user(`"userName":"bjensen"`), c.group("Tour Guides")} {
				c.remove(a.path()).is(http.StatusNoContent)
				c.get(a.path()).refused(http.StatusNotFound, "")
				c.put(a.path(), a.text).refused(http.StatusNotFound, "")
				c.patch(a.path(), `{"op":"replace","path":"externalId","value":"7"}`).refused(http.StatusNotFound, "")
				c.remove(a.path()).refused(http.StatusNotFound, "")
			}
		}},
		{"RFC 7644 s3.6 a deleted resource is in no list", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			g := c.group("Tour Guides", u)
			c.remove(u.path()).is(http.StatusNoContent)
			c.get("/Users").lists("").has("totalResults", `0`)
			c.get("/Users", "filter", `userName eq "bjensen"`).lists("")
			c.get(g.path()).lacks("members")
			c.remove(g.path()).is(http.StatusNoContent)
			c.get("/Groups").lists("").has("totalResults", `0`)
		}},
		{"RFC 7644 s3.6 the name of a deleted resource conflicts with nothing", func(c *client) {
			u, g := c.user(`"userName":"bjensen"`), c.group("Tour Guides")
			c.remove(u.path()).is(http.StatusNoContent)
			c.remove(g.path()).is(http.StatusNoContent)
			c.user(`"userName":"bjensen"`)
			c.group("Tour Guides")
		}},
		{"RFC 7644 s3.6 a rename to the name of a deleted resource is no conflict", func(c *client) {
			c.remove(c.user(`"userName":"gone"`).path()).is(http.StatusNoContent)
			c.put(c.user(`"userName":"bjensen"`).path(), user(`"userName":"gone"`)).is(http.StatusOK).has("userName", `"gone"`)
		}},
		{"RFC 7644 s3.6 the unknown is 404", func(c *client) {
			c.remove("/Users/nobody").refused(http.StatusNotFound, "")
			c.remove("/Groups/nothing").refused(http.StatusNotFound, "")
		}},
	})
}
