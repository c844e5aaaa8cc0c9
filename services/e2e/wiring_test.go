package e2e

import (
	"strings"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// wiring is a running product, one way or the other.
type wiring struct {
	ready local.Ready
	stack harness.Stack
	ahead []client // made while tokend still ran
}

// wirings are the ways of running the product, by name. All run as processes of their own.
var wirings = map[string]func(*testing.T) *wiring{
	"embedded":                   startAllInOne,
	"production":                 startStack,
	"production of three scimds": startThree,
	"production without tokend":  startStackWithoutTokend,
}

// client returns a connection to an organisation of its own, with SCIM enabled a moment ago.
func (w *wiring) client(tb testing.TB) client {
	tb.Helper()
	if n := len(w.ahead); n > 0 {
		c := w.ahead[n-1]
		w.ahead = w.ahead[:n-1]
		return c
	}
	platform := local.Platform{BaseURL: w.ready.APIBaseURL, Credential: w.ready.PlatformCredential}
	token, err := platform.Prepare(tb.Context(), harness.Unique("org"), "email", true)
	if err != nil {
		tb.Fatal(err)
	}
	return newClient(w.ready.SCIMBaseURL, token)
}

// scimd returns the address of the SCIM service itself.
func (w *wiring) scimd() string {
	if w.stack.Stack != nil {
		return w.stack.Scimd.Addr()
	}
	return strings.TrimSuffix(strings.TrimPrefix(w.ready.SCIMBaseURL, "http://"), terms.SCIMPath)
}

func startAllInOne(t *testing.T) *wiring {
	t.Helper()
	return &wiring{ready: harness.RunAllInOne(t).Ready}
}

func startStack(t *testing.T) *wiring {
	t.Helper()
	stack := harness.StartStack(t, devstack.Config{})
	return &wiring{ready: stack.Ready, stack: stack}
}

// startThree starts three scimds, of which each request gets to the next one.
func startThree(t *testing.T) *wiring {
	t.Helper()
	stack := harness.StartStack(t, devstack.Config{Scimds: 3})
	return &wiring{ready: stack.Ready, stack: stack}
}

// startStackWithoutTokend makes organisations for all dialogues and stops tokend: provisioning goes
// on without it.
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
