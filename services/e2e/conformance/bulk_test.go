package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestBulk(t *testing.T) {
	prove(t, []rule{
		{"RFC 7644 s3.7 operations are answered with 200 and their outcomes in a BulkResponse", func(c *client) {
			u := c.user(`"userName":"u"`)
			g := c.group("g")
			a := c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Users","bulkId":"q","data":`+user(`"userName":"new"`)+`}`,
				`{"method":"PUT","path":"`+u.path()+`","data":`+user(`"userName":"replaced"`)+`}`,
				`{"method":"PATCH","path":"`+u.path()+`","data":`+patchRequest(`{"op":"add","path":"title","value":"Guide"}`)+`}`,
				`{"method":"DELETE","path":"`+g.path()+`"}`,
			)).is(http.StatusOK).has("schemas", `["`+bulkResponse+`"]`).
				has("Operations/0/method", `"POST"`).has("Operations/0/bulkId", `"q"`).has("Operations/0/status", `"201"`).
				has("Operations/1/method", `"PUT"`).has("Operations/1/status", `"200"`).
				has("Operations/2/method", `"PATCH"`).has("Operations/2/status", `"200"`).
				has("Operations/3/method", `"DELETE"`).has("Operations/3/status", `"204"`).lacks("Operations/4")
			c.get(u.path()).has("userName", `"replaced"`).has("title", `"Guide"`)
			c.get(strings.TrimPrefix(a.string("Operations/0/location"), c.Base)).has("userName", `"new"`)
			c.get(g.path()).is(http.StatusNotFound)
		}},
		{"RFC 7644 s3.7.3 each outcome has the location and the version of its resource", func(c *client) {
			u := c.user(`"userName":"u"`)
			a := c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Groups","bulkId":"q","data":`+group(`"displayName":"g"`)+`}`,
				`{"method":"PATCH","path":"`+u.path()+`","data":`+patchRequest(`{"op":"add","path":"title","value":"Guide"}`)+`}`,
				`{"method":"DELETE","path":"`+u.path()+`"}`,
			)).is(http.StatusOK).has("Operations/1/location", fmt.Sprintf("%q", c.Base+u.path())).has("Operations/1/version", `"W/\"2\""`).
				has("Operations/2/location", fmt.Sprintf("%q", c.Base+u.path()))
			c.get(strings.TrimPrefix(a.string("Operations/0/location"), c.Base)).is(http.StatusOK).
				has("meta/version", fmt.Sprintf("%q", a.string("Operations/0/version"))).has("meta/location", fmt.Sprintf("%q", a.string("Operations/0/location")))
		}},
		{"RFC 7644 s3.7.3 a failed operation has the error as its response, and a failed POST no location", func(c *client) {
			c.user(`"userName":"taken"`)
			u := c.user(`"userName":"u"`)
			c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Users","bulkId":"q","data":`+user(`"userName":"taken"`)+`}`,
				`{"method":"PUT","path":"`+u.path()+`","data":`+user(`"userName":"taken"`)+`}`,
				`{"method":"PATCH","path":"/Users/nobody","data":`+patchRequest(`{"op":"add","path":"title","value":"x"}`)+`}`,
			)).is(http.StatusOK).
				has("Operations/0/status", `"409"`).has("Operations/0/response/schemas", `["`+errorResponse+`"]`).has("Operations/0/response/status", `"409"`).
				has("Operations/0/response/scimType", `"uniqueness"`).holds("Operations/0/response/detail").lacks("Operations/0/location", "Operations/0/version").
				has("Operations/1/status", `"409"`).has("Operations/1/location", fmt.Sprintf("%q", c.Base+u.path())).
				has("Operations/2/status", `"404"`).has("Operations/2/response/status", `"404"`).holds("Operations/2/location")
		}},
		{"RFC 7644 s3.7 without failOnErrors every operation is tried", func(c *client) {
			c.post("/Bulk", bulk(
				`{"method":"DELETE","path":"/Users/nobody"}`, `{"method":"DELETE","path":"/Groups/nothing"}`,
				`{"method":"POST","path":"/Users","bulkId":"q","data":`+user(`"userName":"new"`)+`}`,
			)).is(http.StatusOK).has("Operations/2/status", `"201"`)
		}},
		{"RFC 7644 s3.7 after failOnErrors failures nothing more is tried", func(c *client) {
			operations := `"Operations":[{"method":"DELETE","path":"/Users/nobody"},` +
				`{"method":"POST","path":"/Users","bulkId":"a","data":` + user(`"userName":"a"`) + `},{"method":"DELETE","path":"/Users/nobody"},` +
				`{"method":"POST","path":"/Users","bulkId":"b","data":` + user(`"userName":"b"`) + `}]`
			c.post("/Bulk", message(bulkRequest, `"failOnErrors":1,`+operations)).is(http.StatusOK).has("Operations/0/status", `"404"`).lacks("Operations/1")
			c.post("/Bulk", message(bulkRequest, `"failOnErrors":2,`+operations)).is(http.StatusOK).has("Operations/1/status", `"201"`).has("Operations/2/status", `"404"`).lacks("Operations/3")
			c.get("/Users").lists("a")
		}},
		{"RFC 7644 s3.7 a POST needs a bulkId", func(c *client) {
			c.post("/Bulk", bulk(`{"method":"POST","path":"/Users","data":`+user(`"userName":"new"`)+`}`)).is(http.StatusOK).has("Operations/0/status", `"400"`)
			c.get("/Users").lists("")
		}},
		{"RFC 7644 s3.7 an operation that makes no sense fails alone", func(c *client) {
			a := c.post("/Bulk", bulk(
				`{"method":"GET","path":"/Users"}`, `{"method":"POST","path":"/Robots","bulkId":"r","data":{}}`, `{"method":"PUT","path":"/Users","data":`+user(`"userName":"x"`)+`}`,
				`{"method":"POST","path":"/Users","bulkId":"d"}`, `{"method":"DELETE"}`, `7`,
				`{"method":"POST","path":"/Users","bulkId":"q","data":`+user(`"userName":"new"`)+`}`,
			)).is(http.StatusOK).has("Operations/6/status", `"201"`)
			for i := range 6 {
				if status := a.string(fmt.Sprintf("Operations/%d/status", i)); status[0] != '4' {
					c.t.Errorf("operation %d: status %s\n%s", i, status, a.text)
				}
			}
		}},
		{"RFC 7644 s3.7 a path with a slash at its end is the one without", func(c *client) {
			u := c.user(`"userName":"u"`)
			c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Users/","bulkId":"q","data":`+user(`"userName":"new"`)+`}`, `{"method":"DELETE","path":"`+u.path()+`/"}`,
			)).is(http.StatusOK).has("Operations/0/status", `"201"`).has("Operations/1/status", `"204"`)
		}},
		{"RFC 7644 s3.7.2 a bulkId refers to a resource that was created before", func(c *client) {
			c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Users","bulkId":"qwerty","data":`+user(`"userName":"Alice"`)+`}`,
				`{"method":"POST","path":"/Groups","bulkId":"ytrewq","data":`+group(`"displayName":"Tour Guides","members":[{"type":"User","value":"bulkId:qwerty"}]`)+`}`,
			)).is(http.StatusOK).has("Operations/0/status", `"201"`).has("Operations/1/status", `"201"`)
			c.get("/Groups").has("Resources/0/members/0/value", fmt.Sprintf("%q", c.get("/Users").string("Resources/0/id")))
		}},
		{"RFC 7644 s3.7.2 a bulkId refers to a resource that is created later", func(c *client) {
			c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Groups","bulkId":"ytrewq","data":`+group(`"displayName":"Tour Guides","members":[{"value":"bulkId:qwerty"}]`)+`}`,
				`{"method":"POST","path":"/Users","bulkId":"qwerty","data":`+user(`"userName":"Alice"`)+`}`,
			)).is(http.StatusOK).has("Operations/0/bulkId", `"ytrewq"`).has("Operations/0/status", `"201"`).has("Operations/1/status", `"201"`)
			c.get("/Groups").has("Resources/0/members/0/value", fmt.Sprintf("%q", c.get("/Users").string("Resources/0/id")))
		}},
		{"RFC 7644 s3.7.2 a bulkId in the operations of a PATCH and in a path", func(c *client) {
			g, other := c.group("Tour Guides"), c.group("Guests")
			c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Users","bulkId":"q","data":`+user(`"userName":"Alice"`)+`}`,
				`{"method":"PATCH","path":"`+g.path()+`","data":`+patchRequest(`{"op":"add","path":"members","value":[{"value":"bulkId:q"}]}`)+`}`,
				`{"method":"PATCH","path":"/Users/bulkId:q","data":`+patchRequest(`{"op":"add","path":"title","value":"Guide"}`)+`}`,
				`{"method":"PATCH","path":"`+other.path()+`","data":`+patchRequest(`{"op":"add","path":"members","value":[{"value":"bulkId:q"}]}`, `{"op":"remove","path":"members[value eq \"bulkId:q\"]"}`)+`}`,
				`{"method":"PATCH","path":"`+other.path()+`","data":`+patchRequest(`{"op":"remove","path":"members[value eq \"bulkId:nothing\"]"}`)+`}`,
			)).is(http.StatusOK).has("Operations/1/status", `"200"`).has("Operations/2/status", `"200"`).
				has("Operations/3/status", `"200"`).has("Operations/4/status", `"409"`)
			c.get(other.path()).lacks("members")
			alice := c.get("/Users").has("Resources/0/title", `"Guide"`)
			c.get(g.path()).has("members/0/value", fmt.Sprintf("%q", alice.string("Resources/0/id")))
		}},
		{"RFC 7644 s3.7.1 a circular reference is resolved", func(c *client) {
			managed := func(name, manager string) string {
				return `{"schemas":["` + coreUser + `","` + enterprise + `"],"userName":"` + name + `","` + enterprise + `":{"manager":{"value":"bulkId:` + manager + `"}}}`
			}
			c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Users","bulkId":"a","data":`+managed("a", "b")+`}`,
				`{"method":"POST","path":"/Users","bulkId":"b","data":`+managed("b", "a")+`}`,
			)).is(http.StatusOK).has("Operations/0/status", `"201"`).has("Operations/1/status", `"201"`)
			a, b := c.get("/Users", "filter", `userName eq "a"`), c.get("/Users", "filter", `userName eq "b"`)
			a.has("Resources/0/"+enterprise+"/manager/value", fmt.Sprintf("%q", b.string("Resources/0/id")))
			b.has("Resources/0/"+enterprise+"/manager/value", fmt.Sprintf("%q", a.string("Resources/0/id")))
		}},
		{"RFC 7644 s3.7.2 a reference to nothing fails alone", func(c *client) {
			c.user(`"userName":"taken"`)
			c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Groups","bulkId":"g","data":`+group(`"displayName":"g","members":[{"value":"bulkId:nothing"}]`)+`}`,
				`{"method":"POST","path":"/Groups","bulkId":"h","data":`+group(`"displayName":"h","members":[{"value":"bulkId:failed"}]`)+`}`,
				`{"method":"POST","path":"/Users","bulkId":"failed","data":`+user(`"userName":"taken"`)+`}`,
				`{"method":"POST","path":"/Users","bulkId":"q","data":`+user(`"userName":"new"`)+`}`,
			)).is(http.StatusOK).has("Operations/0/status", `"409"`).has("Operations/1/status", `"409"`).has("Operations/2/status", `"409"`).has("Operations/3/status", `"201"`)
			c.get("/Groups").lists("")
		}},
		{"RFC 7644 s3.7 a bulkId stands for one operation", func(c *client) {
			c.post("/Bulk", bulk(
				`{"method":"POST","path":"/Users","bulkId":"q","data":`+user(`"userName":"a"`)+`}`,
				`{"method":"POST","path":"/Users","bulkId":"q","data":`+user(`"userName":"b"`)+`}`,
			)).is(http.StatusOK).has("Operations/0/status", `"201"`).has("Operations/1/status", `"400"`)
		}},
		{"RFC 7644 s3.14 the version of an operation is a precondition", func(c *client) {
			u := c.user(`"userName":"u"`)
			op := `{"method":"PUT","path":"` + u.path() + `","version":"W/\"%d\"","data":` + user(`"userName":"u","title":"x"`) + `}`
			c.post("/Bulk", bulk(fmt.Sprintf(op, 7), fmt.Sprintf(op, 1))).is(http.StatusOK).
				has("Operations/0/status", `"412"`).has("Operations/1/status", `"200"`).has("Operations/1/version", `"W/\"2\""`)
		}},
		{"RFC 7644 s3.7.4 more than maxOperations is refused with 413 that names the limit", func(c *client) {
			most, _ := c.get("/ServiceProviderConfig").at("bulk/maxOperations").(float64)
			operations := strings.Repeat(`{"method":"DELETE","path":"/Users/nobody"},`, int(most)) + `{"method":"DELETE","path":"/Users/nobody"}`
			a := c.post("/Bulk", bulk(operations)).refused(http.StatusRequestEntityTooLarge, "")
			if !strings.Contains(a.string("detail"), fmt.Sprint(int(most))) {
				c.t.Errorf("the detail does not tell that %d are allowed\n%s", int(most), a.text)
			}
		}},
		{"RFC 7644 s3.7.4 more than maxPayloadSize is refused with 413 that names the limit", func(c *client) {
			most, _ := c.get("/ServiceProviderConfig").at("bulk/maxPayloadSize").(float64)
			a := c.post("/Bulk", bulk(`{"method":"DELETE","path":"/Users/`+strings.Repeat("a", int(most))+`"}`)).refused(http.StatusRequestEntityTooLarge, "")
			if !strings.Contains(a.string("detail"), fmt.Sprint(int(most))) {
				c.t.Errorf("the detail does not tell that %d are allowed\n%s", int(most), a.text)
			}
		}},
		{"RFC 7644 s3.7 a body that is no BulkRequest is refused", func(c *client) {
			c.post("/Bulk", message(patchOp, `"Operations":[]`)).is(http.StatusBadRequest)
			c.post("/Bulk", message(bulkRequest, `"Operations":{}`)).refused(http.StatusBadRequest, "invalidSyntax")
			c.post("/Bulk", message(bulkRequest, `"x":1`)).refused(http.StatusBadRequest, "invalidSyntax")
			c.post("/Bulk", message(bulkRequest, `"failOnErrors":"many","Operations":[]`)).is(http.StatusBadRequest)
			c.post("/Bulk", `{`).refused(http.StatusBadRequest, "invalidSyntax")
		}},
	})
}
