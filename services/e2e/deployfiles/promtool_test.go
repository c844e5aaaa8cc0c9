package deployfiles

import (
	"path/filepath"
	"testing"
)

// promtool runs Prometheus' own tool.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	if out, err := tool(t, "promtool", args...); err != nil {
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
