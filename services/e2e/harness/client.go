package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

// The media types of the two APIs.
const (
	SCIM = "application/scim+json"
	JSON = "application/json"
)

// Client sends requests with one credential. It is safe for concurrent use.
type Client struct {
	Base       string // what every path is appended to
	Credential string // a bearer token; "": requests have no Authorization
	MediaType  string // of bodies
	HTTP       *http.Client
}

// Answer is what a request was answered with.
type Answer struct {
	Status int // 0: there was no answer
	Header http.Header
	Body   []byte
	Took   time.Duration
}

// Object returns the body as a JSON object, nil if it is not one.
func (a Answer) Object() map[string]any {
	var object map[string]any
	_ = json.Unmarshal(a.Body, &object) // then it stays nil
	return object
}

// Text returns a string member of the body, "" if there is none.
func (a Answer) Text(member string) string {
	s, _ := a.Object()[member].(string)
	return s
}

// Into decodes the body.
func (a Answer) Into(tb testing.TB, target any) {
	tb.Helper()
	if err := json.Unmarshal(a.Body, target); err != nil {
		tb.Fatalf("%d %s: %v", a.Status, a.Body, err)
	}
}

// Send makes a request. body is nil, a string, bytes, or a value to be written as JSON. headers are
// names and values in turn; a value "" takes the header away.
func (c Client) Send(ctx context.Context, method, path string, body any, headers ...string) (Answer, error) {
	content, err := encoded(body)
	if err != nil {
		return Answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, bytes.NewReader(content))
	if err != nil {
		return Answer{}, fmt.Errorf("make the request: %w", err)
	}
	if c.Credential != "" {
		req.Header.Set("Authorization", "Bearer "+c.Credential)
	}
	if len(content) > 0 {
		req.Header.Set("Content-Type", c.MediaType)
	}
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Del(pair[0])
		if pair[1] != "" {
			req.Header.Set(pair[0], pair[1])
		}
	}
	if host := req.Header.Get("Host"); host != "" { // net/http takes it from elsewhere
		req.Host = host
	}
	if req.Header.Get("Transfer-Encoding") == "chunked" { // and this too
		req.ContentLength = -1
	}
	return c.do(req)
}

func (c Client) do(req *http.Request) (Answer, error) {
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	start := time.Now()
	resp, err := client.Do(req) //nolint:gosec // the programs under test, on loopback
	if err != nil {
		return Answer{Took: time.Since(start)}, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return Answer{Took: time.Since(start)}, err
	}
	return Answer{resp.StatusCode, resp.Header, data, time.Since(start)}, nil
}

func encoded(body any) ([]byte, error) {
	switch b := body.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(b), nil
	case []byte:
		return b, nil
	default:
		data, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("write the body: %w", err)
		}
		return data, nil
	}
}

// Try is Send for a request that may find no one: then the answer's status is 0. The request
// outlives the test's context.
func (c Client) Try(tb testing.TB, method, path string, body any, headers ...string) Answer {
	tb.Helper()
	a, _ := c.Send(context.WithoutCancel(tb.Context()), method, path, body, headers...) // status 0 says it
	return a
}

// Must is Send for a request that has to be answered, whatever the answer says.
func (c Client) Must(tb testing.TB, method, path string, body any, headers ...string) Answer {
	tb.Helper()
	a, err := c.Send(tb.Context(), method, path, body, headers...)
	assert.NilError(tb, err)
	return a
}

// Served is Must for a request that comes to be served. A 503 with Retry-After is repeated, as
// identity providers do, since a store may be late on a busy machine.
func (c Client) Served(tb testing.TB, method, path string, body any, headers ...string) Answer {
	tb.Helper()
	return c.repeat(tb, 0, method, path, body, headers...)
}

// Want is Served for a request that has to be answered with this status.
func (c Client) Want(tb testing.TB, status int, method, path string, body any, headers ...string) Answer {
	tb.Helper()
	a := c.repeat(tb, status, method, path, body, headers...)
	if a.Status != status {
		tb.Fatalf("%s %s%s: %d, want %d: %.1000s", method, c.Base, path, a.Status, status, a.Body)
	}
	return a
}

// repeat makes a request until it is answered with this status, or with another one than 503.
func (c Client) repeat(tb testing.TB, status int, method, path string, body any, headers ...string) Answer {
	tb.Helper()
	a := c.Must(tb, method, path, body, headers...)
	for start := time.Now(); a.Status != status && a.Status == http.StatusServiceUnavailable && time.Since(start) < patience; {
		if a.Header.Get("Retry-After") == "" {
			tb.Errorf("%s %s: 503 without Retry-After", method, path)
		}
		time.Sleep(100 * time.Millisecond)
		a = c.Must(tb, method, path, body, headers...)
	}
	return a
}
