package e2e

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

func TestAProgramSaysOnceWhatItStartedWith(t *testing.T) {
	t.Parallel()
	const password = "hunter2"
	pepper := strings.Repeat("c2Vj", 12)
	for _, name := range []string{"scimd", "tokend"} {
		p := harness.Launch(t, name, map[string]string{
			"REDIS_URL":     "redis://scim:" + password + "@127.0.0.1:1/3?pool_size=7",
			"MONGODB_URI":   "mongodb://scim:" + password + "@127.0.0.1:1,127.0.0.1:2/?replicaSet=rs0", // no one answers there
			"TOKEN_PEPPERS": "k2:" + pepper + ",k1:" + pepper + ",k3:" + pepper,
		})
		log := p.Log.Text(t)
		if strings.Contains(log, password) || strings.Contains(log, pepper) {
			t.Errorf("%s: the log has a secret:\n%s", name, log)
		}
		var lines []map[string]any
		for line := range strings.Lines(log) {
			var fields map[string]any
			if json.Unmarshal([]byte(line), &fields) == nil && fields["msg"] == "started" {
				lines = append(lines, fields)
			}
		}
		if len(lines) != 1 {
			t.Fatalf("%s: %d lines `started`, want one:\n%s", name, len(lines), log)
		}
		for key, want := range map[string]string{
			"version": "development", "redis": "127.0.0.1:1/3", "mongodb": "127.0.0.1:1,127.0.0.1:2/devrev_scim", "kids": "k2 k1 k3",
		} {
			if lines[0][key] != want {
				t.Errorf("%s: %s is %v, want %s", name, key, lines[0][key], want)
			}
		}
		if addresses, _ := lines[0]["addresses"].(string); !strings.Contains(addresses, p.Addr()) || !strings.Contains(addresses, p.Operations()) {
			t.Errorf("%s: addresses is %q, want %s and %s among them", name, addresses, p.Addr(), p.Operations())
		}
		revision, _ := lines[0]["revision"].(string)
		if series := `scim_build_info{revision="` + revision + `",version="development"} 1`; !strings.Contains(harness.Metrics(t, p.Process), series) {
			t.Errorf("%s: the page of metrics lacks %s", name, series)
		}
	}
}

func TestASecondSignalEndsAProgramAtOnce(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"scimd", "tokend"} {
		p := harness.Launch(t, name, map[string]string{"DRAIN_DELAY": "10m"})
		signal := func() {
			assert.NilError(t, syscall.Kill(p.PID(), syscall.SIGTERM))
		}
		signal()
		harness.Eventually(t, name+" drains", func() bool {
			return strings.Contains(string(harness.Client{Base: "http://" + p.Operations()}.Try(t, http.MethodGet, "/readyz", nil).Body), "draining")
		})
		signal()
		harness.Eventually(t, name+" has ended", func() bool {
			return errors.Is(syscall.Kill(p.PID(), 0), syscall.ESRCH)
		})
	}
}
