package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// wiring is a running product, one way or the other.
type wiring struct {
	ready local.Ready
	stack *devstack.Stack
	ahead []client // made while tokend still ran
}

// unique returns a name that no organisation had yet: a Redis that is not the tests' own remembers those of every run.
func unique(name string) string { return name + "-" + strings.ToLower(rand.Text()) }

// wirings are the two ways of running the product, by name. Both run as processes of their own.
var wirings = map[string]func(*testing.T) *wiring{
	"embedded":                  startAllInOne,
	"production":                startStack,
	"production without tokend": startStackWithoutTokend,
}

// client returns a connection to an organisation of its own, with SCIM enabled a moment ago.
func (w *wiring) client(tb testing.TB) client {
	tb.Helper()
	if n := len(w.ahead); n > 0 {
		c := w.ahead[n-1]
		w.ahead = w.ahead[:n-1]
		return c
	}
	org := unique("org")
	platform := local.Platform{BaseURL: w.ready.APIBaseURL, Credential: w.ready.PlatformCredential}
	token, err := platform.Prepare(tb.Context(), org, "email", true)
	if err != nil {
		tb.Fatal(err)
	}
	return client{base: w.ready.SCIMBaseURL, token: token, names: newNames(w.ready.SCIMBaseURL)}
}

func startAllInOne(t *testing.T) *wiring {
	t.Helper()
	run := spawn(t, "-data", t.TempDir())
	t.Cleanup(func() { run.interrupt(t) })
	return &wiring{ready: run.ready}
}

func startStack(t *testing.T) *wiring {
	t.Helper()
	if os.Getenv("TEST_REDIS_URL") == "" {
		if _, err := exec.LookPath("redis-server"); err != nil {
			missing(t, "redis-server is not installed; `make setup` installs it")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	log := openLog(t)
	stack, err := devstack.Start(ctx, devstack.Config{
		Options:  local.Options{Addr: "127.0.0.1:0", Data: t.TempDir(), Orgs: []string{unique("first")}, UserNameFormat: "email", JSON: true},
		Bin:      filepath.Dir(program(t, "tokend", "scimd")),
		Logs:     log,
		RedisURL: os.Getenv("TEST_REDIS_URL"),
		MongoURI: mongotest.URI(t),
		Database: fmt.Sprintf("e2e_%d", time.Now().UnixNano()),
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, logged(t, log))
	}
	t.Cleanup(func() {
		if err := stack.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &wiring{ready: stack.Ready, stack: stack}
}

// startStackWithoutTokend makes organisations for all dialogues and stops tokend: provisioning goes on without it.
func startStackWithoutTokend(t *testing.T) *wiring {
	t.Helper()
	w := startStack(t)
	var ahead []client
	for range 2 * len(dialogues(t)) {
		ahead = append(ahead, w.client(t))
	}
	w.ahead = ahead
	if err := w.stack.Tokend.Stop(); err != nil {
		t.Fatal(err)
	}
	return w
}

// missing ends a test that a part of the machine is missing for: it skips, but where back ends are required it fails.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("REQUIRE_BACKENDS") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}
