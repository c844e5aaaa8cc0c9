package deployfiles

import (
	"errors"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/console/consoleserver"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/tokenserver"
)

// program is one of the services, as files of deploy start it.
type program struct {
	config any                                      // a pointer to its configuration
	load   func(environ []string) ([]string, error) // what it warns of, and why it does not start
}

var programs = map[string]program{
	"scimd": {&scimserver.Config{}, func(environ []string) ([]string, error) {
		c, err := scimserver.Load(environ)
		return c.Warnings(), err
	}},
	"tokend": {&tokenserver.Config{}, func(environ []string) ([]string, error) {
		c, err := tokenserver.Load(environ)
		return c.Warnings(), err
	}},
	"consoled": {&consoleserver.Config{}, func(environ []string) ([]string, error) {
		c, err := consoleserver.Load(environ)
		if err == nil {
			_, err = c.Console(console.Deps{})
		}
		return c.Warnings(), err
	}},
}

// secrets are good values of the secrets, for programs whose other variables a file of deploy sets.
var secrets = map[string]string{
	"REDIS_URL": "redis://redis.example.com", "MONGODB_URI": "mongodb://mongodb.example.com", "TOKEN_PEPPERS": "k1:" + strings.Repeat("c2Vj", 12),
	"PLATFORM_CREDENTIAL": strings.Repeat("p", 32), "CONSOLE_SESSION_KEYS": strings.Repeat("c2Vj", 10) + "c2U=", "CONSOLE_CLIENT_SECRET": "secret",
}

// starts fails if the program would not start with these variables, or would warn of one.
// NAME_FILE is replaced by a file with a good value of NAME, which has to be a secret.
func (p program) starts(t *testing.T, name string, variables map[string]string) {
	t.Helper()
	folder := t.TempDir()
	var environ []string
	for variable, value := range variables {
		if secret, isFile := strings.CutSuffix(variable, "_FILE"); isFile && secrets[secret] != "" {
			value = folder + "/" + secret
			assert.NilError(t, os.WriteFile(value, []byte(secrets[secret]+"\n"), 0o600))
		}
		environ = append(environ, variable+"="+value)
	}
	warnings, err := p.load(environ)
	if err != nil {
		t.Errorf("%s would not start: %v", name, err)
	}
	for _, w := range warnings {
		t.Errorf("%s would warn: %s", name, w)
	}
	for variable := range variables {
		if !p.reads(variable) {
			t.Errorf("%s does not read %s", name, variable)
		}
	}
}

// standard are variables that no configuration names: the Go runtime and OpenTelemetry read them.
var standard = []string{"GOMEMLIMIT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"}

// reads reports whether the program reads the variable.
func (p program) reads(variable string) bool {
	return slices.Contains(standard, variable) || slices.ContainsFunc(config.Variables(p.config), func(v config.Variable) bool {
		return v.Name == variable || v.Secret && v.Name+"_FILE" == variable
	})
}

// port returns the port that the program listens on where the variable is not set.
func (p program) port(t *testing.T, variable string) string {
	t.Helper()
	for _, field := range reflect.VisibleFields(reflect.TypeOf(p.config).Elem()) {
		if field.Tag.Get("env") == variable {
			return strings.TrimPrefix(field.Tag.Get("envDefault"), ":")
		}
	}
	t.Fatalf("no configuration has %s", variable)
	return ""
}

// drainDelay returns the DRAIN_DELAY among the variables, or else the default one.
func drainDelay(t *testing.T, variables map[string]string) time.Duration {
	t.Helper()
	text := variables["DRAIN_DELAY"]
	if text == "" {
		text = reflect.TypeFor[config.Program]().Field(0).Tag.Get("envDefault")
	}
	delay, err := time.ParseDuration(text)
	assert.NilError(t, err)
	return delay
}

// tool runs a tool that `make setup` installs, and returns what it writes. Where it is absent the
// test is skipped, and fails if REQUIRE_BACKENDS=1, unless servers are given for both stores: then
// nothing is to be installed.
func tool(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		why := name + " is not installed; `make setup` installs it"
		given := os.Getenv("TEST_REDIS_URL") != "" && os.Getenv("TEST_MONGODB_URI") != ""
		if os.Getenv("REQUIRE_BACKENDS") == "1" && !given {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	return string(out), err
}
