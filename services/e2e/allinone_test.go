package e2e

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// first returns a connection to the first organisation of a run.
func first(run *harness.AllInOne) client {
	return newClient(run.Ready.SCIMBaseURL, run.Ready.Orgs[0].Token)
}

func TestRestartKeepsUsersGroupsAndTokens(t *testing.T) {
	t.Parallel() // on services of its own
	data := t.TempDir()
	run := harness.RunAllInOne(t, "-data", data, "-orgs", "a,b")
	before := first(run)
	created := before.exchange(t, "POST /Users\n\n"+`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen@example.com"}`)
	if !strings.HasPrefix(created, "201") {
		t.Fatal(created)
	}
	before.exchange(t, "POST /Groups\n\n"+`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Tour Guides","members":[{"value":"<id1>"}]}`)
	users, groups := before.exchange(t, "GET /Users"), before.exchange(t, "GET /Groups")
	run.End(t)

	second := harness.RunAllInOne(t, "-data", data, "-orgs", "a,b")
	if second.Ready.Orgs[0].Token == before.Credential {
		t.Error("a start gave a token that was given before")
	}
	for _, token := range []string{before.Credential, second.Ready.Orgs[0].Token} {
		after := newClient(second.Ready.SCIMBaseURL, token)
		if got := after.exchange(t, "GET /Users"); got != users {
			t.Errorf("users after a restart:\n%s\nbefore:\n%s", got, users)
		}
		// The group's own id is seen in another order, so only its members and name are compared.
		if got := after.exchange(t, "GET /Groups"); !strings.Contains(groups, "Tour Guides") || strings.Count(got, "<id1>") != strings.Count(groups, "<id1>") {
			t.Errorf("groups after a restart:\n%s\nbefore:\n%s", got, groups)
		}
	}
}

// TestAllInOneIsObserved asks on the operations port, which is there only if asked for.
func TestAllInOneIsObserved(t *testing.T) {
	t.Parallel() // on services of its own
	ops := harness.FreeAddr(t)
	first(harness.RunAllInOne(t, "-ops", ops)).exchange(t, "GET /Users")
	operations := harness.Client{Base: "http://" + ops}
	operations.Want(t, http.StatusNotFound, "GET", "/debug/tracez", nil) // without TRACES_PAGE
	for path, want := range map[string]string{
		"/livez":   `"alive"`,
		"/readyz":  `"ready"`,
		"/metrics": `http_route="/scim/v2/Users"`,
	} {
		if page := operations.Want(t, http.StatusOK, "GET", path, nil); !strings.Contains(string(page.Body), want) {
			t.Errorf("%s is without %s:\n%s", path, want, page.Body)
		}
	}
}

func TestRefusedStarts(t *testing.T) {
	t.Parallel() // on services of its own
	data := t.TempDir()
	harness.RunAllInOne(t, "-data", data)
	program := filepath.Join(harness.Programs(t, "allinone"), "allinone")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	defer func() { _ = taken.Close() }()
	file := filepath.Join(t.TempDir(), "file")
	assert.NilError(t, os.WriteFile(file, nil, 0o600))
	for _, c := range []struct {
		rule string
		args []string
	}{
		{"a second start on the same file", []string{"-data", data, "-addr", "127.0.0.1:0"}},
		{"a port that is taken", []string{"-data", t.TempDir(), "-addr", taken.Addr().String()}},
		{"an operations port that is taken", []string{"-data", t.TempDir(), "-addr", "127.0.0.1:0", "-ops", taken.Addr().String()}},
		{"a folder that cannot be written to", []string{"-data", filepath.Join(file, "var"), "-addr", "127.0.0.1:0"}},
		{"a format nobody knows", []string{"-user-name-format", "phone"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var stderr bytes.Buffer
			cmd := exec.Command(program, c.args...)
			cmd.Stderr = &stderr
			err := cmd.Run()
			if err == nil || cmd.ProcessState.ExitCode() <= 0 {
				t.Errorf("ended with %v, want a non-zero exit code", err)
			}
			if lines := strings.Count(strings.TrimSpace(stderr.String()), "\n") + 1; stderr.Len() == 0 || lines != 1 {
				t.Errorf("said %d lines, want one sentence:\n%s", lines, stderr.String())
			}
		})
	}
}
