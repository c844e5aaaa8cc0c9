package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// fullUser has every attribute that a client may write, in the manner of RFC 7643 sections 8.2 and
// 8.3.
const fullUser = `{
  "schemas": ["` + coreUser + `", "` + enterprise + `"],
  "externalId": "701984", "userName": "bjensen@example.com",
  "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III"},
  "displayName": "Babs Jensen", "nickName": "Babs", "profileUrl": "https://login.example.com/bjensen",
  "emails": [{"value": "bjensen@example.com", "type": "work", "primary": true}, {"value": "babs@example.org", "type": "home", "display": "Babs"}],
  "addresses": [{"type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood", "region": "CA", "postalCode": "91608", "country": "US", "formatted": "100 Universal City Plaza\nHollywood, CA 91608 US", "primary": true}],
  "phoneNumbers": [{"value": "555-555-5555", "type": "work"}, {"value": "555-555-4444", "type": "mobile"}],
  "ims": [{"value": "someaimhandle", "type": "aim"}],
  "photos": [{"value": "https://photos.example.com/profilephoto/F", "type": "photo"}, {"value": "https://photos.example.com/profilephoto/T", "type": "thumbnail"}],
  "entitlements": [{"value": "seat", "primary": true}], "roles": [{"value": "guide", "display": "Guide", "type": "crew"}],
  "userType": "Employee", "title": "Tour Guide", "preferredLanguage": "en-US", "locale": "en-US", "timezone": "America/Los_Angeles", "active": true,
  "x509Certificates": [{"value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTjELMAkGA1UE"}],
  "` + enterprise + `": {"employeeNumber": "701984", "costCenter": "4130", "organization": "Universal Studios", "division": "Theme Park", "department": "Tour Operations", "manager": {"value": "26118915-6090-4610-87e4-49d8ca9f808d", "$ref": "../Users/26118915-6090-4610-87e4-49d8ca9f808d"}}
}`

func TestUser(t *testing.T) {
	prove(t, []rule{
		{"RFC 7643 s4.1 every attribute of a User is kept and returned as it was sent", func(c *client) {
			sent, _ := decoded(c.t, fullUser).(map[string]any)
			created := c.post("/Users", fullUser).is(http.StatusCreated)
			for _, a := range []answer{created, c.get(created.path()).is(http.StatusOK)} {
				for name := range sent {
					if name != "schemas" {
						a.has(name, marshalled(c.t, sent[name]))
					}
				}
			}
		}},
		{"RFC 7643 s4.1.1 userName is required and not empty", func(c *client) {
			for _, members := range []string{`"title":"Guide"`, `"userName":""`, `"userName":null`} {
				c.post("/Users", user(members)).refused(http.StatusBadRequest, "invalidValue")
			}
		}},
		{"RFC 7643 s4.1.1 userName is unique, in any case of letters", func(c *client) {
			c.user(`"userName":"bjensen@example.com"`)
			c.post("/Users", user(`"userName":"BJensen@Example.com"`)).refused(http.StatusConflict, "uniqueness")
		}},
		{"RFC 7643 s4.1.1 userName is returned as it was written", func(c *client) {
			u := c.user(`"userName":"BJensen"`).has("userName", `"BJensen"`)
			c.get("/Users", "filter", `userName eq "bjensen"`).lists("BJensen").has("Resources/0/id", fmt.Sprintf("%q", u.id()))
		}},
		{"RFC 7644 s5 userNames are compared as PRECIS prepares them", func(c *client) {
			c.user(`"userName":"andré"`)
			c.post("/Users", user(`"userName":"andre\u0301"`)).refused(http.StatusConflict, "uniqueness")
			c.post("/Users", user(`"userName":"ANDRÉ"`)).refused(http.StatusConflict, "uniqueness")
			c.post("/Users", user(`"userName":"ａndré"`)).refused(http.StatusConflict, "uniqueness")
		}},
		{"RFC 7643 s4.1.1 active says whether the account is in use", func(c *client) {
			u := c.user(`"userName":"bjensen","active":false`).has("active", `false`)
			c.patch(u.path(), `{"op":"replace","path":"active","value":true}`).is(http.StatusOK).has("active", `true`)
			c.user(`"userName":"jsmith"`).has("active", `true`)
		}},
		{"RFC 7643 s4.1.1 the password is accepted and never returned", func(c *client) {
			u := c.user(`"userName":"bjensen","password":"t1meMa$heen"`)
			for _, a := range []answer{
				u,
				c.get(u.path()),
				c.get(u.path(), "attributes", "password,userName"),
				c.get("/Users", "attributes", "password"),
				c.patch(u.path(), `{"op":"replace","path":"password","value":"t1meMa$heen2"}`),
				c.put(u.path(), user(`"userName":"bjensen","password":"t1meMa$heen3"`)),
			} {
				if strings.Contains(a.text, "assword") || strings.Contains(a.text, "t1meMa") {
					c.t.Errorf("%s tells the password\n%s", a.asked, a.text)
				}
			}
		}},
		{"RFC 7643 s4.1.2 groups shows the direct memberships", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			g := c.group("Tour Guides", u)
			c.get(u.path()).is(http.StatusOK).has("groups", fmt.Sprintf(`[{"value":%q,"$ref":%q,"display":"Tour Guides","type":"direct"}]`, g.id(), c.Base+g.path()))
		}},
		{"RFC 7643 s4.1.2 groups of a client is ignored in POST and PUT", func(c *client) {
			g := c.group("Tour Guides")
			members := fmt.Sprintf(`"userName":"bjensen","groups":[{"value":%q}]`, g.id())
			u := c.user(members)
			c.put(u.path(), user(members)).is(http.StatusOK)
			c.get(u.path()).lacks("groups")
			c.get(g.path()).lacks("members")
		}},
		{"RFC 7643 s4.1.2 groups cannot be changed by PATCH", func(c *client) {
			u, g := c.user(`"userName":"bjensen"`), c.group("Tour Guides")
			c.patch(u.path(), fmt.Sprintf(`{"op":"add","path":"groups","value":[{"value":%q}]}`, g.id())).refused(http.StatusBadRequest, "mutability")
		}},
		{"RFC 7643 s4.3 the attributes of the enterprise extension are kept", func(c *client) {
			c.post("/Users", fullUser).is(http.StatusCreated).
				has(enterprise+"/manager/value", `"26118915-6090-4610-87e4-49d8ca9f808d"`).has(enterprise+"/costCenter", `"4130"`)
		}},
		{"RFC 7643 s4.3 displayName of the manager is read-only", func(c *client) {
			u := c.post("/Users", `{"schemas":["`+coreUser+`","`+enterprise+`"],"userName":"bjensen","`+enterprise+`":{"manager":{"value":"7","displayName":"Somebody"}}}`).
				is(http.StatusCreated).has(enterprise+"/manager/value", `"7"`).lacks(enterprise + "/manager/displayName")
			c.patch(u.path(), `{"op":"replace","path":"`+enterprise+`:manager.displayName","value":"Somebody"}`).refused(http.StatusBadRequest, "mutability")
		}},
	})
}

