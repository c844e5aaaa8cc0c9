package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

// tokend is one that runs until the test ends, or until stop.
type tokend struct {
	t                       *testing.T
	api, public, operations string
	stop                    context.CancelFunc
	ended                   chan error
}

func start(t *testing.T, redisURL, mongoURI, database string) *tokend {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	d := &tokend{t: t, api: freeAddr(t), public: freeAddr(t), operations: freeAddr(t), stop: stop, ended: make(chan error, 1)}
	environ := []string{
		"TOKEND_ADDR=" + d.api, "TOKEND_PUBLIC_ADDR=" + d.public, "TOKEND_OPS_ADDR=" + d.operations, "DRAIN_DELAY=0s",
		"SCIM_BASE_URL=https://scim.example.com/scim/v2",
		"REDIS_URL=" + redisURL, "MONGODB_URI=" + mongoURI, "MONGODB_DATABASE=" + database,
		"TOKEN_PEPPERS=k1:" + strings.Repeat("c2Vj", 12),
		"PLATFORM_CREDENTIAL=" + accesstest.PlatformCredential,
	}
	go func() { d.ended <- run(ctx, environ) }()
	t.Cleanup(stop)
	return d
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// get returns the status of GET http://addr+path as the platform, 0 if no process listens.
func (d *tokend) get(addr, path string) int {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", accesstest.Platform())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

func (d *tokend) wait(addr, path string, status int) {
	d.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := d.get(addr, path)
		if got == status {
			return
		}
		select {
		case err := <-d.ended:
			d.t.Fatalf("tokend has ended: %v", err)
		default:
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("GET %s gives %d, want %d", path, got, status)
		}
	}
}

func TestTokendServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	redisURL, mongoURI, database := redistest.URL(t), mongotest.URI(t), mongotest.Database(t).Name()
	harness.OneEnvironment(t, redisURL, mongoURI, database)
	d := start(t, redisURL, mongoURI, database)
	d.wait(d.operations, "/readyz", http.StatusOK)
	d.wait(d.api, "/api/v1/organisations/no-such-organisation", http.StatusNotFound)
	d.wait(d.public, "/leaks/github", http.StatusMethodNotAllowed) // it is POST
	d.wait(d.operations, "/metrics", http.StatusOK)
	d.stop()
	if err := <-d.ended; err != nil {
		t.Errorf("it was stopped, and returns %v", err)
	}
	if got := d.get(d.api, "/api/v1/organisations/org-a"); got != 0 {
		t.Errorf("after its end the address still answers %d", got)
	}
}

func TestTokendStartsBeforeItsStores(t *testing.T) {
	t.Parallel()
	for rule, mongoURI := range map[string]string{
		"no server answers":         "mongodb://" + freeAddr(t),
		"its name does not resolve": "mongodb+srv://cluster.mongo.invalid/",
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			d := start(t, "redis://"+freeAddr(t), mongoURI, "test")
			d.wait(d.operations, "/livez", http.StatusOK)
			d.wait(d.operations, "/readyz", http.StatusServiceUnavailable)
			d.wait(d.api, "/api/v1/organisations/org-a", http.StatusServiceUnavailable)
			d.wait(d.public, "/leaks/github", http.StatusServiceUnavailable)
			d.stop()
			if err := <-d.ended; err != nil {
				t.Errorf("it was stopped, and returns %v", err)
			}
		})
	}
}

func TestTokendSaysWhyItCannotStart(t *testing.T) {
	t.Parallel()
	for rule, environ := range map[string][]string{
		"nothing is set": nil,
		"MONGODB_URI is not one": {
			"SCIM_BASE_URL=https://scim.example.com/scim/v2", "REDIS_URL=redis://redis.example.com", "MONGODB_URI=mongo://user:secret@mongo.example.com",
			"TOKEN_PEPPERS=k1:" + strings.Repeat("c2Vj", 12), "PLATFORM_CREDENTIAL=" + accesstest.PlatformCredential,
		},
	} {
		err := run(t.Context(), environ)
		if err == nil || !strings.Contains(err.Error(), "MONGODB_URI") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want a sentence with MONGODB_URI and no password", rule, err)
		}
	}
}
