package deployfiles

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/service"
	"github.com/devrev/scim/services/token/tokenserver"
)

const compose = "compose.yaml"

// defaulted is a variable of whoever calls docker compose, with the value that it has if it is not
// set.
var defaulted = regexp.MustCompile(`\$\{\w+:-([^}]*)\}`)

// TestComposeStartsThePrograms: each gets the variables that it reads, secrets that make-secrets
// makes, stores that are services of the file, and the time that it takes to end.
func TestComposeStartsThePrograms(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	made := madeSecrets(t)
	dockerfile, err := os.ReadFile(filepath.Join(root, "deploy/image/Dockerfile"))
	assert.NilError(t, err)
	for _, name := range []string{"scimd-1", "scimd-2", "tokend-1", "tokend-2", "consoled"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of, _, _ := strings.Cut(name, "-")
			p, started := programs[of], file.at("services", name)
			variables := map[string]string{}
			for variable := range keysOf(started.at("environment")) {
				variables[variable] = defaulted.ReplaceAllString(started.at("environment").text(variable), "$1")
				if secret, isSecret := strings.CutPrefix(variables[variable], "/run/secrets/devrev-scim/"); isSecret && made[secret] == "" {
					t.Errorf("%s is %s, which make-secrets does not make", variable, variables[variable])
				}
			}
			if of == "consoled" { // which starts with an issuer only
				for variable, value := range map[string]string{
					"OIDC_ISSUER": "https://login.example.com", "OIDC_AUDIENCE": "scim", "OIDC_JWKS_URL": "https://login.example.com/keys",
				} {
					if _, passed := variables[variable]; !passed {
						t.Errorf("%s is not passed on", variable)
					}
					variables[variable] = value
				}
			}
			p.starts(t, name, variables)
			grace, err := time.ParseDuration(started.text("stop_grace_period"))
			if want := service.Grace(drainDelay(t, variables)); err != nil || grace < want {
				t.Errorf("it is killed after %s (%v), and may take %s to end", grace, err, want)
			}
			for _, host := range regexp.MustCompile(`[a-z]+-\d`).FindAllString(variables["REDIS_URL"]+variables["MONGODB_URI"], -1) {
				if file.at("services", host).value == nil {
					t.Errorf("a store is at %s, and there is no such service", host)
				}
			}
			if target := started.at("build").text("target"); target != of || !strings.Contains(string(dockerfile), " AS "+of+"\n") {
				t.Errorf("it is built of the target %s", target)
			}
		})
	}
}

// TestComposeNamesWhatIsThere: services, volumes, files, and the names by which Prometheus and the
// front find the programs.
func TestComposeNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	services := keysOf(file.at("services"))
	for name := range services {
		s := file.at("services", name)
		for _, other := range s.at("depends_on").list() {
			if !services[other.string()] {
				t.Errorf("%s depends on %s, which is not there", name, other.string())
			}
		}
		for _, v := range s.at("volumes").list() {
			from, _, _ := strings.Cut(v.string(), ":")
			if strings.HasPrefix(from, "./") {
				if _, err := os.Stat(filepath.Join(root, from)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			} else if !keysOf(file.at("volumes"))[from] {
				t.Errorf("%s: there is no volume %s", name, from)
			}
		}
		for _, port := range s.at("ports").list() {
			if !strings.HasPrefix(port.string(), "127.0.0.1:") {
				t.Errorf("%s: the port %s is open to other machines", name, port.string())
			}
		}
	}
	for _, name := range []string{"scimd-1", "scimd-2", "tokend-1", "tokend-2"} {
		of, _, _ := strings.Cut(name, "-")
		if alias := file.at("services", name, "networks", "default", "aliases", 0).string(); alias != of+"-operations" {
			t.Errorf("%s is %s to Prometheus, and prometheus.yml reads %s-operations", name, alias, of)
		}
	}
}

