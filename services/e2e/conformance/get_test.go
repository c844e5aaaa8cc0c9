package conformance

import (
	"net/http"
	"strings"
	"testing"
)

func TestGet(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.4.1 a known resource is answered with 200 and its representation", func(c *client) {
			u, g := c.user(`"userName":"bjensen","title":"Guide"`), c.group("Tour Guides")
			c.get(u.path()).is(http.StatusOK).has("title", `"Guide"`).has("meta", marshalled(c.t, u.at("meta")))
			c.get(g.path()).is(http.StatusOK).has("displayName", `"Tour Guides"`)
		}},
		{"RFC 7644 s3.4.1 an unknown resource is 404", func(c *client) {
			c.get("/Users/nobody").refused(http.StatusNotFound, "")
			c.get("/Groups/nothing").refused(http.StatusNotFound, "")
		}},
		{"RFC 7644 s3.4.1 a resource is found at the endpoint of its own type only", func(c *client) {
			u, g := c.user(`"userName":"bjensen"`), c.group("Tour Guides")
			c.get("/Groups/"+u.id()).refused(http.StatusNotFound, "")
			c.get("/Users/"+g.id()).refused(http.StatusNotFound, "")
		}},
		{"RFC 7643 s3.1 ids are case exact", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.get("/Users/"+strings.ToUpper(u.id())).refused(http.StatusNotFound, "")
		}},
		{"RFC 7644 s3.4.2 a list is a ListResponse with its totals as numbers", func(c *client) {
			c.user(`"userName":"a"`)
			c.user(`"userName":"b"`)
			c.get("/Users").is(http.StatusOK).has("schemas", `["`+listResponse+`"]`).
				has("totalResults", `2`).has("startIndex", `1`).has("itemsPerPage", `2`).has("Resources/0/meta/resourceType", `"User"`).lacks("Resources/2")
		}},
		{"RFC 7644 s3.4.2 no match is 200 with a total of 0", func(c *client) {
			c.user(`"userName":"bjensen"`)
			c.get("/Users", "filter", `userName eq "nobody"`).is(http.StatusOK).has("totalResults", `0`).has("Resources", `[]`)
			c.get("/Groups").is(http.StatusOK).has("totalResults", `0`).has("Resources", `[]`)
		}},
		{"RFC 7644 s3.4.2 resources in a list are those that a GET gives", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.group("Tour Guides", u)
			c.get("/Users").has("Resources/0", c.get(u.path()).text)
			c.get("/Groups").has("Resources/0", c.get(c.path("/Groups")).text)
		}},
		{"RFC 7644 s3.4.2 a disabled user is listed", func(c *client) {
			c.user(`"userName":"bjensen","active":false`)
			c.get("/Users").lists("bjensen")
		}},
	})
}

// path returns where the first resource of a list is.
func (c *client) path(list string) string {
	c.t.Helper()
	return list + "/" + c.get(list).string("Resources/0/id")
}
