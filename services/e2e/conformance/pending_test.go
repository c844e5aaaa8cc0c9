//go:build pending

package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestPending holds rules that the product does not keep yet. A rule that it keeps moves to the table of its section.
func TestPending(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.4.2.3 resources without the attribute are first where order is descending", func(c *client) {
			c.user(`"userName":"a","title":"Guide"`)
			c.user(`"userName":"b"`)
			c.user(`"userName":"c","title":"Manager"`)
			c.get("/Users", "sortBy", "title", "sortOrder", "descending").lists("b c a")
		}},
		{"RFC 7644 s3.4.2.2 schemas can be searched", func(c *client) {
			c.post("/Users", fullUser).is(http.StatusCreated)
			c.user(`"userName":"plain"`)
			c.get("/Users", "filter", `schemas eq "`+enterprise+`"`).lists("bjensen@example.com")
			c.get("/Users", "sortBy", "userName", "filter", `schemas eq "`+coreUser+`"`).lists("bjensen@example.com plain")
			c.get("/Users", "sortBy", "userName", "filter", `schemas pr`).lists("bjensen@example.com plain")
		}},
		{"RFC 7643 s3.1 meta.location can be searched", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.user(`"userName":"other"`)
			c.get("/Users", "filter", fmt.Sprintf(`meta.location eq %q`, c.base+u.path())).lists("bjensen")
			c.get("/Users", "filter", `meta.location pr`).has("totalResults", `2`)
		}},
		{"RFC 7644 s3.4.2.1 or over attributes of two resource types selects of both", func(c *client) {
			c.user(`"userName":"bjensen"`)
			c.group("Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"userName eq \"bjensen\" or displayName eq \"Tour Guides\""`)).lists("bjensen Tour Guides")
		}},
		{"RFC 7644 s3.4.2.1 not of an attribute that a resource type has not is true", func(c *client) {
			c.user(`"userName":"bjensen"`)
			c.group("Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"not (userName pr)"`)).lists("Tour Guides")
		}},
		{"RFC 7644 s3.4.2.1 a sort by an attribute that a resource type has not leaves nothing out", func(c *client) {
			c.user(`"userName":"b"`)
			c.user(`"userName":"a"`)
			c.group("Tour Guides")
			c.post("/.search", message(searchRequest, `"sortBy":"userName"`)).lists("a b Tour Guides").has("totalResults", `3`)
		}},
		{"RFC 7644 s3.4.2.1 a query at the base URL is one of all resource types", func(c *client) {
			c.user(`"userName":"bjensen"`)
			c.group("Tour Guides")
			for _, path := range []string{"", "/"} {
				c.get(path).lists("bjensen Tour Guides")
				c.get(path, "filter", `meta.resourceType eq "Group"`).lists("Tour Guides")
			}
		}},
		{"RFC 7644 s3.5.2.3 replace of the values a filter selects replaces each as a whole", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work","display":"A"},{"value":"b@example.com","type":"home"}]`)
			c.patch(u.path(), `{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"c@example.com","type":"work"}}`).is(http.StatusOK).
				has("emails", `[{"value":"c@example.com","type":"work"},{"value":"b@example.com","type":"home"}]`)
		}},
		{"RFC 9110 s13.1.1 GET with a stale tag in If-Match is 412", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.send("GET", u.path(), "", "If-Match", `W/"99"`).refused(http.StatusPreconditionFailed, "")
		}},
		{"RFC 6750 s3.1 a token that is not valid is called so", func(c *client) {
			a := c.send("GET", "/Users", "", "Authorization", "Bearer nobody-knows-this").refused(http.StatusUnauthorized, "")
			if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, `error="invalid_token"`) {
				c.t.Errorf("WWW-Authenticate is %q", got)
			}
		}},
		{"RFC 7644 s4 a filter on a single schema or resource type is refused with 403", func(c *client) {
			c.get("/Schemas/"+coreUser, "filter", `id pr`).refused(http.StatusForbidden, "")
			c.get("/ResourceTypes/User", "filter", `id pr`).refused(http.StatusForbidden, "")
		}},
	})
}
