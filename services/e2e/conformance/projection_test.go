package conformance

import (
	"net/http"
	"strings"
	"testing"
)

func TestProjection(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.9 attributes names what is returned", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.get(u.path(), "attributes", "title,nickName").is(http.StatusOK).
				has("title", `"Tour Guide"`).has("nickName", `"Babs"`).lacks("userName", "name", "emails", "meta", "active", enterprise)
		}},
		{"RFC 7643 s7 what is always returned is returned with attributes", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide"`)
			c.get(u.path(), "attributes", "title").holds("id", "schemas")
		}},
		{"RFC 7643 s7 what is always returned cannot be excluded", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.get(u.path(), "excludedAttributes", "id,schemas,userName").is(http.StatusOK).holds("id", "schemas").lacks("userName")
		}},
		{"RFC 7644 s3.9 excludedAttributes names what is left out", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.get(u.path(), "excludedAttributes", "emails,name").is(http.StatusOK).lacks("emails", "name").holds("userName", "title", "meta", enterprise)
		}},
		{"RFC 7644 s3.9 members of a group can be excluded", func(c *client) {
			g := c.group("Tour Guides", c.user(`"userName":"bjensen"`))
			c.get(g.path(), "excludedAttributes", "members").is(http.StatusOK).lacks("members").holds("displayName")
			c.get("/Groups", "excludedAttributes", "members").lists("Tour Guides").lacks("Resources/0/members")
		}},
		{"RFC 7644 s3.10 a sub-attribute in dotted notation", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.get(u.path(), "attributes", "name.givenName,emails.value,meta.version").is(http.StatusOK).has("name", `{"givenName":"Barbara"}`).
				has("emails", `[{"value":"bjensen@example.com"},{"value":"babs@example.org"}]`).has("meta", `{"version":"W/\"1\""}`)
			c.get(u.path(), "excludedAttributes", "name.givenName").is(http.StatusOK).lacks("name/givenName").holds("name/familyName")
		}},
		{"RFC 7644 s3.10 attributes with their URN", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.get(u.path(), "attributes", coreUser+":title,"+enterprise+":department").is(http.StatusOK).
				has("title", `"Tour Guide"`).has(enterprise, `{"department":"Tour Operations"}`).lacks("userName")
		}},
		{"RFC 7644 s3.10 an extension as a whole by its URN", func(c *client) {
			u := c.post("/Users", fullUser).is(http.StatusCreated)
			c.get(u.path(), "attributes", enterprise).is(http.StatusOK).holds(enterprise+"/department", enterprise+"/manager/value").lacks("title")
			c.get(u.path(), "excludedAttributes", enterprise).is(http.StatusOK).lacks(enterprise).holds("title")
		}},
		{"RFC 7644 s3.10 names are case insensitive", func(c *client) {
			u := c.user(`"userName":"bjensen","title":"Guide"`)
			c.get(u.path(), "attributes", "TITLE").has("title", `"Guide"`).lacks("userName")
		}},
		{"RFC 7644 s3.9 an attribute that is never returned is not returned when it is asked for", func(c *client) {
			u := c.user(`"userName":"bjensen","password":"t1meMa$heen"`)
			c.get(u.path(), "attributes", "password").is(http.StatusOK).lacks("password").holds("id")
		}},
		{"RFC 7644 s3.4.2.5 a list shows the attributes that were asked for", func(c *client) {
			c.user(`"userName":"bjensen","title":"Guide"`)
			c.get("/Users", "attributes", "userName").lists("bjensen").holds("Resources/0/id").lacks("Resources/0/title", "Resources/0/meta")
			c.get("/Users", "excludedAttributes", "title").lists("bjensen").holds("Resources/0/meta").lacks("Resources/0/title")
		}},
		{"RFC 7644 s3.9 groups and members can be asked for, in part too", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			g := c.group("Tour Guides", u)
			c.get(u.path(), "attributes", "groups").is(http.StatusOK).has("groups/0/display", `"Tour Guides"`).lacks("userName")
			c.get(u.path(), "attributes", "groups.value").is(http.StatusOK).has("groups", `[{"value":"`+g.id()+`"}]`)
			c.get("/Groups", "attributes", "members.value").is(http.StatusOK).has("Resources/0/members", `[{"value":"`+u.id()+`"}]`)
		}},
		{"RFC 7644 s3.9 the two parameters exclude each other", func(c *client) {
			c.get("/Users", "attributes", "userName", "excludedAttributes", "title").refused(http.StatusBadRequest, "invalidValue")
		}},
		{"RFC 7644 s3.9 unassigned attributes are not returned when they are asked for", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.get(u.path(), "attributes", "title,name").is(http.StatusOK).lacks("title", "name")
		}},
	})
}

