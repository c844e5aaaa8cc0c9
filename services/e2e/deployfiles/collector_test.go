package deployfiles

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// collector is a running collector with deploy/otel-collector/config.yaml and local.yaml.
type collector struct {
	t      *testing.T
	url    string
	folder string // traces.jsonl and logs.jsonl
}

// local are the files of a collector that writes into its folder.
var local = []string{"config.yaml", "local.yaml"}

// binary returns what COLLECTOR names. `make test-collector` sets it: the collector takes minutes
// to build.
func binary(t *testing.T) string {
	t.Helper()
	path := os.Getenv("COLLECTOR")
	if path == "" {
		t.Skip("COLLECTOR names no collector; `make test-collector` builds one and runs this")
	}
	return path
}

// configured returns the command of a collector with the files of deploy/otel-collector and the
// environment that they need.
func configured(ctx context.Context, path string, args []string, files []string, env ...string) *exec.Cmd {
	for _, file := range files {
		args = append(args, "--config", filepath.Join(root, "deploy/otel-collector", file))
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

func TestCollectorTakesItsConfiguration(t *testing.T) {
	t.Parallel()
	for _, files := range [][]string{{"config.yaml"}, local, append(slices.Clone(local), "jaeger.yaml")} {
		out, err := configured(t.Context(), binary(t), []string{"validate"}, files, "COLLECTOR_FILES="+t.TempDir()).CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v\n%s", files, err, out)
		}
	}
}

// startCollector starts one with these files of configuration, and env beside the addresses, which
// are free ones.
func startCollector(t *testing.T, files []string, env ...string) *collector {
	t.Helper()
	path := binary(t)
	addr, health := harness.FreeAddr(t), harness.FreeAddr(t)
	_, metrics, _ := net.SplitHostPort(harness.FreeAddr(t))
	c := &collector{t: t, url: "http://" + addr, folder: t.TempDir()}
	var complaints bytes.Buffer
	cmd := configured(t.Context(), path, nil, files, append(env, "METRICS_HOST=127.0.0.1", "METRICS_PORT="+metrics,
		"COLLECTOR_FILES="+c.folder, "OTLP_HTTP_ENDPOINT="+addr, "OTLP_GRPC_ENDPOINT="+harness.FreeAddr(t), "HEALTH_ENDPOINT="+health)...)
	cmd.Stderr = &complaints
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	assert.NilError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Wait() // it was told to end with the test's context
		if t.Failed() {
			t.Log(complaints.String())
		}
	})
	harness.Eventually(t, "the collector is healthy", func() bool {
		return harness.Client{Base: "http://" + health}.Try(t, http.MethodGet, "", nil).Status == http.StatusOK
	})
	return c
}

// send sends n traces like tr, with ids from ids, and returns their ids.
func (c *collector) send(n int, tr trace, ids *rand.Rand) map[string]bool {
	c.t.Helper()
	sent := map[string]bool{}
	var spans []any
	for range n {
		id := fmt.Sprintf("%016x%016x", ids.Uint64(), ids.Uint64())
		sent[id] = true
		spans = append(spans, tr.spans(id)...)
	}
	for batch := range slices.Chunk(spans, 1000) {
		c.post("traces", batch)
	}
	return sent
}

// among returns how many of the traces sent are among the spans that were kept.
func among(kept []object, sent map[string]bool) (n int) {
	found := map[string]bool{}
	for _, span := range kept {
		if id := text(span["traceId"]); sent[id] {
			found[id] = true
		}
	}
	return len(found)
}

// settled returns what the collector lets through, once nothing more has come for 3 s: it decides 1
// s after the root of a trace. Where something came before, that may be less than all.
func (c *collector) settled() []object {
	c.t.Helper()
	before := -1
	for range 20 {
		spans := c.spans()
		if len(spans) == before && before > 0 {
			return spans
		}
		before = len(spans)
		time.Sleep(3 * time.Second)
	}
	c.t.Fatal("the collector does not come to an end, or lets nothing through")
	return nil
}

