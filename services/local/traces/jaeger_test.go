package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/apiclient"
)

// TestJaegerKeepsWhatTheLogHasLost has the real product send its traces to a real Jaeger, and finds
// a refused request by each of its ids: with the log, without it, and after a start of Jaeger.
func TestJaegerKeepsWhatTheLogHasLost(t *testing.T) {
	program := os.Getenv("JAEGER")
	if program == "" {
		t.Skip("JAEGER names no Jaeger; `make test-jaeger` builds one and runs this")
	}
	files, query, otlp := t.TempDir(), harness.FreeAddr(t), harness.FreeAddr(t)
	end := startJaeger(t, program, files, query, otlp)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+otlp)
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	t.Setenv("OTEL_LOGS_EXPORTER", "none")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
	product := harness.RunAllInOne(t, "-orgs", "acme,other")
	idp := harness.Client{Base: product.Ready.SCIMBaseURL, Credential: product.Ready.Orgs[0].Token, MediaType: harness.SCIM}
	refused := idp.Want(t, http.StatusBadRequest, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"no e-mail address"}`)
	traceID, requestID := refused.Header.Get("X-Trace-Id"), refused.Header.Get("X-Request-Id")

	client, err := apiclient.New(apiclient.Config{BaseURL: product.Ready.APIBaseURL, Timeout: time.Minute})
	assert.NilError(t, err)
	h := handler{log: filepath.Join(t.TempDir(), "log"), traces: jaeger("http://" + query)}
	h.api = client.As(func() (string, error) { return product.Ready.PlatformCredential, nil })
	assert.NilError(t, os.WriteFile(h.log, nil, 0o600))
	harness.Eventually(t, "Jaeger has the trace", func() bool {
		spans, err := h.traces.trace(t.Context(), traceID)
		return err == nil && len(spans) > 3
	})
	found := func(when string) {
		for what, id := range map[string]string{"trace": traceID, "request": requestID} {
			page := shown(t, h, id)
			for _, want := range []string{
				"<h1>POST /scim/v2/Users: 400", "<summary>POST /scim/v2/Users</summary>", "<summary>decode</summary>",
				"http.response.status_code = 400", ": 400 invalidValue: ", requestID,
			} {
				if !strings.Contains(page, want) {
					t.Errorf("%s, by the id of the %s the page lacks %q:\n%s", when, what, want, page)
				}
			}
		}
		if page := shown(t, h, "acme"); !strings.Contains(page, traceID) || strings.Contains(shown(t, h, "other"), traceID) {
			t.Errorf("%s, the organisation's list is not of its requests:\n%s", when, page)
		}
		if page := shown(t, h, strings.Repeat("0", 31)+"1"); !strings.Contains(page, "There is no such request.") {
			t.Errorf("%s, an id that nothing has leads to\n%s", when, page)
		}
	}
	found("without a log")
	if page := shown(t, h, requestID); !strings.Contains(page, "The log does not have it") {
		t.Errorf("the page has a line of an empty log:\n%s", page)
	}
	log, err := product.Log()
	assert.NilError(t, err)
	assert.NilError(t, os.WriteFile(h.log, []byte(log), 0o600))
	found("with the log")
	if list := shown(t, h, "acme"); strings.Count(list, "?q="+traceID) != 1 {
		t.Errorf("the log and Jaeger have the request once, the list has not:\n%s", list)
	}
	end()
	if page := shown(t, h, requestID); !strings.Contains(page, "ask Jaeger") || !strings.Contains(page, `"request_id": "`+requestID) {
		t.Errorf("while Jaeger is away the page is\n%s", page)
	}
	startJaeger(t, program, files, query, otlp)
	found("after a start of Jaeger")
}

// startJaeger starts one with deploy/jaeger/config.yaml. It ends with end, or with the test.
func startJaeger(t *testing.T, program, files, query, otlp string) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, program, "--config", "../../../deploy/jaeger/config.yaml")
	cmd.Env = append(os.Environ(), "JAEGER_FILES="+files, "JAEGER_QUERY_ENDPOINT="+query, "JAEGER_OTLP_ENDPOINT="+otlp, "JAEGER_GRPC_ENDPOINT="+harness.FreeAddr(t))
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	assert.NilError(t, cmd.Start())
	end = func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	}
	t.Cleanup(end)
	harness.Eventually(t, "Jaeger listens", func() bool {
		return harness.Client{Base: "http://" + query}.Try(t, http.MethodGet, "/api/services", nil).Status == http.StatusOK &&
			harness.Client{Base: "http://" + otlp}.Try(t, http.MethodGet, "/v1/traces", nil).Status != 0
	})
	return end
}

// TestJaegerIsAskedAsItAnswers: what cannot be the id of a trace is not part of a path, what Jaeger
// does not have is none, and what it cannot answer is said.
func TestJaegerIsAskedAsItAnswers(t *testing.T) {
	t.Parallel()
	status := http.StatusNotFound
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	j := jaeger(server.URL)
	spans, err := j.trace(t.Context(), strings.Repeat("a", 32))
	assert.NilError(t, err)
	assert.Equal(t, len(spans), 0)
	_, err = j.trace(t.Context(), "../services")
	assert.NilError(t, err)
	assert.DeepEqual(t, asked, []string{"/api/traces/" + strings.Repeat("a", 32)})
	status = http.StatusInternalServerError
	_, err = j.requests(t.Context(), "acme")
	assert.ErrorContains(t, err, "500")
}
