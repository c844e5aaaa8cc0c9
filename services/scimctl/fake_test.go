package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/devrev/scim/services/internal/apiclient"
)

const (
	testCredential = "the-credential-of-an-administrator"
	testSecret     = "dvscim_a0B1c2D3k3J9xQ2mZr7B_0000000000000000000000000000000000000000000000000"
)

// fake answers as docs/api/tokend.yaml says, for what the real service does not do on demand:
// faults, and two hours of quiet.
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
}

// serve answers request n, counted from 0, with answer.
func serve(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		n := len(f.requests)
		f.requests = append(f.requests, r)
		f.mu.Unlock()
		answer(n, w, r)
	}))
	t.Cleanup(f.Close)
	t.Setenv("SCIMCTL_URL", f.URL+"/api/v1")
	t.Setenv("SCIMCTL_ORG", "acme")
	t.Setenv(tokenVariable, testCredential)
	t.Setenv(tokenFileVariable, "")
	return f
}

// asked returns "METHOD path" of each request so far, without what all paths begin with.
func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, r := range f.requests {
		all = append(all, r.Method+" "+r.URL.Path[len("/api/v1/organisations/acme/scim"):])
	}
	return all
}

// keys returns the different Idempotency-Keys so far, sorted.
func (f *fake) keys() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, r := range f.requests {
		all = append(all, r.Header.Get("Idempotency-Key"))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func answerWith(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func refuseWith(w http.ResponseWriter, p apiclient.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// notNow is what the service answers while its stores are not there.
var notNow = apiclient.Problem{Title: "Not possible at the moment", Status: http.StatusServiceUnavailable}

// hangUp ends the connection without an answer.
func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// pipe is a stdout that can be closed.
type pipe struct {
	bytes.Buffer
	closed bool
}

func (p *pipe) Close() error { p.closed = true; return nil }

// said is what an invocation left behind.
type said struct {
	code           exitCode
	stdout, stderr string
	closed         bool // stdout was closed before the end
}

func invoke(t *testing.T, args ...string) said {
	t.Helper()
	var stdout pipe
	var stderr bytes.Buffer
	code := run(t.Context(), args, &stdout, &stderr)
	return said{code, stdout.String(), stderr.String(), stdout.closed}
}

var _ io.Closer = (*pipe)(nil)