// TestCollectorKeepsWhatMatters sends 15,600 traces and counts which are kept: of errors, slow ones
// and changes of tokens every one, of the rest 5 %. The ids are drawn from a fixed seed: which of
// the rest are kept depends on their ids alone.
func TestCollectorKeepsWhatMatters(t *testing.T) {
	t.Parallel()
	c := startCollector(t, local)
	kinds := []struct {
		name  string
		n     int
		trace trace
		least float64 // of what is sent
		most  float64
	}{
		{"errors", 100, trace{status: 503, store: "timeout"}, 1, 1},
		{"an error below a request that went well", 100, trace{status: 200, store: "timeout"}, 1, 1},
		{"slow", 100, trace{status: 200, took: 600 * time.Millisecond}, 1, 1},
		{"changes of tokens", 100, trace{method: "POST", route: "/api/v1/organisations/:org/scim/tokens/rotate", status: 201}, 1, 1},
		{"revocations", 100, trace{method: "DELETE", route: "/api/v1/organisations/:org/scim/tokens/:token", status: 204}, 1, 1},
		{"the rest", 5000, trace{status: 200}, .04, .06},
		{"the rest, almost slow", 5000, trace{status: 200, took: 490 * time.Millisecond}, .04, .06},
		{"the rest, tokens that are looked at", 5000, trace{method: "GET", route: "/api/v1/organisations/:org/scim/tokens", status: 200}, .04, .06},
		{"reports of leaks", 100, trace{method: "POST", route: "/leaks/github", status: 200}, 1, 1},
	}
	ids := rand.New(rand.NewPCG(1, 2))
	sent := make([]map[string]bool, len(kinds))
	for i, kind := range kinds {
		sent[i] = c.send(kind.n, kind.trace, ids)
	}
	kept := c.settled()
	for i, kind := range kinds {
		n := among(kept, sent[i])
		share := float64(n) / float64(kind.n)
		t.Logf("%s: %d of %d kept, %.2f %%", kind.name, n, kind.n, 100*share)
		if share < kind.least || share > kind.most {
			t.Errorf("%s: want %.0f to %.0f %%", kind.name, 100*kind.least, 100*kind.most)
		}
	}
}

// TestCollectorKeepsTheTraceOfATicket: a refused request has its trace, except in a flood of them,
// and a flood of strangers, or of requests beyond a rate, takes nothing from the others. In the
// minute that the test takes at most, 20 spans a second are 10 traces.
func TestCollectorKeepsTheTraceOfATicket(t *testing.T) {
	t.Parallel()
	c := startCollector(t, local, "REFUSED_SPANS_PER_SECOND=20", "STRANGE_SPANS_PER_SECOND=20")
	ids := rand.New(rand.NewPCG(3, 4))
	refused, conflict := trace{status: 400}, trace{method: "POST", status: 409}
	strange, beyond := trace{status: 401, strange: true}, trace{status: 429}
	for _, flood := range []trace{strange, beyond} {
		sent := c.send(2000, flood, ids)
		if n := among(c.settled(), sent); n > 1000 {
			t.Errorf("%d of %d traces with %d are kept, want a bounded number", n, len(sent), flood.status)
		}
	}
	tickets := c.send(8, refused, ids)
	maps.Copy(tickets, c.send(8, conflict, ids))
	harness.Eventually(t, "every refused request has its trace", func() bool { return among(c.spans(), tickets) == len(tickets) })
	sent := c.send(5000, conflict, ids)
	n := among(c.settled(), sent)
	t.Logf("%d of %d kept, of a flood", n, len(sent))
	if n > 1250 {
		t.Errorf("of a flood %d of %d traces are kept, want a bounded number", n, len(sent))
	}
}

// TestCollectorSendsWhereTheEnvironmentSays runs it as in production: a failed request's trace, and
// a log line, arrive over OTLP.
func TestCollectorSendsWhereTheEnvironmentSays(t *testing.T) {
	t.Parallel()
	arrived := make(chan string, 100)
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { arrived <- r.Method + " " + r.URL.Path }))
	defer backend.Close()
	c := startCollector(t, []string{"config.yaml"}, "TRACES_ENDPOINT="+backend.URL+"/tempo", "LOGS_ENDPOINT="+backend.URL+"/loki/otlp")
	c.post("traces", trace{status: 500}.spans(fmt.Sprintf("%032x", 7)))
	c.post("logs", []any{object{"timeUnixNano": "1", "body": object{"stringValue": "request"}}})
	missing := map[string]bool{"POST /tempo/v1/traces": true, "POST /loki/otlp/v1/logs": true}
	late := time.After(time.Minute) // a decision is taken 6 s after the root
	for len(missing) > 0 {
		select {
		case what := <-arrived:
			delete(missing, what)
		case <-late:
			t.Fatalf("nothing came by %v", missing)
		}
	}
}
