package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// filterRule is what a filter must select of the users of filtered: their userNames in the order of
// the alphabet.
type filterRule struct {
	name, filter, selected string
}

func TestFilter(t *testing.T) {
	t.Parallel()
	c, bjensen, group := filtered(t)
	created, err := time.Parse(time.RFC3339, bjensen.string("meta/created"))
	assert.NilError(t, err)
	elsewhere := created.In(time.FixedZone("", 5*3600+1800)).Format(time.RFC3339Nano)
	for _, r := range []filterRule{
		{"RFC 7644 s3.4.2.2 eq on a string", `userName eq "bjensen"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 strings compare without case unless they are caseExact", `userName eq "BJENSEN"`, "bjensen"},
		{"RFC 7643 s3.1 externalId is case exact", `externalId eq "ext-A"`, "bjensen"},
		{"RFC 7643 s3.1 externalId in another case is another", `externalId eq "ext-a"`, ""},
		{"RFC 7644 s3.4.2.2 eq on id", `id eq "` + bjensen.id() + `"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 ne", `userName ne "bjensen"`, "Jdoe adoe jsmith"},
		{"RFC 7644 s3.4.2.2 co", `name.familyName co "O'Malley"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 co is a substring anywhere", `userName co "jens"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 sw", `userName sw "J"`, "Jdoe jsmith"},
		{"RFC 7644 s3.4.2.2 ew", `userName ew "DOE"`, "Jdoe adoe"},
		{"RFC 7644 s3.4.2.2 substrings are no patterns", `userName co ".*"`, ""},
		{"RFC 7644 s3.4.2.2 pr", `title pr`, "Jdoe bjensen"},
		{"RFC 7644 s3.4.2.2 pr on a complex attribute is a sub-attribute's", `name pr`, "bjensen jsmith"},
		{"RFC 7644 s3.4.2.2 pr on a multi-valued attribute", `emails pr`, "Jdoe bjensen jsmith"},
		{"RFC 7644 s3.4.2.2 gt on a string is lexicographical", `userName gt "bjensen"`, "Jdoe jsmith"},
		{"RFC 7644 s3.4.2.2 ge on a string", `userName ge "bjensen"`, "Jdoe bjensen jsmith"},
		{"RFC 7644 s3.4.2.2 lt on a string", `userName lt "bjensen"`, "adoe"},
		{"RFC 7644 s3.4.2.2 le on a string", `userName le "bjensen"`, "adoe bjensen"},
		{"RFC 7644 s3.4.2.2 eq true on a boolean", `active eq true`, "Jdoe adoe bjensen"},
		{"RFC 7644 s3.4.2.2 eq false on a boolean", `active eq false`, "jsmith"},
		{"RFC 7644 s3.4.2.2 ne on a boolean", `active ne true`, "jsmith"},
		{"RFC 7644 s3.4.2.2 gt on a date-time is chronological", `meta.lastModified gt "2011-05-13T04:42:34Z"`, "Jdoe adoe bjensen jsmith"},
		{"RFC 7644 s3.4.2.2 ge on a date-time", `meta.created ge "2011-05-13T04:42:34Z"`, "Jdoe adoe bjensen jsmith"},
		{"RFC 7644 s3.4.2.2 lt on a date-time", `meta.lastModified lt "2011-05-13T04:42:34Z"`, ""},
		{"RFC 7644 s3.4.2.2 le on a date-time", `meta.created le "2011-05-13T04:42:34Z"`, ""},
		{"RFC 7644 s3.4.2.2 date-times are instants in any zone", `userName eq "bjensen" and meta.created eq "` + elsewhere + `"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 an instant in another zone is not greater than itself", `userName eq "bjensen" and meta.created gt "` + elsewhere + `"`, ""},
		{"RFC 7644 s3.4.2.2 eq null is unassigned", `title eq null`, "adoe jsmith"},
		{"RFC 7644 s3.4.2.2 ne null is assigned", `title ne null`, "Jdoe bjensen"},
		{"RFC 7644 s3.4.2.2 and", `title pr and userType eq "Employee"`, "Jdoe bjensen"},
		{"RFC 7644 s3.4.2.2 or", `title pr or userType eq "Intern"`, "Jdoe bjensen jsmith"},
		{"RFC 7644 s3.4.2.2 not", `not (userType eq "Employee")`, "adoe jsmith"},
		{"RFC 7644 s3.4.2.2 and binds closer than or", `userName eq "adoe" or userName eq "bjensen" and title eq "none"`, "adoe"},
		{"RFC 7644 s3.4.2.2 grouping comes before and", `(userName eq "adoe" or userName eq "bjensen") and title pr`, "bjensen"},
		{"RFC 7644 s3.4.2.2 not binds closer than and", `not (userName eq "Jdoe") and title pr`, "bjensen"},
		{"RFC 7644 s3.4.2.2 groups within groups", `((userName eq "adoe") or ((title pr) and (not (userName eq "Jdoe"))))`, "adoe bjensen"},
		{"RFC 7644 s3.4.2.2 a multi-valued complex attribute is compared by its value", `userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")`, "bjensen"},
		{"RFC 7644 s3.4.2.2 a comparison within not", `userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")`, "adoe"},
		{"RFC 7644 s3.4.2.2 one of many values is enough", `emails.value ew "jensen.org"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 a sub-attribute in dotted notation", `userType eq "Employee" and (emails.type eq "work")`, "Jdoe bjensen"},
		{"RFC 7644 s3.4.2.2 a value path holds for one and the same value", `emails[type eq "work" and value co "jensen.org"]`, ""},
		{"RFC 7644 s3.4.2.2 separate comparisons may hold for different values", `emails.type eq "work" and emails.value co "jensen.org"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 a value path with and", `userType eq "Employee" and emails[type eq "work" and value co "@example.com"]`, "bjensen"},
		{"RFC 7644 s3.4.2.2 value paths of two attributes", `emails[type eq "home" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`, "bjensen jsmith"},
		{"RFC 7644 s3.4.2.2 not within a value path", `emails[not (type eq "work")]`, "bjensen jsmith"},
		{"RFC 7644 s3.4.2.2 groups within a value path", `emails[(type eq "work" or type eq "home") and value sw "jsmith"]`, "jsmith"},
		{"RFC 7644 s3.4.2.2 a boolean within a value path", `emails[primary eq true]`, "bjensen"},
		{"RFC 7644 s3.4.2.2 a value path and more", `emails[type eq "work"] and title eq "manager"`, "Jdoe"},
		{"RFC 7644 s3.4.2.2 operators are case insensitive", `userName EQ "adoe" OR NOT (title PR) AND active Eq FALSE`, "adoe jsmith"},
		{"RFC 7644 s3.4.2.2 attribute names are case insensitive", `USERNAME eq "adoe" or Name.FAMILYNAME eq "smith"`, "adoe jsmith"},
		{"RFC 7644 s3.10 an attribute of the core schema with its URN", `urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"`, "Jdoe jsmith"},
		{"RFC 7644 s3.10 a sub-attribute with its URN", coreUser + `:name.givenName eq "Barbara"`, "bjensen"},
		{"RFC 7644 s3.10 an attribute of an extension with its URN", enterprise + `:department eq "Sales"`, "bjensen"},
		{"RFC 7644 s3.10 a sub-attribute of an extension with its URN", enterprise + `:manager.value eq "26118915"`, "bjensen"},
		{"RFC 7644 s3.10 a URN is case insensitive", strings.ToUpper(enterprise) + `:department pr`, "bjensen"},
		{"RFC 7644 s3.4.2.2 strings are JSON strings", `userName eq "bj\u0065nsen" or title eq "a\"b"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 characters beyond ASCII", `nickName eq "björn"`, "adoe"},
		{"RFC 7643 s4.1.2 groups can be searched by the id of a group", `groups.value eq "` + group.id() + `"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 schemas can be searched", `schemas eq "` + enterprise + `"`, "bjensen"},
		{"RFC 7644 s3.4.2.2 every resource has the schema of its type", `schemas pr and schemas eq "` + coreUser + `"`, "Jdoe adoe bjensen jsmith"},
		{"RFC 7643 s3.1 meta.resourceType can be searched", `meta.resourceType eq "User"`, "Jdoe adoe bjensen jsmith"},
		{"RFC 7643 s3.1 meta.version can be searched", `userName eq "bjensen" and meta.version eq "W/\"1\""`, "bjensen"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := c.in(t)
			names := strings.Fields(c.get("/Users", "filter", r.filter).names())
			slices.Sort(names)
			if got := strings.Join(names, " "); got != r.selected {
				t.Errorf("%s selects %q, want %q", r.filter, got, r.selected)
			}
		})
	}
}

// filtered is an organisation of four users, and a group of one.
func filtered(t *testing.T) (c *client, bjensen, guides answer) {
	t.Helper()
	c = newClient(t)
	bjensen = c.post("/Users", `{"schemas":["`+coreUser+`","`+enterprise+`"],"userName":"bjensen","externalId":"ext-A",
		"name":{"formatted":"Ms. Barbara O'Malley","familyName":"O'Malley","givenName":"Barbara"},"title":"Tour Guide","userType":"Employee",
		"emails":[{"value":"babs@jensen.org","type":"home"},{"value":"bjensen@example.com","type":"work","primary":true}],
		"ims":[{"type":"xmpp","value":"bjensen@foo.com"}],
		"`+enterprise+`":{"department":"Sales","employeeNumber":"701984","manager":{"value":"26118915"}}}`).is(http.StatusCreated)
	c.user(`"userName":"jsmith","externalId":"EXT-a","name":{"familyName":"Smith","givenName":"John"},"userType":"Intern","active":false,
		"emails":[{"value":"jsmith@example.com","type":"home"}]`)
	c.user(`"userName":"Jdoe","externalId":"ext-C","title":"Manager","userType":"Employee","emails":[{"value":"jdoe@other.org","type":"work"}]`)
	c.user(`"userName":"adoe","userType":"Contractor","nickName":"Björn"`)
	return c, bjensen, c.group("Tour Guides", bjensen)
}

func TestFilterErrors(t *testing.T) {
	t.Parallel()
	c := newClient(t)
	c.user(`"userName":"bjensen","active":true`)
	for _, r := range []struct{ name, filter string }{
		{"RFC 7644 s3.4.2.2 an attribute alone is no filter", `userName`},
		{"RFC 7644 s3.4.2.2 an operator needs a value", `userName eq`},
		{"RFC 7644 s3.4.2.2 an unknown operator is refused", `userName like "bjensen"`},
		{"RFC 7644 s3.4.2.2 a parenthesis must be closed", `(userName eq "bjensen"`},
		{"RFC 7644 s3.4.2.2 a parenthesis must be opened", `userName eq "bjensen")`},
		{"RFC 7644 s3.4.2.2 a bracket must be closed", `emails[type eq "work"`},
		{"RFC 7644 s3.4.2.2 a value path is not empty", `emails[]`},
		{"RFC 7644 s3.4.2.2 and needs a right side", `userName eq "bjensen" and`},
		{"RFC 7644 s3.4.2.2 filters need and or or between them", `userName eq "bjensen" title pr`},
		{"RFC 7644 s3.4.2.2 not needs a group", `not userName eq "bjensen"`},
		{"RFC 7644 s3.4.2.2 a string must be closed", `userName eq "bjensen`},
		{"RFC 7644 s3.4.2.2 an escape must be one of JSON", `userName eq "b\jensen"`},
		{"RFC 7644 s3.4.2.2 an attribute that no schema has is refused", `shoeSize eq "46"`},
		{"RFC 7644 s3.4.2.2 a sub-attribute that the attribute has not is refused", `name.shoeSize eq "46"`},
		{"RFC 7644 s3.4.2.2 a sub-attribute in a value path that the attribute has not is refused", `emails[shoeSize eq "46"]`},
		{"RFC 7644 s3.4.2.2 a boolean has no order", `active gt true`},
		{"RFC 7644 s3.4.2.2 a boolean has no le", `active le false`},
		{"RFC 7644 s3.4.2.2 a boolean has no substring", `active co "t"`},
		{"RFC 7644 s3.4.2.2 a boolean is compared with a boolean", `active eq "maybe"`},
		{"RFC 7644 s3.4.2.2 a binary has no order", `x509Certificates.value gt "AAAA"`},
		{"RFC 7644 s3.4.2.2 a date-time is compared with a date-time", `meta.created gt "yesterday"`},
		{"RFC 7644 s3.4.2.2 a date-time has no substring", `meta.created co "2011"`},
		{"RFC 7644 s3.4.2.2 a complex attribute is compared by its sub-attributes", `name eq "Barbara"`},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := c.in(t)
			c.get("/Users", "filter", r.filter).refused(http.StatusBadRequest, "invalidFilter")
		})
	}
}

func TestFilterOfGroups(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s7.5.2 what is never returned cannot be searched, and has no place in a URL", func(c *client) {
			c.get("/Users", "filter", `password eq "t1meMa$heen"`).refused(http.StatusForbidden, "sensitive")
			c.get("", "filter", `title pr or password pr`).refused(http.StatusForbidden, "sensitive")
			c.post("/Users/.search", message(searchRequest, `"filter":"password pr"`)).refused(http.StatusBadRequest, "invalidFilter")
		}},
		{"RFC 7644 s3.4.2.2 groups by displayName", func(c *client) {
			c.group("Tour Guides")
			c.group("Drivers")
			c.get("/Groups", "filter", `displayName eq "tour guides"`).lists("Tour Guides")
			c.get("/Groups", "filter", `displayName sw "D"`).lists("Drivers")
		}},
		{"RFC 7643 s4.2 members can be searched by their id", func(c *client) {
			a, b := c.user(`"userName":"a"`), c.user(`"userName":"b"`)
			c.group("Both", a, b)
			c.group("One", a)
			for _, filter := range []string{`members.value eq %q`, `members eq %q`, `members[value eq %q]`} {
				c.get("/Groups", "filter", fmt.Sprintf(filter, b.id())).lists("Both")
			}
		}},
		{"RFC 7644 s3.4.2.2 an attribute of another resource type is refused", func(c *client) {
			c.get("/Groups", "filter", `userName eq "bjensen"`).refused(http.StatusBadRequest, "invalidFilter")
		}},
	})
}
