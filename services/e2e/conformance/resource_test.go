package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestResource(t *testing.T) {
	prove(t, []rule{
		{"RFC 7643 s2.1 attribute names are case insensitive", func(c *client) {
			c.post("/Users", `{"SCHEMAS":["`+coreUser+`"],"USERNAME":"bjensen","Name":{"GIVENNAME":"Barbara"}}`).is(http.StatusCreated).
				has("userName", `"bjensen"`).has("name/givenName", `"Barbara"`).lacks("USERNAME", "Name")
		}},
		{"RFC 7643 s2.3 a value of the wrong type is refused", func(c *client) {
			for _, members := range []string{
				`"title":5`, `"title":{"value":"Guide","lang":"en"}`, `"active":"maybe"`, `"active":1`, `"name":"Barbara"`, `"emails":[{"value":true}]`,
				`"x509Certificates":[{"value":"no base64!"}]`,
			} {
				c.post("/Users", user(`"userName":"bjensen",`+members)).refused(http.StatusBadRequest, "invalidValue")
			}
			c.get("/Users").lists("")
		}},
		{"RFC 7643 s2.3.1 a string is kept as it was sent", func(c *client) {
			c.user(`"userName":"bjensen","title":"  Führung \"A\" \\ \u65e5\u672c 🙂 "`).has("title", `"  Führung \"A\" \\ 日本 🙂 "`)
		}},
		{"RFC 7643 s2.3.6 binary values are base64", func(c *client) {
			c.user(`"userName":"bjensen","x509Certificates":[{"value":"MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UE"}]`).
				has("x509Certificates/0/value", `"MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UE"`)
		}},
		{"RFC 7643 s2.3.8 a complex attribute has sub-attributes", func(c *client) {
			c.user(`"userName":"bjensen","name":{"givenName":"Barbara","familyName":"Jensen"}`).
				has("name", `{"givenName":"Barbara","familyName":"Jensen"}`)
		}},
		{"RFC 7643 s2.4 a multi-valued attribute has one primary at most", func(c *client) {
			u := c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","primary":true},{"value":"b@example.com","primary":true}]`)
			if n := strings.Count(u.text, `"primary":true`); n != 1 {
				c.t.Errorf("%d elements are primary\n%s", n, u.text)
			}
		}},
		{"RFC 7643 s2.4 no combination of type and value comes twice", func(c *client) {
			c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"},{"value":"a@example.com","type":"work"}]`).
				has("emails", `[{"value":"a@example.com","type":"work"}]`)
		}},
		{"RFC 7643 s2.4 values that differ in type alone are two", func(c *client) {
			c.user(`"userName":"bjensen","emails":[{"value":"a@example.com","type":"work"},{"value":"a@example.com","type":"home"}]`).
				has("emails/0/type", `"work"`).has("emails/1/type", `"home"`)
		}},
		{"RFC 7643 s2.5 null and an empty list leave an attribute unassigned", func(c *client) {
			u := c.user(`"userName":"bjensen","title":null,"emails":[],"name":null,"phoneNumbers":null`)
			u.lacks("title", "emails", "name", "phoneNumbers")
			if strings.Contains(u.text, "null") || strings.Contains(u.text, "[]") {
				c.t.Errorf("unassigned attributes are shown\n%s", u.text)
			}
		}},
		{"RFC 7643 s2.5 null in a PUT takes the value away", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide","emails":[{"value":"a@example.com"}]`)
			c.put(u.path(), user(`"userName":"bjensen","title":null,"emails":[]`)).is(http.StatusOK).lacks("title", "emails")
		}},
		{"RFC 7643 s3 schemas names the schemas of the attributes that are there", func(c *client) {
			plain := c.user(`"userName":"plain"`)
			extended := c.post("/Users", `{"schemas":["`+coreUser+`","`+enterprise+`"],"userName":"extended","`+enterprise+`":{"department":"Sales"}}`).is(http.StatusCreated)
			if strings.Contains(plain.text, enterprise) || strings.Count(extended.text, `"`+enterprise+`"`) != 2 {
				c.t.Errorf("without:\n%s\nwith:\n%s", plain.text, extended.text)
			}
		}},
		{"RFC 7643 s3 schemas holds no value twice", func(c *client) {
			u := c.post("/Users", `{"schemas":["`+coreUser+`","`+coreUser+`"],"userName":"bjensen"}`).is(http.StatusCreated)
			if strings.Count(u.text, `"`+coreUser+`"`) != 1 {
				c.t.Errorf("%s stands there twice\n%s", coreUser, u.text)
			}
		}},
		{"RFC 7643 s3 schemas of another kind of resource is refused", func(c *client) {
			c.post("/Users", group(`"userName":"bjensen"`)).refused(http.StatusBadRequest, "invalidValue")
			c.post("/Groups", user(`"displayName":"Tour Guides"`)).refused(http.StatusBadRequest, "invalidValue")
		}},
		{"RFC 7643 s3 schemas that is no list of strings is refused", func(c *client) {
			c.post("/Users", `{"schemas":{"urn":"`+coreUser+`"},"userName":"bjensen"}`).refused(http.StatusBadRequest, "invalidSyntax")
			c.post("/Users", `{"schemas":[7],"userName":"bjensen"}`).refused(http.StatusBadRequest, "invalidSyntax")
		}},
		{"RFC 7643 s3.1 id is the service's, whatever the client says", func(c *client) {
			u := c.user(`"userName":"bjensen","id":"mine"`)
			if u.id() == "mine" || strings.Contains(u.id(), "bulkId") {
				c.t.Errorf("the id is %q", u.id())
			}
			c.get("/Users/mine").refused(http.StatusNotFound, "")
		}},
		{"RFC 7643 s3.1 id is unique among all resources and stays", func(c *client) {
			a, b, g := c.user(`"userName":"a"`), c.user(`"userName":"b"`), c.group("g")
			if a.id() == b.id() || a.id() == g.id() || b.id() == g.id() {
				c.t.Errorf("ids are %s, %s and %s", a.id(), b.id(), g.id())
			}
			c.put(a.path(), user(`"userName":"renamed"`)).is(http.StatusOK)
			c.get("/Users/"+a.id()).is(http.StatusOK).has("id", fmt.Sprintf("%q", a.id())).has("userName", `"renamed"`)
		}},
		{"RFC 7643 s3.1 two users may have one externalId", func(c *client) {
			a, b := c.user(`"userName":"a","externalId":"7"`), c.user(`"userName":"b","externalId":"7"`)
			c.get("/Users", "filter", `externalId eq "7"`).lists("a b")
			c.patch(b.path(), `{"op":"replace","path":"externalId","value":"8"}`).is(http.StatusOK)
			c.put(a.path(), user(`"userName":"a","externalId":"8"`)).is(http.StatusOK)
			c.get("/Users", "filter", `externalId eq "8"`).lists("a b")
		}},
		{"RFC 7643 s3.1 externalId is the client's and kept as it is", func(c *client) {
			c.user(`"userName":"bjensen","externalId":"Ext 701984"`).has("externalId", `"Ext 701984"`)
			c.post("/Groups", group(`"displayName":"Tour Guides","externalId":"g-7"`)).is(http.StatusCreated).has("externalId", `"g-7"`)
		}},
		{"RFC 7643 s3.1 meta of a client is ignored", func(c *client) {
			u := c.user(`"userName":"bjensen","meta":{"resourceType":"Robot","created":"2001-01-01T00:00:00Z","version":"W/\"99\"","location":"http://example.com/"}`)
			u.has("meta/resourceType", `"User"`).has("meta/version", `"W/\"1\""`)
			if strings.HasPrefix(u.string("meta/created"), "2001") || strings.HasPrefix(u.string("meta/location"), "http://example.com/") {
				c.t.Errorf("meta is the client's\n%s", u.text)
			}
		}},
		{"RFC 7643 s3.1 meta.resourceType is the name of the resource type", func(c *client) {
			c.user(`"userName":"bjensen"`).has("meta/resourceType", `"User"`)
			c.group("Tour Guides").has("meta/resourceType", `"Group"`)
		}},
		{"RFC 7643 s3.1 created and lastModified are date-times, and one before the first change", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			if created, err := time.Parse(time.RFC3339, u.string("meta/created")); err != nil || time.Since(created).Abs() > time.Hour {
				c.t.Errorf("created %v: %v", created, err)
			}
			u.has("meta/lastModified", fmt.Sprintf("%q", u.string("meta/created")))
		}},
		{"RFC 7643 s3.1 a change moves lastModified and leaves created", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			time.Sleep(2 * time.Millisecond)
			changed := c.patch(u.path(), `{"op":"add","path":"title","value":"Guide"}`).is(http.StatusOK).has("meta/created", fmt.Sprintf("%q", u.string("meta/created")))
			if changed.string("meta/lastModified") <= u.string("meta/lastModified") {
				c.t.Errorf("lastModified did not move\n%s", changed.text)
			}
		}},
		{"RFC 7643 s3.1 meta.location is the URI of the resource", func(c *client) {
			for _, a := range []answer{c.user(`"userName":"bjensen"`), c.group("Tour Guides")} {
				a.has("meta/location", fmt.Sprintf("%q", c.Base+a.path()))
				c.get(a.path()).is(http.StatusOK).has("id", fmt.Sprintf("%q", a.id()))
			}
		}},
		{"RFC 7643 s3.1 meta.location does not follow the Host header", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.send("GET", u.path(), "", "Host", "evil.example.com", "X-Forwarded-Host", "evil.example.com").is(http.StatusOK).has("meta/location", fmt.Sprintf("%q", c.Base+u.path()))
		}},
		{"RFC 7643 s3.3 attributes of an extension stand under its URN", func(c *client) {
			c.post("/Users", `{"schemas":["`+coreUser+`","`+enterprise+`"],"userName":"bjensen","`+enterprise+`":{"department":"Sales","employeeNumber":"7"}}`).
				is(http.StatusCreated).has(enterprise, `{"department":"Sales","employeeNumber":"7"}`).lacks("department")
		}},
	})
}
