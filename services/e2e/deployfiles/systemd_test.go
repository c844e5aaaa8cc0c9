package deployfiles

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/service"
)

// TestUnitsStartThePrograms: a unit and its environment file give a program what it reads, its
// secrets as credentials, and the time that it takes to end.
func TestUnitsStartThePrograms(t *testing.T) {
	t.Parallel()
	for name, p := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unit := readUnit(t, name)
			if got := unit["ExecStart"]; !slices.Equal(got, []string{"/usr/local/bin/" + name}) {
				t.Errorf("ExecStart is %q", got)
			}
			environment := "/etc/devrev-scim/" + name + ".env"
			if got := unit["EnvironmentFile"]; !slices.Equal(got, []string{environment}) {
				t.Errorf("EnvironmentFile is %q, want %s", got, environment)
			}
			variables := assignments(t, filepath.Join(root, "deploy/systemd", name+".env"))
			credentials := map[string]string{}
			for _, c := range unit["LoadCredential"] {
				id, path, _ := strings.Cut(c, ":")
				credentials[id] = path
				if path != "/etc/devrev-scim/secrets/"+id {
					t.Errorf("the credential %s is the file %s", id, path)
				}
			}
			for _, assignment := range strings.Fields(strings.Join(unit["Environment"], " ")) {
				variable, value, _ := strings.Cut(assignment, "=")
				id, isCredential := strings.CutPrefix(value, "%d/")
				if !isCredential || credentials[id] == "" {
					t.Errorf("%s is not a credential of the unit", assignment)
				}
				variables[variable] = value
			}
			for _, v := range config.Variables(p.config) {
				if v.Secret && variables[v.Name+"_FILE"] == "" {
					t.Errorf("the secret %s is not among the credentials", v.Name)
				}
			}
			p.starts(t, name, variables)
			stop, err := time.ParseDuration(strings.Join(unit["TimeoutStopSec"], " ") + "s")
			if want := service.Grace(drainDelay(t, variables)); err != nil || stop < want {
				t.Errorf("it is killed after %s (%v), and may take %s to end", stop, err, want)
			}
		})
	}
}

// TestUnitsAreVerified has systemd judge the units: there is nothing to complain of, and the
// exposure of each is 1.5 of 10 at most.
func TestUnitsAreVerified(t *testing.T) {
	t.Parallel()
	for name := range programs {
		path := filepath.Join(t.TempDir(), name+".service")
		text, err := os.ReadFile(filepath.Join(root, "deploy/systemd", name+".service"))
		assert.NilError(t, err)
		installed := strings.ReplaceAll(string(text), "/usr/local/bin/"+name, "/bin/true") // verify wants a program that is there
		assert.NilError(t, os.WriteFile(path, []byte(installed), 0o600))
		if out, err := tool(t, "systemd-analyze", "verify", "--man=no", path); err != nil || strings.Contains(out, name+".service") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if out, err := tool(t, "systemd-analyze", "security", "--offline=yes", "--threshold=15", path); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// readUnit returns the values of each setting of a unit; no setting is in two sections.
func readUnit(t *testing.T, name string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy/systemd", name+".service"))
	assert.NilError(t, err)
	unit := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if key, value, found := strings.Cut(line, "="); found && !strings.HasPrefix(line, "#") {
			unit[key] = append(unit[key], value)
		}
	}
	return unit
}

// assignments returns the variables of a file with a line NAME=value for each.
func assignments(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	assert.NilError(t, err)
	all := map[string]string{}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if _, twice := all[name]; !found || twice {
			t.Fatal(fmt.Errorf("%s:%d: %q is not one more variable", path, i+1, line))
		}
		all[name] = value
	}
	return all
}
