package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// running is an all-in-one in a process of its own.
type running struct {
	cmd   *exec.Cmd
	log   *os.File
	ready local.Ready
}

// spawn starts the all-in-one with these flags and waits for its line.
func spawn(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{cmd: exec.Command(program(t, "allinone"), append(args, "-addr", "127.0.0.1:0", "-json")...), log: openLog(t)}
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	r.cmd.Stderr = r.log
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		_ = r.cmd.Wait()
		t.Fatalf("the all-in-one printed no line: %v\n%s", err, logged(t, r.log))
	}
	if err := json.Unmarshal(line, &r.ready); err != nil {
		t.Fatalf("the all-in-one printed %q: %v", line, err)
	}
	return r
}

// interrupt ends it as Ctrl-C does.
func (r *running) interrupt(t *testing.T) {
	t.Helper()
	_ = r.cmd.Process.Signal(os.Interrupt)
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("the all-in-one ended with %v\n%s", err, logged(t, r.log))
	}
}

// kill ends it as a power cut does.
func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait() // "signal: killed"
}

// client returns a connection to the first organisation of the line.
func (r *running) client() client {
	return client{base: r.ready.SCIMBaseURL, token: r.ready.Orgs[0].Token, names: newNames(r.ready.SCIMBaseURL)}
}

func TestRestartKeepsUsersGroupsAndTokens(t *testing.T) {
	data := t.TempDir()
	first := spawn(t, "-data", data, "-orgs", "a,b")
	before := first.client()
	created := before.exchange(t, "POST /Users\n\n"+`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen@example.com"}`)
	if !strings.HasPrefix(created, "201") {
		t.Fatal(created)
	}
	before.exchange(t, "POST /Groups\n\n"+`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Tour Guides","members":[{"value":"<id1>"}]}`)
	users, groups := before.exchange(t, "GET /Users"), before.exchange(t, "GET /Groups")
	first.interrupt(t)

	second := spawn(t, "-data", data, "-orgs", "a,b")
	defer second.interrupt(t)
	if second.ready.Orgs[0].Token == before.token {
		t.Error("a start gave a token that was given before")
	}
	for _, token := range []string{before.token, second.ready.Orgs[0].Token} {
		after := client{base: second.ready.SCIMBaseURL, token: token, names: newNames(second.ready.SCIMBaseURL)}
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
	ops, err := devstack.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	running := spawn(t, "-data", t.TempDir(), "-ops", ops)
	defer running.interrupt(t)
	client := running.client()
	client.exchange(t, "GET /Users")
	for path, want := range map[string]string{
		"/livez":   `"alive"`,
		"/readyz":  `"ready"`,
		"/metrics": `http_route="/scim/v2/Users"`,
	} {
		resp, err := http.Get("http://" + ops + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d without %s (%v):\n%s", path, resp.StatusCode, want, err, body)
		}
	}
}

func TestRefusedStarts(t *testing.T) {
	data := t.TempDir()
	running := spawn(t, "-data", data)
	defer running.interrupt(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
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
			cmd := exec.Command(program(t, "allinone"), c.args...)
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
