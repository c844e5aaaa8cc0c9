package harness

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// Stack is the production wiring on one machine.
type Stack struct {
	*devstack.Stack
	Log Log // of all its programs
}

// Unique returns an organisation's id that no test has used: a Redis of the developer's remembers
// those of every run.
func Unique(name string) string { return name + "-" + strings.ToLower(rand.Text()) }

// StartStack starts the production wiring as c says and fills in what c leaves out: the programs, a
// log, free addresses, one organisation, the Redis of TEST_REDIS_URL or one of the stack's own, and
// a database of its own in the tests' MongoDB. It ends with the test, if it has not ended before.
// Stores that c leaves out may be as late as the machine makes them. A test of outages brings its
// own.
func StartStack(tb testing.TB, c devstack.Config) Stack {
	tb.Helper()
	if c.RedisURL == "" {
		c.RedisURL = os.Getenv("TEST_REDIS_URL")
	}
	if c.RedisURL == "" {
		if _, err := exec.LookPath("redis-server"); err != nil {
			missing(tb, "redis-server is not installed; `make setup` installs it")
		}
	}
	c.Patience = patience
	if c.MongoURI == "" {
		c.MongoURI, c.Database = patient(mongotest.URI(tb)), fmt.Sprintf("e2e_%d", time.Now().UnixNano())
	}
	if given := os.Getenv("TEST_REDIS_URL"); given != "" && c.RedisURL == given {
		OneEnvironment(tb, c.RedisURL, c.MongoURI, c.Database)
	}
	s := Stack{Log: NewLog(tb)}
	programs := []string{"tokend", "scimd"}
	if c.Console {
		programs = append(programs, "consoled")
	}
	if c.Logs = s.Log.File; c.Bin == "" {
		c.Bin = Programs(tb, programs...)
	}
	if c.Options.Data == "" {
		c.Options.Data = tb.TempDir()
	}
	c.Options.Addr, c.Options.JSON = "127.0.0.1:0", true
	if c.Options.Orgs == nil {
		c.Options.Orgs = []string{Unique("first")}
	}
	if c.Options.UserNameFormat == "" {
		c.Options.UserNameFormat = "email"
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), 5*patience)
	defer cancel()
	var err error
	if s.Stack, err = devstack.Start(ctx, c); err != nil {
		tb.Fatalf("%v\n%s", err, s.Log.Text(tb))
	}
	tb.Cleanup(func() { s.End(tb) })
	return s
}

// patient returns the connection string of a MongoDB that may take as long as anything may. One
// that has options is as it was.
func patient(uri string) string {
	if strings.Contains(uri, "?") {
		return uri
	}
	return fmt.Sprintf("%s/?timeoutMS=%d", strings.TrimSuffix(uri, "/"), patience.Milliseconds())
}

// End ends all processes. A second call does nothing.
func (s Stack) End(tb testing.TB) {
	tb.Helper()
	if err := s.Stop(); err != nil {
		tb.Error(err)
	}
}

// Organisation makes an organisation with SCIM on and returns its token. userNameFormat is email or
// any.
func (s Stack) Organisation(tb testing.TB, org, userNameFormat string) (token string) {
	tb.Helper()
	platform := local.Platform{BaseURL: s.Ready.APIBaseURL, Credential: s.Ready.PlatformCredential}
	token, err := platform.Prepare(tb.Context(), org, userNameFormat, true)
	assert.NilError(tb, err)
	return token
}

// missing ends a test for which a part of the machine is missing: it is skipped, or fails where
// back ends are required.
func missing(tb testing.TB, why string) {
	tb.Helper()
	if os.Getenv("REQUIRE_BACKENDS") == "1" {
		tb.Fatal(why)
	}
	tb.Skip(why)
}
