package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/terms"
)

// patchOf returns a PATCH body of these operations.
func patchOf(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":` + operations + `}`
}

// caller is an organisation as its identity provider sees it, for one rule.
type caller struct {
	*testing.T
	journey
	harness.Client
	direct string // host and port of the SCIM service, without what stands before it in a wiring
	strict bool
	name   string // belongs to this rule alone
}

// user creates a user and returns its id. more is further members of the body.
func (c caller) user(name, more string) string {
	c.T.Helper()
	schemas := userURN
	for _, urn := range []string{entURN, ownURN} {
		if strings.Contains(more, urn) {
			schemas += `","` + urn
		}
	}
	return c.create("/Users", `{"schemas":["`+schemas+`"],"userName":"`+name+c.name+`@example.com"`+more+`}`)
}

func (c caller) create(path, body string) string {
	c.T.Helper()
	return c.Want(c.T, http.StatusCreated, "POST", path, body).Text("id")
}

// want sends a request whose status may depend on whether the organisation is strict.
func (c caller) want(lenient, strict int, method, path, body string, headers ...string) harness.Answer {
	c.T.Helper()
	if c.strict {
		lenient = strict
	}
	a := c.Want(c.T, lenient, method, path, body, headers...)
	if a.Status >= 400 {
		c.refusal(a)
	}
	return a
}

// refusal asserts that an answer is an error of RFC 7644 section 3.12 that ends with the id of the
// request.
func (c caller) refusal(a harness.Answer) {
	c.T.Helper()
	for member := range a.Object() {
		if !strings.Contains(" schemas status scimType detail ", " "+member+" ") {
			c.T.Errorf("the refusal has a member %q: %s", member, a.Body)
		}
	}
	if id := a.Header.Get("X-Request-Id"); id == "" || !strings.HasSuffix(a.Text("detail"), id+".") {
		c.T.Errorf("the refusal of request %q does not end with the id: %s", id, a.Body)
	}
}

