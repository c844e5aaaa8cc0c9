package deployfiles

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// promtool runs Prometheus' own tool. Where it is absent the test is skipped, and fails if
// REQUIRE_BACKENDS=1, unless servers are given for both stores: then nothing is to be installed.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		const why = "promtool is not installed; `make setup` installs it"
		given := os.Getenv("TEST_REDIS_URL") != "" && os.Getenv("TEST_MONGODB_URI") != ""
		if os.Getenv("REQUIRE_BACKENDS") == "1" && !given {
			t.Fatal(why)
		}
		t.Skip(why)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("promtool %q: %v\n%s", args, err, out)
	}
}

func TestPrometheusTakesItsConfiguration(t *testing.T) {
	t.Parallel()
	promtool(t, "check", "config", filepath.Join(root, "deploy/prometheus/prometheus.yml"))
}

func TestPrometheusTakesTheRules(t *testing.T) {
	t.Parallel()
	promtool(t, append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, glob(t, "deploy/prometheus/rules/*.yaml")...)...)
}

// TestAlertsFireAndStaySilent runs the cases of deploy/prometheus/tests.
func TestAlertsFireAndStaySilent(t *testing.T) {
	t.Parallel()
	for _, path := range glob(t, "deploy/prometheus/tests/*.yaml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			promtool(t, "test", "rules", path)
		})
	}
}