func TestSearch(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.4.3 a search of one resource type", func(c *client) {
			c.user(`"userName":"bjensen","title":"Guide"`)
			c.user(`"userName":"jsmith"`)
			c.group("Tour Guides")
			c.post("/Users/.search", message(searchRequest, `"filter":"userName sw \"b\""`)).lists("bjensen").has("totalResults", `1`)
			c.post("/Groups/.search", message(searchRequest, `"filter":"displayName pr"`)).lists("Tour Guides")
		}},
		{"RFC 7644 s3.4.3 a search takes every parameter of a query", func(c *client) {
			for _, name := range []string{"a", "b", "c", "d"} {
				c.user(`"userName":"` + name + `","title":"Guide"`)
			}
			c.post("/Users/.search", message(searchRequest, `"filter":"title pr","sortBy":"userName","sortOrder":"descending","startIndex":2,"count":2,"attributes":["userName"]`)).
				lists("c b").has("totalResults", `4`).has("startIndex", `2`).has("itemsPerPage", `2`).holds("Resources/0/id").lacks("Resources/0/title")
			c.post("/Users/.search", message(searchRequest, `"excludedAttributes":["title","meta"],"count":1`)).is(http.StatusOK).
				has("itemsPerPage", `1`).lacks("Resources/0/title", "Resources/0/meta")
		}},
		{"RFC 7644 s3.4.2.1 a search at the root is one of all resource types", func(c *client) {
			c.user(`"userName":"bjensen"`)
			c.group("Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"meta.created gt \"2011-05-13T04:42:34Z\""`)).lists("bjensen Tour Guides").has("totalResults", `2`)
			c.post("/.search", message(searchRequest, `"count":1`)).has("totalResults", `2`).has("itemsPerPage", `1`)
		}},
		{"RFC 7644 s3.4.2.1 meta.resourceType chooses the resource types", func(c *client) {
			c.user(`"userName":"bjensen"`)
			c.group("Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"meta.resourceType eq \"Group\""`)).lists("Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"(meta.resourceType eq User) or (meta.resourceType eq Group)"`)).lists("bjensen Tour Guides")
		}},
		{"RFC 7644 s3.4.2.1 a comparison of an attribute that a resource type has not is false", func(c *client) {
			c.user(`"userName":"bjensen"`)
			c.group("Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"userName pr"`)).lists("bjensen")
			c.post("/.search", message(searchRequest, `"filter":"displayName eq \"Tour Guides\""`)).lists("Tour Guides")
		}},
		{"RFC 7644 s3.4.2.1 or over attributes of two resource types selects of both", func(c *client) {
			c.users("bjensen", "other").group("Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"userName eq \"bjensen\" or displayName eq \"Tour Guides\""`)).lists("bjensen Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"emails[type eq \"work\"] or displayName pr"`)).lists("Tour Guides")
		}},
		{"RFC 7644 s3.4.2.1 not of an attribute that a resource type has not is true", func(c *client) {
			c.users("bjensen").group("Tour Guides")
			c.post("/.search", message(searchRequest, `"filter":"not (userName pr)"`)).lists("Tour Guides")
		}},
		{"RFC 7644 s3.4.2.1 a sort by an attribute that a resource type has not leaves nothing out", func(c *client) {
			c.users("b", "a").group("Tour Guides")
			c.post("/.search", message(searchRequest, `"sortBy":"userName"`)).lists("a b Tour Guides").has("totalResults", `3`)
			c.post("/.search", message(searchRequest, `"sortBy":"userName","startIndex":2,"count":1`)).lists("b").has("totalResults", `3`)
		}},
		{"RFC 7644 s3.4.2.1 an attribute that no resource type has is refused", func(c *client) {
			c.post("/.search", message(searchRequest, `"filter":"shoeSize pr"`)).refused(http.StatusBadRequest, "invalidFilter")
			c.post("/.search", message(searchRequest, `"sortBy":"shoeSize"`)).refused(http.StatusBadRequest, "invalidPath")
		}},
		{"RFC 7644 s3.4.2.1 a query at the base URL is one of all resource types", func(c *client) {
			c.users("bjensen").group("Tour Guides")
			for _, path := range []string{"", "/"} {
				c.get(path).lists("bjensen Tour Guides").has("totalResults", `2`)
				c.get(path, "filter", `meta.resourceType eq "Group"`).lists("Tour Guides")
				c.get(path, "sortBy", "meta.created", "sortOrder", "descending", "count", "1", "attributes", "displayName").lists("Tour Guides").lacks("Resources/0/meta")
			}
		}},
		{"RFC 7644 s3.4.2.1 pages at the root are cut of one list", func(c *client) {
			c.user(`"userName":"a"`)
			c.user(`"userName":"b"`)
			c.group("g")
			c.group("h")
			for start, want := range map[string]string{"1": "a b", "2": "b g", "3": "g h", "4": "h", "5": ""} {
				c.post("/.search", message(searchRequest, `"count":2,"startIndex":`+start)).lists(want).has("totalResults", `4`)
			}
		}},
		{"RFC 7644 s3.4.3 a search is a POST", func(c *client) {
			c.get("/.search").refused(http.StatusMethodNotAllowed, "").says("Allow", "POST")
		}},
		{"RFC 7644 s3.4.3 a body of another schema is refused", func(c *client) {
			c.post("/Users/.search", message(patchOp, `"filter":"userName pr"`)).is(http.StatusBadRequest)
		}},
		{"RFC 7644 s3.4.3 a parameter of the wrong type is refused", func(c *client) {
			c.post("/Users/.search", message(searchRequest, `"filter":{}`)).is(http.StatusBadRequest)
			c.post("/Users/.search", message(searchRequest, `"count":"many"`)).refused(http.StatusBadRequest, "invalidValue")
		}},
		{"RFC 7644 s3.4.3 a filter that is none is refused", func(c *client) {
			for _, path := range []string{"/Users/.search", "/Groups/.search", "/.search"} {
				c.post(path, message(searchRequest, `"filter":"nope"`)).refused(http.StatusBadRequest, "invalidFilter")
			}
		}},
		{"RFC 7644 s3.4.3 a search answers as the query of the same parameters", func(c *client) {
			c.post("/Users", fullUser).is(http.StatusCreated)
			searched := c.post("/Users/.search", message(searchRequest, `"filter":"title pr"`)).is(http.StatusOK)
			if queried := c.get("/Users", "filter", "title pr").is(http.StatusOK); !strings.EqualFold(queried.text, searched.text) {
				c.t.Errorf("query:\n%s\nsearch:\n%s", queried.text, searched.text)
			}
		}},
	})
}