// raw writes a request as it is and returns the status of the answer. Nothing comes after a request
// that is broken off.
func (c caller) raw(request string, brokenOff bool) int {
	c.T.Helper()
	conn, err := net.Dial("tcp", c.direct)
	assert.NilError(c.T, err)
	defer func() { _ = conn.Close() }()
	words := strings.NewReplacer("BASE", terms.SCIMPath, "TOKEN", c.Credential, "\n", "\r\n")
	if _, err := conn.Write([]byte(words.Replace(request))); err != nil {
		c.T.Fatal(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && brokenOff {
		assert.NilError(c.T, tcp.CloseWrite())
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	assert.NilError(c.T, err)
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

// total returns the number of users that a query finds.
func (c caller) total(query string) int {
	c.T.Helper()
	n, _ := c.Want(c.T, http.StatusOK, "GET", "/Users?"+query, nil).Object()["totalResults"].(float64)
	return int(n)
}

// The extension that every organisation of these rules has described.
const (
	ownURN    = "urn:example:scim:schemas:extension:1.0:User"
	ownSchema = `{"id":"` + ownURN + `","name":"Own","attributes":[
	{"name":"floor","type":"integer"},{"name":"weight","type":"decimal"},{"name":"since","type":"dateTime"},{"name":"badge","type":"binary"}]}`
)

// answers are the rules of what is read and answered that one PATCH and its outcome cannot show.
var answers = []struct {
	rule string
	hold func(c caller)
}{
	{"an error has the members of RFC 7644 section 3.12 and no others, and ends with the request's id", func(c caller) {
		c.want(404, 404, "GET", "/Users/01900000-0000-7000-8000-000000000000", "")
		c.want(400, 400, "GET", "/Users?filter=userName", "")
		c.want(400, 400, "POST", "/Users", `{`)
		bulk := c.Want(c.T, 200, "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Users/01900000-0000-7000-8000-000000000000"}]}`)
		if got := marshal(bulk.Object()); strings.Contains(got, "requestId") || strings.Contains(got, "traceId") {
			c.T.Errorf("the operation of a bulk request has more: %s", got)
		}
	}},
	{"a resource is answered with its Location, and 204 has a Content-Type", func(c caller) {
		id := c.user("a", "")
		body := `{"schemas":["` + userURN + `"],"userName":"a` + c.name + `@example.com","title":"Guide"}`
		for _, a := range []harness.Answer{
			c.Want(c.T, 200, "GET", "/Users/"+id, nil),
			c.Want(c.T, 200, "PUT", "/Users/"+id, body),
			c.Want(c.T, 200, "PATCH", "/Users/"+id, patchOf(`[{"op":"replace","path":"title","value":"Host"}]`)),
		} {
			if got := a.Header.Get("Location"); got != c.Base+"/Users/"+id {
				c.T.Errorf("Location is %q", got)
			}
		}
		if got := c.Want(c.T, 204, "DELETE", "/Users/"+id, nil).Header.Get("Content-Type"); got != "application/scim+json; charset=utf-8" {
			c.T.Errorf("the Content-Type of 204 is %q", got)
		}
	}},
	{"a body that is encoded is 415 with Accept-Encoding, and identity is not", func(c caller) {
		body := func(n string) string {
			return `{"schemas":["` + userURN + `"],"userName":"` + n + c.name + `@example.com"}`
		}
		if got := c.want(415, 415, "POST", "/Users", body("a"), "Content-Encoding", "gzip").Header.Get("Accept-Encoding"); got != "identity" {
			c.T.Errorf("Accept-Encoding is %q", got)
		}
		c.want(201, 201, "POST", "/Users", body("b"), "Content-Encoding", "identity")
		c.want(415, 415, "POST", "/Users", body("c"), "Content-Type", "application/scim+json; charset=iso-8859-1")
		c.want(201, 201, "POST", "/Users", body("d"), "Content-Type", "application/scim+json; charset=UTF-8")
		c.want(201, 201, "POST", "/Users", "\ufeff"+body("e"))
	}},
	{"a token that is pasted wrongly, or twice, is 401 with what to paste", func(c caller) {
		for header, says := range map[string]string{"Bearer Bearer " + c.Credential: "twice", `Bearer "` + c.Credential + `"`: "quotation marks"} {
			if a := c.want(401, 401, "GET", "/Users", "", "Authorization", header); !strings.Contains(a.Text("detail"), says) {
				c.T.Errorf("the sentence is %s", a.Body)
			}
		}
		if got := c.raw("GET BASE/Users HTTP/1.1\nHost: localhost\nAuthorization: Bearer TOKEN\nAuthorization: Bearer TOKEN\nConnection: close\n\n", false); got != 401 {
			c.T.Errorf("two Authorization headers are %d, want 401", got)
		}
	}},
	{"a strict organisation is refused nothing that the RFC allows", func(c caller) {
		id := c.user("a", "")
		filter := url.QueryEscape(`userName eq "a` + c.name + `@example.com"`)
		for _, path := range []string{"?filter=", "/?filter="} {
			if got := c.Want(c.T, 200, "GET", path+filter, nil).Object()["totalResults"]; got != 1.0 {
				c.T.Errorf("GET %s finds %v", path, got)
			}
		}
		a := c.want(200, 200, "PATCH", "/Users/"+id, patchOf(`[{"op":"add","path":"emails","value":{"value":"x@example.com","type":"home"}}]`))
		if got := marshal(a.Object()["emails"]); !strings.Contains(got, "x@example.com") {
			c.T.Errorf("the e-mails are %s", got)
		}
	}},
	{"a value that is absent comes first in descending order", func(c caller) {
		bare := c.user("a", "")
		c.user("b", `,"title":"Z`+c.name+`"`)
		list := c.Want(c.T, 200, "GET", "/Users?sortBy=title&sortOrder=descending&count=1&attributes=id&filter="+url.QueryEscape(`userName co "`+c.name+`@"`), nil)
		if got := marshal(list.Object()["Resources"]); !strings.Contains(got, bare) {
			c.T.Errorf("first is %s, want %s", got, bare)
		}
	}},
	{"a path removes as many members as 1,000 ids name", func(c caller) {
		a, b := c.user("a", ""), c.user("b", "")
		g := c.create("/Groups", `{"schemas":["`+groupURN+`"],"displayName":"g`+c.name+`","members":[{"value":"`+a+`"},{"value":"`+b+`"}]}`)
		terms := []string{`value eq \"` + b + `\"`}
		for range 999 {
			terms = append(terms, `value eq \"`+uuid.NewString()+`\"`)
		}
		c.want(204, 204, "PATCH", "/Groups/"+g, patchOf(`[{"op":"remove","path":"members[`+strings.Join(terms, " or ")+`]"}]`))
		if got := members(c.Want(c.T, 200, "GET", "/Groups/"+g, nil).Object()); got != a {
			c.T.Errorf("the members are %s, want %s", got, a)
		}
	}},
	{"Operations as one object, and the value of an operation without path as a list of one, are corrected", func(c caller) {
		id := c.user("a", "")
		c.want(200, 400, "PATCH", "/Users/"+id, patchOf(`{"op":"replace","path":"active","value":false}`))
		if is := c.Want(c.T, 200, "GET", "/Users/"+id, nil).Object()["active"]; is != c.strict {
			c.T.Errorf("active is %v", is)
		}
		c.want(200, 400, "PATCH", "/Users/"+id, patchOf(`[{"op":"replace","value":[{"title":"Guide"}]}]`))
	}},
	{"an extension's URN with a dot names the attribute in attributes", func(c caller) {
		id := c.user("a", `,"`+entURN+`":{"employeeNumber":"7"}`)
		a := c.want(200, 400, "GET", "/Users/"+id+"?attributes="+entURN+".employeeNumber", "")
		if !c.strict && !strings.Contains(string(a.Body), `"employeeNumber":"7"`) {
			c.T.Errorf("the user is %s", a.Body)
		}
	}},
	{"nothing of a query is dropped", func(c caller) {
		c.create("/Users", `{"schemas":["`+userURN+`"],"userName":"a`+c.name+`@example.com","displayName":"A;B`+c.name+`"}`)
		if got := c.total("filter=displayName%20eq%20%22A;B" + c.name + "%22"); got != 1 {
			c.T.Errorf("a filter with a semicolon finds %d", got)
		}
		c.total("colour=green&count=1") // RFC 7644 section 3.4.2: an unknown parameter is ignored
		for _, query := range []string{"count=1;filter=x", "filter=%", "filter=displayName%20eq%20%22%ff%22", "filter=displayName%20eq%20%22%00%22"} {
			if got := c.raw("GET BASE/Users?"+query+" HTTP/1.1\nHost: localhost\nAuthorization: Bearer TOKEN\nConnection: close\n\n", false); got != 400 {
				c.T.Errorf("%s is %d, want 400", query, got)
			}
		}
		for _, query := range []string{"filter=", "filter", "count=1&filter=", "FILTER=userName%20pr", "startindex=2"} {
			c.want(400, 400, "GET", "/Users?"+query, "")
		}
		c.want(400, 400, "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":""}`)
		c.want(200, 200, "POST", "/Users/.search", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":null}`)
		for _, path := range []string{c.org + "/users?state=foo", c.org + "/users?colour=green", c.org + "/activity?limit=1;cursor=x", c.org + "/scim/audit?colour=green", c.org + "/groups?q=%25&x=1"} {
			c.platform("GET", path, "", 400)
		}
	}},
	{"an id that is not text is not found", func(c caller) {
		for _, id := range []string{"%ff", "%00", "a%00b", "%ed%a0%80"} {
			c.want(404, 404, "GET", "/Users/"+id, "")
			c.want(404, 404, "DELETE", "/Groups/"+id, "")
			c.want(404, 404, "PATCH", "/Users/"+id, patchOf(`[{"op":"replace","path":"active","value":false}]`))
		}
	}},
	{"a body that the client broke off is 400", func(c caller) {
		head := "POST BASE/Users HTTP/1.1\nHost: localhost\nAuthorization: Bearer TOKEN\nContent-Type: application/scim+json\nConnection: close\n"
		for request, broken := range map[string]string{
			"Content-Length: 100\n\n{":                "a short body",
			"Transfer-Encoding: chunked\n\n5\n{\"a":   "a short chunk",
			"Transfer-Encoding: chunked\n\nno\n{}\n0": "a chunk of no length",
		} {
			if got := c.raw(head+request, true); got != 400 {
				c.T.Errorf("%s is %d, want 400", broken, got)
			}
		}
	}},
	{"an externalId alone finds no leaver", func(c caller) {
		id := c.user("a", `,"externalId":"x`+c.name+`","displayName":"Ann"`)
		c.want(200, 200, "PATCH", "/Users/"+id, patchOf(`[{"op":"replace","path":"active","value":false}]`))
		other := c.user("b", `,"externalId":"x`+c.name+`"`)
		if other == id {
			c.T.Error("another person has the leaver's record")
		}
		if got := c.total("filter=" + url.QueryEscape(`externalId eq "x`+c.name+`"`)); got != 2 {
			c.T.Errorf("the externalId finds %d users, want 2", got)
		}
	}},
	{"a recycled address gives nobody a leaver's record", func(c caller) {
		id := c.user("a", `,"externalId":"x`+c.name+`","displayName":"Ann"`)
		c.platform("POST", c.org+"/sign-ins", `{"userName":"a`+c.name+`@example.com"}`, 200)
		c.want(200, 200, "PATCH", "/Users/"+id, patchOf(`[{"op":"replace","path":"active","value":false}]`))
		another := `{"schemas":["` + userURN + `"],"userName":"a` + c.name + `@example.com","externalId":"y` + c.name + `","displayName":"Bob"}`
		a := c.want(409, 409, "POST", "/Users", another)
		for _, word := range []string{"userName", id, "externalId"} {
			if !strings.Contains(a.Text("detail"), word) {
				c.T.Errorf("the sentence lacks %q: %s", word, a.Body)
			}
		}
		c.Want(c.T, 204, "DELETE", "/Users/"+id, nil)
		created := c.Want(c.T, 201, "POST", "/Users", another)
		if created.Text("id") == id || created.Text("displayName") != "Bob" || !strings.Contains(string(created.Body), `"state":"shadow"`) {
			c.T.Errorf("the new person is %s", created.Body)
		}
	}},
	{"an empty text is not a number, a moment or bytes", func(c caller) {
		id := c.user("a", "")
		for _, attribute := range []string{"floor", "weight", "since", "badge"} {
			c.want(400, 400, "PATCH", "/Users/"+id, patchOf(`[{"op":"replace","path":"`+ownURN+`:`+attribute+`","value":""}]`))
		}
	}},
	{"the URN of a schema that is not described any more goes with its values", func(c caller) {
		id := c.user("a", `,"`+ownURN+`":{"floor":7}`)
		if shown := string(c.Want(c.T, 200, "GET", "/Users/"+id, nil).Body); !strings.Contains(shown, ownURN) {
			c.T.Errorf("the user is %s", shown)
		}
		c.platform("PATCH", c.org+"/scim/settings", `{"schemas":null}`, 200)
		defer c.platform("PATCH", c.org+"/scim/settings", `{"schemas":[`+ownSchema+`]}`, 200)
		harness.Eventually(c.T, "the URN is gone", func() bool { // a process may remember the settings for 5 s
			return !strings.Contains(string(c.Want(c.T, 200, "GET", "/Users/"+id, nil).Body), ownURN)
		})
	}},
	{"an own schema has no attribute for a credential", func(c caller) {
		for _, name := range []string{"password", "totpSeed", "privateKey"} {
			body := `{"schemas":[{"id":"urn:example:scim:schemas:extension:2.0:User","attributes":[{"name":"` + name + `","type":"string"}]}]}`
			if said := text(c.platform("PATCH", c.org+"/scim/settings", body, 400), "detail"); !strings.Contains(said, name) {
				c.T.Errorf("the sentence is %q", said)
			}
		}
	}},
	{"members have the display of the user, whatever was sent", func(c caller) {
		id := c.user("a", `,"displayName":"Ann"`)
		g := c.create("/Groups", `{"schemas":["`+groupURN+`"],"displayName":"g`+c.name+`","members":[{"value":"`+id+`","display":"Somebody"}]}`)
		if got := string(c.Want(c.T, 200, "GET", "/Groups/"+g, nil).Body); !strings.Contains(got, `"display":"Ann"`) {
			c.T.Errorf("the group is %s", got)
		}
	}},
	{"an element without a value is no element, in every list that has values", func(c caller) {
		for _, list := range []string{"emails", "phoneNumbers", "ims", "photos", "entitlements", "roles"} {
			id := c.user(list, "")
			c.want(200, 200, "PATCH", "/Users/"+id, patchOf(`[{"op":"add","path":"`+list+`","value":[{"value":"","type":"other","primary":true}]}]`))
			if got := marshal(c.Want(c.T, 200, "GET", "/Users/"+id, nil).Object()[list]); strings.Contains(got, "other") {
				c.T.Errorf("%s is %s", list, got)
			}
		}
	}},
	{"removal of displayName leaves it and is named in the activity", func(c caller) {
		id := c.user("a", `,"displayName":"Ann"`)
		a := c.want(200, 200, "PATCH", "/Users/"+id, patchOf(`[{"op":"remove","path":"displayName"}]`))
		if a.Text("displayName") != "Ann" {
			c.T.Errorf("the user is %s", a.Body)
		}
		said := marshal(c.platform("GET", c.org+"/activity?requestId="+a.Header.Get("X-Request-Id"), "", 200))
		if !strings.Contains(said, `"result":"kept"`) {
			c.T.Errorf("the activity says %s", said)
		}
	}},
}

// holdAnswers runs the rules in an organisation.
func holdAnswers(t *testing.T, j journey, client harness.Client, direct string, strict bool) {
	for i, a := range answers {
		t.Run(a.rule, func(t *testing.T) {
			j := journey{t, j.ready, j.org}
			a.hold(caller{t, j, client, direct, strict, fmt.Sprintf("answer%d", i)})
		})
	}
}
