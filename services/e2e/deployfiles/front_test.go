package deployfiles

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// TestComposeFrontLeadsEachPath runs HAProxy with the file of compose.yaml, before servers that
// give their own name, and before none; `make test-compose` runs it.
func TestComposeFrontLeadsEachPath(t *testing.T) {
	if os.Getenv("COMPOSE") == "" {
		t.Skip("no COMPOSE; `make test-compose` sets it")
	}
	text, err := os.ReadFile(filepath.Join(root, "deploy/compose/front.cfg"))
	assert.NilError(t, err)
	served := string(text)
	for _, backend := range []string{"scimd", "scimd-api", "tokend", "consoled"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, backend) }))
		t.Cleanup(server.Close)
		at, err := url.Parse(server.URL)
		assert.NilError(t, err)
		section := regexp.MustCompile(`(?m)^backend ` + backend + `\n(?: .*\n)+`)
		served = section.ReplaceAllStringFunc(served, func(lines string) string {
			lines = regexp.MustCompile(`check port \d+`).ReplaceAllString(lines, "check port "+at.Port())
			return regexp.MustCompile(`(?m)^(  server \S+) \S+`).ReplaceAllString(lines, "$1 "+at.Host)
		})
	}
	full, empty := startFront(t, served), startFront(t, string(text)) // the services' names resolve nowhere here
	for _, tt := range []struct{ path, backend, form string }{
		{"/scim/v2/Users", "scimd", "application/scim+json"},
		{"/scim/v2", "scimd", "application/scim+json"},
		{"/api/v1/organisations/acme", "tokend", "application/problem+json"},
		{"/api/v1/organisations/acme/scim", "tokend", "application/problem+json"},
		{"/api/v1/organisations/acme/scim/tokens", "tokend", "application/problem+json"},
		{"/api/v1/notices", "tokend", "application/problem+json"},
		{"/api/v1/organisations/acme/users", "scimd-api", "application/problem+json"},
		{"/api/v1/organisations/acme/scimitars", "scimd-api", "application/problem+json"},
		{"/console/", "consoled", ""},
		{"/scim/v3", "", ""},
		{"/", "", ""},
	} {
		if tt.backend == "" {
			if got := fetch(t, full+tt.path); got.status != http.StatusNotFound {
				t.Errorf("%s: %+v, want 404", tt.path, got)
			}
			continue
		}
		harness.Eventually(t, tt.path+" leads to "+tt.backend, func() bool { // the first check may still run
			return fetch(t, full+tt.path).body == tt.backend
		})
		if got := fetch(t, empty+tt.path); got.status != http.StatusServiceUnavailable || tt.form != "" && (got.form != tt.form || got.retry != "5") {
			t.Errorf("%s without a process: %+v, want 503 as %s with Retry-After", tt.path, got, tt.form)
		}
	}
}

type answer struct {
	status            int
	body, form, retry string
}

func fetch(t *testing.T, address string) answer {
	t.Helper()
	a := harness.Client{Base: address}.Must(t, http.MethodGet, "", nil)
	return answer{a.Status, string(a.Body), a.Header.Get("Content-Type"), a.Header.Get("Retry-After")}
}

// startFront runs HAProxy until the test ends, and returns its URL.
func startFront(t *testing.T, config string) string {
	t.Helper()
	addr := harness.FreeAddr(t)
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	assert.NilError(t, os.WriteFile(path, []byte(strings.ReplaceAll(config, "bind :8080", "bind "+addr)), 0o600))
	out, err := exec.CommandContext(t.Context(), "haproxy", "-c", "-f", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), "[WARNING]") {
		t.Errorf("HAProxy says: %v\n%s", err, out)
	}
	launch(t, "haproxy", "-f", path)
	harness.Eventually(t, "HAProxy listens", func() bool {
		conn, err := new(net.Dialer).DialContext(context.WithoutCancel(t.Context()), "tcp", addr)
		return err == nil && conn.Close() == nil
	})
	return "http://" + addr
}
