package conformance

import (
	"fmt"
	"net/http"
	"testing"
)

func TestETag(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.14 the entity tag is in the header and in meta.version", func(c *client) {
			u, g := c.user(`"userName":"bjensen"`), c.group("Tour Guides")
			for _, a := range []answer{u, g, c.get(u.path()), c.get(g.path()), c.patch(u.path(), `{"op":"add","path":"title","value":"x"}`), c.put(u.path(), user(`"userName":"b"`))} {
				if tag := a.header.Get("ETag"); tag == "" || tag != a.string("meta/version") {
					c.t.Errorf("%s: ETag %q, meta.version %q", a.asked, tag, a.string("meta/version"))
				}
			}
			c.patch(g.path(), `{"op":"replace","path":"displayName","value":"x"}`).is(http.StatusNoContent).says("ETag", `W/"2"`)
		}},
		{"RFC 7643 s3.1 a change gives another version, a read the same", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.get(u.path()).says("ETag", u.header.Get("ETag"))
			if c.patch(u.path(), `{"op":"add","path":"title","value":"x"}`).header.Get("ETag") == u.header.Get("ETag") {
				c.t.Error("the version is the same after a change")
			}
		}},
		{"RFC 7644 s3.14 a change of members is a change of the group", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			g := c.group("Tour Guides")
			c.patch(g.path(), fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q}]}`, u.id())).is(http.StatusNoContent)
			if c.get(g.path()).header.Get("ETag") == g.header.Get("ETag") {
				c.t.Error("the version is the same with another member")
			}
		}},
		{"RFC 7644 s3.14 GET with the current tag in If-None-Match is 304 without a body", func(c *client) {
			u, g := c.user(`"userName":"bjensen"`), c.group("Tour Guides")
			for _, a := range []answer{u, g} {
				tag := a.header.Get("ETag")
				c.send("GET", a.path(), "", "If-None-Match", tag).is(http.StatusNotModified).empty().says("ETag", tag)
				c.send("HEAD", a.path(), "", "If-None-Match", tag).is(http.StatusNotModified)
			}
		}},
		{"RFC 9110 s13.1.2 If-None-Match is * or a list", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.send("GET", u.path(), "", "If-None-Match", "*").is(http.StatusNotModified)
			c.send("GET", u.path(), "", "If-None-Match", `"x", W/"1"`).is(http.StatusNotModified)
			c.send("GET", u.path(), "", "If-None-Match", `"x", W/"7"`).is(http.StatusOK).has("userName", `"bjensen"`)
		}},
		{"RFC 7644 s3.14 GET with another tag in If-None-Match is 200", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.patch(u.path(), `{"op":"add","path":"title","value":"x"}`).is(http.StatusOK)
			c.send("GET", u.path(), "", "If-None-Match", u.header.Get("ETag")).is(http.StatusOK).has("title", `"x"`)
		}},
		{"RFC 7644 s3.14 a change with the current tag in If-Match goes through", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			a := c.put(u.path(), user(`"userName":"bjensen","title":"x"`), "If-Match", u.header.Get("ETag")).is(http.StatusOK)
			a = c.send("PATCH", u.path(), patchRequest(`{"op":"remove","path":"title"}`), "If-Match", a.header.Get("ETag")).is(http.StatusOK)
			c.remove(u.path(), "If-Match", a.header.Get("ETag")).is(http.StatusNoContent)
		}},
		{"RFC 7644 s3.14 a change with a stale tag in If-Match is 412 and changes nothing", func(c *client) {
			for _, a := range []answer{c.user(`"userName":"bjensen"`), c.group("Tour Guides")} {
				const stale = `W/"99"`
				c.put(a.path(), a.text, "If-Match", stale).refused(http.StatusPreconditionFailed, "")
				c.send("PATCH", a.path(), patchRequest(`{"op":"add","path":"externalId","value":"x"}`), "If-Match", stale).refused(http.StatusPreconditionFailed, "")
				c.remove(a.path(), "If-Match", stale).refused(http.StatusPreconditionFailed, "")
				c.get(a.path()).is(http.StatusOK).has("meta", marshalled(c.t, a.at("meta"))).lacks("externalId")
			}
		}},
		{"RFC 9110 s13.1.1 If-Match is * or a list", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			body := user(`"userName":"bjensen"`)
			c.put(u.path(), body, "If-Match", "*").is(http.StatusOK)
			c.put(u.path(), body, "If-Match", `W/"7", W/"1"`).is(http.StatusOK)
			c.put(u.path(), body, "If-Match", `W/"7", "8"`).refused(http.StatusPreconditionFailed, "")
		}},
		{"RFC 9110 s13.1.1 GET with a stale tag in If-Match is 412", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.send("GET", u.path(), "", "If-Match", `W/"99"`).refused(http.StatusPreconditionFailed, "")
			c.send("GET", u.path(), "", "If-Match", u.header.Get("ETag")).is(http.StatusOK).has("userName", `"bjensen"`)
		}},
		{"RFC 9110 s13.1.2 a change with If-None-Match * of a resource that exists is 412", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.put(u.path(), user(`"userName":"x"`), "If-None-Match", "*").refused(http.StatusPreconditionFailed, "")
		}},
		{"RFC 9110 s13.2.1 a precondition on what does not exist is 404", func(c *client) {
			c.put("/Users/nobody", user(`"userName":"x"`), "If-Match", "*").refused(http.StatusNotFound, "")
			c.send("GET", "/Users/nobody", "", "If-None-Match", "*").refused(http.StatusNotFound, "")
		}},
	})
}