// TestComposeFrontLeadsToThePrograms: its servers are services of the file, at the ports of the
// programs.
func TestComposeFrontLeadsToThePrograms(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	front, err := os.ReadFile(filepath.Join(root, "deploy/compose/front.cfg"))
	assert.NilError(t, err)
	ports := map[string][2]string{ // of requests and of health, by the backend
		"scimd": {"SCIMD_ADDR", "SCIMD_OPS_ADDR"}, "scimd-api": {"SCIMD_API_ADDR", "SCIMD_OPS_ADDR"},
		"tokend": {"TOKEND_ADDR", "TOKEND_OPS_ADDR"}, "consoled": {"CONSOLE_ADDR", "CONSOLE_OPS_ADDR"},
	}
	backends := regexp.MustCompile(`(?m)^backend (\S+)\n((?: .*\n)+)`).FindAllStringSubmatch(string(front), -1)
	if len(backends) != len(ports)+1 {
		t.Errorf("it has %d backends, want %d, and one for all other paths", len(backends), len(ports))
	}
	for _, b := range backends {
		if b[1] == "nothing" {
			continue
		}
		of, _, _ := strings.Cut(b[1], "-")
		if health := "check port " + programs[of].port(t, ports[b[1]][1]) + " "; !strings.Contains(b[2], health) {
			t.Errorf("%s has no %q", b[1], health)
		}
		servers := regexp.MustCompile(`server \S+ (\S+):(\d+)`).FindAllStringSubmatch(b[2], -1)
		for _, s := range servers {
			if file.at("services", s[1]).value == nil || s[2] != programs[of].port(t, ports[b[1]][0]) || !strings.HasPrefix(s[1], of) {
				t.Errorf("%s leads to %s:%s", b[1], s[1], s[2])
			}
		}
		if len(servers) == 0 {
			t.Errorf("%s leads nowhere", b[1])
		}
	}
}

// TestComposeSecretsAreMadeOnce: good ones, of their own for each installation, that a second start
// keeps.
func TestComposeSecretsAreMadeOnce(t *testing.T) {
	t.Parallel()
	one, other := madeSecrets(t), madeSecrets(t)
	environ := []string{
		"SCIM_BASE_URL=https://scim.example.com/scim/v2", "REDIS_URL=" + secrets["REDIS_URL"], "MONGODB_URI=" + secrets["MONGODB_URI"],
		"TOKEN_PEPPERS=" + one["token-peppers"], "PLATFORM_CREDENTIAL=" + one["platform-credential"],
	}
	if _, err := tokenserver.Load(environ); err != nil {
		t.Error(err)
	}
	for name := range one {
		if one[name] == other[name] {
			t.Errorf("two installations have the same %s", name)
		}
	}
}

// madeSecrets returns what make-secrets makes, and fails if a second run changes it.
func madeSecrets(t *testing.T) map[string]string {
	t.Helper()
	folder := t.TempDir()
	run := func() map[string]string {
		script := filepath.Join(root, "deploy/compose/make-secrets")
		if out, err := exec.CommandContext(t.Context(), "sh", script, folder).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		made := map[string]string{}
		files, err := os.ReadDir(folder)
		assert.NilError(t, err)
		for _, f := range files {
			content, err := os.ReadFile(filepath.Join(folder, f.Name()))
			assert.NilError(t, err)
			made[f.Name()] = strings.TrimSpace(string(content))
		}
		return made
	}
	first := run()
	for name, value := range run() {
		if first[name] != value {
			t.Errorf("a second start changes %s", name)
		}
	}
	return first
}

// TestComposeIsTaken has docker-compose read the file; `make test-compose` runs it.
func TestComposeIsTaken(t *testing.T) {
	if os.Getenv("COMPOSE") == "" {
		t.Skip("no COMPOSE; `make test-compose` sets it")
	}
	run := func(name string, args ...string) string {
		out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	if out := run("docker-compose", "--file", filepath.Join(root, compose), "--profile", "console", "config", "--quiet"); out != "" {
		t.Errorf("docker-compose says:\n%s", out)
	}
}

func keysOf(n node) map[string]bool {
	keys := map[string]bool{}
	values, _ := n.value.(map[string]any)
	for key := range values {
		keys[key] = true
	}
	return keys
}

func readCompose(t *testing.T) node {
	t.Helper()
	var file map[string]any
	readLoosely(t, compose, &file)
	return node{file}
}
