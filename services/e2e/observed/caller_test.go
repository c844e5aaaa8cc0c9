package observed

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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

// caller sends requests with one credential and remembers their answers. It is safe for concurrent use.
type caller struct {
	t       testing.TB
	client  *http.Client
	base    string
	bearer  string
	headers http.Header // of each request

	mu      sync.Mutex
	answers []answer
}

func newCaller(tb testing.TB, base, bearer string) *caller {
	tb.Helper()
	return &caller{t: tb, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, base: base, bearer: bearer, headers: http.Header{}}
}

// send makes a request; body is a text, or marshalled. headers are names and values in turn. A request that cannot be sent ends the test.
func (c *caller) send(method, path string, body any, headers ...string) answer {
	var content []byte
	switch b := body.(type) {
	case nil:
	case string:
		content = []byte(b)
	default:
		content, _ = json.Marshal(b)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(c.t.Context()), method, c.base+path, bytes.NewReader(content))
	if err != nil {
		c.t.Error(err)
		return answer{}
	}
	req.Header = c.headers.Clone()
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	req.Header.Set("Content-Type", "application/json")
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Error(err)
		return answer{}
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Error(err)
	}
	a := answer{request: resp.Header.Get(web.RequestIDHeader), trace: resp.Header.Get(web.TraceIDHeader), status: resp.StatusCode, text: string(data)}
	if strings.HasPrefix(strings.TrimSpace(a.text), "{") {
		_ = json.Unmarshal(data, &a.body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers = append(c.answers, a)
	return a
}

// want is send for what has to be answered so if the scene is to mean anything. On a busy machine a store may be too late now and then; then it
// asks again, as an identity provider does.
func (c *caller) want(status int, method, path string, body any, headers ...string) answer {
	c.t.Helper()
	a := c.send(method, path, body, headers...)
	for range 3 {
		if a.status == status || a.status != http.StatusServiceUnavailable {
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
