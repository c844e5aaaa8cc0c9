package telemetry

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/web"
)

// answer is what a request was answered with, as far as what is reported of it has to agree.
type answer struct {
	request, trace string // ids
	status         int
	body           map[string]any // nil if there is no JSON object
	text           string
}

// string returns a member of the body.
func (a answer) string(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// caller sends requests with one credential and remembers their answers. It is safe for concurrent
// use.
type caller struct {
	harness.Client
	t       testing.TB
	headers http.Header // of each request

	mu      sync.Mutex
	answers []answer
}

func newCaller(tb testing.TB, base, bearer string) *caller {
	tb.Helper()
	return &caller{t: tb, headers: http.Header{}, Client: harness.Client{
		Base: base, Credential: bearer, MediaType: harness.JSON,
		HTTP: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}},
	}}
}

// send makes a request. headers are names and values in turn. A request that cannot be sent ends
// the test.
func (c *caller) send(method, path string, body any, headers ...string) answer {
	var all []string
	for name := range c.headers {
		all = append(all, name, c.headers.Get(name))
	}
	all = append(all, "Authorization", "Bearer "+c.Credential, "Content-Type", harness.JSON)
	sent, err := c.Send(context.WithoutCancel(c.t.Context()), method, path, body, append(all, headers...)...)
	if err != nil {
		c.t.Error(err)
		return answer{}
	}
	a := answer{request: sent.Header.Get(web.RequestIDHeader), trace: sent.Header.Get(web.TraceIDHeader), status: sent.Status, text: string(sent.Body), body: sent.Object()}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers = append(c.answers, a)
	return a
}

// want is send for what has to be answered so if the scene is to mean anything. On a busy machine a
// store may be late now and then, an organisation may have too much in flight, and a revocation may
// take its second to arrive; then it asks again, as an identity provider does.
func (c *caller) want(status int, method, path string, body any, headers ...string) answer {
	c.t.Helper()
	a := c.send(method, path, body, headers...)
	for range 600 {
		late := status == http.StatusUnauthorized && a.status == http.StatusOK
		if a.status == status || !late && a.status != http.StatusServiceUnavailable && a.status != http.StatusTooManyRequests {
			break
		}
		time.Sleep(200 * time.Millisecond)
		a = c.send(method, path, body, headers...)
	}
	if a.status != status {
		c.t.Errorf("%s %s: %d, want %d: %.300s", method, path, a.status, status, a.text)
	}
	return a
}

// query returns path with parameters, names and values in turn.
func query(path string, parameters ...string) string {
	values := url.Values{}
	for pair := range slices.Chunk(parameters, 2) {
		values.Set(pair[0], pair[1])
	}
	return path + "?" + values.Encode()
}
