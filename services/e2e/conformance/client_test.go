package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local"
)

// The URNs of RFC 7643 and RFC 7644.
const (
	coreUser   = "urn:ietf:params:scim:schemas:core:2.0:User"
	coreGroup  = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

	patchOp       = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	searchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	listResponse  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	bulkRequest   = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	bulkResponse  = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
	errorResponse = "urn:ietf:params:scim:api:messages:2.0:Error"
)

// client talks to one organisation. Whatever it asks is answered; the answer says what is wrong
// with it.
type client struct {
	harness.Client
	t   *testing.T
	org string
}

var organisations atomic.Int64

// newClient returns a client of an organisation that was made for it, in which userName may be
// anything, so that no rule of the RFCs meets DevRev's rule that it is an e-mail address.
func newClient(t *testing.T) *client {
	t.Helper()
	return newClientOf(t, "any")
}

// newClientOf returns a client of a new organisation, whose users are named in the given format:
// email or any.
func newClientOf(t *testing.T, userNameFormat string) *client {
	t.Helper()
	org := fmt.Sprintf("org-%d", organisations.Add(1))
	token, err := local.Platform{BaseURL: service.APIBaseURL, Credential: service.PlatformCredential}.Prepare(t.Context(), org, userNameFormat, true)
	assert.NilError(t, err)
	return &client{t: t, Client: harness.Client{Base: service.SCIMBaseURL, Credential: token, MediaType: harness.SCIM}, org: org}
}

// in returns the client for a part of its test.
func (c *client) in(t *testing.T) *client {
	part := *c
	part.t = t
	return &part
}

// configure gives the organisation these settings, a JSON object.
func (c *client) configure(settings string) *client {
	c.t.Helper()
	c.administer(http.MethodPut, "/settings", settings, http.StatusOK)
	return c
}

// reader returns a client of the same organisation whose token may only read.
func (c *client) reader() *client {
	c.t.Helper()
	only := *c
	only.Credential = c.administer(http.MethodPost, "/tokens", `{"name":"reader","scopes":["scim:read"]}`, http.StatusCreated).string("token")
	return &only
}

// administer asks DevRev's API for something of the organisation's SCIM.
func (c *client) administer(method, path, body string, status int) answer {
	c.t.Helper()
	api := &client{t: c.t, Client: harness.Client{Base: service.APIBaseURL, Credential: service.PlatformCredential, MediaType: harness.JSON}}
	a := api.send(method, "/organisations/"+c.org+"/scim"+path, body, "Accept", harness.JSON)
	if a.status != status {
		c.t.Fatalf("%s: %d %s", a.asked, a.status, a.text)
	}
	return a
}

// send makes a request; headers are names and values in turn, and a value "" takes the header away.
func (c *client) send(method, path, body string, headers ...string) answer {
	c.t.Helper()
	sent := c.Must(c.t, method, path, body, append([]string{"Accept", harness.SCIM}, headers...)...)
	a := answer{t: c.t, asked: method + " " + path, status: sent.Status, header: sent.Header, text: string(sent.Body)}
	if len(a.text) > 0 {
		if err := json.Unmarshal(sent.Body, &a.body); err != nil {
			c.t.Fatalf("%s: the body is not JSON: %v\n%s", a.asked, err, a.text)
		}
	}
	return a
}

// get asks for path with the parameters, names and values in turn.
func (c *client) get(path string, parameters ...string) answer {
	c.t.Helper()
	return c.send(http.MethodGet, with(path, parameters...), "")
}

func (c *client) post(path, body string, headers ...string) answer {
	c.t.Helper()
	return c.send(http.MethodPost, path, body, headers...)
}

func (c *client) put(path, body string, headers ...string) answer {
	c.t.Helper()
	return c.send(http.MethodPut, path, body, headers...)
}

// patch sends the operations, each a JSON object.
func (c *client) patch(path string, operations ...string) answer {
	c.t.Helper()
	return c.send(http.MethodPatch, path, patchRequest(operations...))
}

func (c *client) remove(path string, headers ...string) answer {
	c.t.Helper()
	return c.send(http.MethodDelete, path, "", headers...)
}

// user creates a user of these JSON members and returns it.
func (c *client) user(members string) answer {
	c.t.Helper()
	return c.post("/Users", user(members)).is(http.StatusCreated)
}

// group creates a group of this name with the users as members.
func (c *client) group(name string, members ...answer) answer {
	c.t.Helper()
	values := make([]string, len(members))
	for i, m := range members {
		values[i] = fmt.Sprintf(`{"value":%q}`, m.id())
	}
	return c.post("/Groups", group(fmt.Sprintf(`"displayName":%q,"members":[%s]`, name, strings.Join(values, ",")))).is(http.StatusCreated)
}

// other returns a client of another organisation.
func (c *client) other() *client {
	c.t.Helper()
	return newClient(c.t)
}

func with(path string, parameters ...string) string {
	query := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		query.Add(parameters[i], parameters[i+1])
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// user returns a body for /Users of these JSON members.
func user(members string) string { return message(coreUser, members) }

// group returns a body for /Groups of these JSON members.
func group(members string) string { return message(coreGroup, members) }

func patchRequest(operations ...string) string {
	return message(patchOp, `"Operations":[`+strings.Join(operations, ",")+`]`)
}

func bulk(operations ...string) string {
	return message(bulkRequest, `"Operations":[`+strings.Join(operations, ",")+`]`)
}

func message(urn, members string) string {
	return fmt.Sprintf(`{"schemas":[%q],%s}`, urn, members)
}