func TestGroup(t *testing.T) {
	prove(t, []rule{
		{"RFC 7643 s4.2 displayName is required", func(c *client) {
			c.post("/Groups", group(`"members":[]`)).refused(http.StatusBadRequest, "invalidValue")
			c.post("/Groups", group(`"displayName":""`)).refused(http.StatusBadRequest, "invalidValue")
		}},
		{"RFC 7643 s4.2 members have value, $ref, type and display", func(c *client) {
			u := c.user(`"userName":"bjensen","displayName":"Babs"`)
			g := c.group("Tour Guides", u)
			want := fmt.Sprintf(`[{"value":%q,"$ref":%q,"type":"User","display":"Babs"}]`, u.id(), c.Base+u.path())
			g.has("members", want)
			c.get(g.path()).is(http.StatusOK).has("members", want)
			c.get("/Groups").is(http.StatusOK).has("Resources/0/members", want)
			c.post("/Groups/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"displayName eq \"Tour Guides\""}`).
				is(http.StatusOK).has("Resources/0/members", want)
			c.put(g.path(), group(fmt.Sprintf(`"displayName":"Guides","members":[{"value":%q}]`, u.id()))).is(http.StatusOK).has("members", want)
		}},
		{"RFC 7643 s4.2 display of a member is the user's name, whatever a client writes", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			g := c.post("/Groups", group(fmt.Sprintf(`"displayName":"g","members":[{"value":%q,"display":"Somebody"}]`, u.id()))).
				is(http.StatusCreated).has("members/0/display", `"bjensen"`)
			c.patch(g.path(), fmt.Sprintf(`{"op":"add","path":"members","value":[{"value":%q,"display":"Somebody"}]}`, u.id())).is(http.StatusNoContent)
			c.patch(g.path(), fmt.Sprintf(`{"op":"replace","path":"members[value eq \"%s\"].display","value":"Somebody"}`, u.id())).refused(http.StatusBadRequest, "mutability")
			c.patch(u.path(), `{"op":"add","path":"displayName","value":"Babs"}`).is(http.StatusOK)
			c.get(g.path()).is(http.StatusOK).has("members/0/display", `"Babs"`)
		}},
		{"RFC 7644 s3.9 display of a member is left out where nobody asks for it", func(c *client) {
			g := c.group("g", c.user(`"userName":"bjensen"`))
			c.get(g.path(), "attributes", "members.value").is(http.StatusOK).holds("members/0/value").lacks("members/0/display")
			c.get(g.path(), "excludedAttributes", "members.display").is(http.StatusOK).holds("members/0/value").lacks("members/0/display")
			c.get(g.path(), "attributes", "members.display").is(http.StatusOK).has("members/0/display", `"bjensen"`)
		}},
		{"RFC 7643 s4.2 a group without members has no such attribute", func(c *client) {
			c.group("Tour Guides").lacks("members")
		}},
		{"RFC 7643 s4.2 a member stands once in a group", func(c *client) {
			u := c.user(`"userName":"bjensen"`)
			c.group("Tour Guides", u, u).has("members/0/value", fmt.Sprintf("%q", u.id())).lacks("members/1")
		}},
		{"RFC 7643 s4.2 displayName that the schema calls unique is unique", func(c *client) {
			c.group("Tour Guides")
			c.post("/Groups", group(`"displayName":"tour guides"`)).refused(http.StatusConflict, "uniqueness")
		}},
	})
}
