package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/telemetry/telemetrytest"
)

func TestMain(m *testing.M) {
	for _, entry := range os.Environ() { // the tests set their own
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "OTEL_") {
			_ = os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

// A page is a log that tests may read while it is written.
type page struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *page) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// hung accepts connections and never answers; dead refuses them.
func hung(t *testing.T) string {
	t.Helper()
	l := listener(t)
	var conns []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, conn)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
		for _, conn := range conns {
			_ = conn.Close()
		}
	})
	return "http://" + l.Addr().String()
}

func dead(t *testing.T) string {
	t.Helper()
	l := listener(t)
	_ = l.Close()
	return "http://" + l.Addr().String()
}

func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	return l
}

func TestStartsAndStopsWhateverTheEnvironmentSays(t *testing.T) {
	for _, row := range []struct {
		rule    string
		env     map[string]string
		warning string // in the log; "": the log is empty; "-": any log
		hidden  string // never in the log
	}{
		{rule: "nothing set: no exporter, no warning"},
		{rule: "the SDK can be turned off", env: map[string]string{"OTEL_SDK_DISABLED": "TRUE", "OTEL_TRACES_EXPORTER": "zipkin"}},
		{rule: "none counts as an exporter", env: map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}},
		{rule: "a dead collector over HTTP", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": dead(t)}, warning: "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{rule: "a dead collector over gRPC", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": dead(t), "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, warning: "-"},
		{rule: "a hung collector over HTTP", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": hung(t)}, warning: "-"},
		{rule: "a hung collector over gRPC", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": hung(t), "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, warning: "-"},
		{rule: "an unknown traces exporter is named", env: map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, warning: `"OTEL_TRACES_EXPORTER":"zipkin"`},
		{rule: "an unknown metrics exporter is named", env: map[string]string{"OTEL_METRICS_EXPORTER": "statsd"}, warning: `"OTEL_METRICS_EXPORTER":"statsd"`},
		{rule: "an unknown logs exporter is named", env: map[string]string{"OTEL_LOGS_EXPORTER": "syslog"}, warning: `"OTEL_LOGS_EXPORTER":"syslog"`},
		{
			rule: "an unknown protocol is named", env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "carrier-pigeon"},
			warning: `"OTEL_EXPORTER_OTLP_PROTOCOL":"carrier-pigeon"`,
		},
		{rule: "an unknown sampler is named", env: map[string]string{"OTEL_TRACES_SAMPLER": "sometimes"}, warning: "OTEL_TRACES_SAMPLER"},
		{
			rule: "an invalid number is named", env: map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": dead(t), "OTEL_BSP_SCHEDULE_DELAY": "5s"},
			warning: "OTEL_BSP_SCHEDULE_DELAY",
		},
		{
			rule: "an endpoint that is not a URL is named", env: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://[bad", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"},
			warning: "OTEL_EXPORTER_OTLP_ENDPOINT",
		},
		{
			rule: "a header that cannot be read is named and its key stays secret",
			env: map[string]string{
				"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": dead(t),
				"OTEL_EXPORTER_OTLP_HEADERS": "api-key-c0ffee", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
			},
			warning: "OTEL_EXPORTER_OTLP_HEADERS", hidden: "c0ffee",
		},
		{rule: "resource attributes that cannot be read are named", env: map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "zone"}, warning: "OTEL_RESOURCE_ATTRIBUTES"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			for name, value := range row.env {
				t.Setenv(name, value)
			}
			var log page
			start := time.Now()
			tel, err := telemetry.Start(t.Context(), telemetry.Config{Service: "test", Log: &log})
			assert.NilError(t, err)
			telemetrytest.Bound(t, "start", time.Since(start), time.Second)
			_, span := tel.Tracer().Start(t.Context(), "GET /Users")
			span.End()
			tel.Metrics().Outcomes(t.Context(), "created")

			start = time.Now()
			err = tel.Shutdown(t.Context())
			telemetrytest.Bound(t, "shutdown", time.Since(start), 4500*time.Millisecond)
			switch text := log.String(); {
			case row.warning == "" && (text != "" || err != nil):
				t.Errorf("a complaint about nothing: %v, log:\n%s", err, text)
			case row.warning != "-" && !strings.Contains(text, row.warning):
				t.Errorf("no warning names %s; log:\n%s", row.warning, text)
			case row.hidden != "" && strings.Contains(text, row.hidden):
				t.Errorf("the log shows %s:\n%s", row.hidden, text)
			}
		})
	}
}

func TestShutdownSendsWhatIsHeld(t *testing.T) {
	var mu sync.Mutex
	got := map[string]string{}
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got[r.URL.Path] += string(body)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")

	tel, err := telemetry.Start(t.Context(), telemetry.Config{Service: "scimd", Version: "v1", Log: io.Discard})
	assert.NilError(t, err)
	ctx, span := tel.Tracer().Start(t.Context(), "one-span")
	tel.Logger().InfoContext(ctx, "one-line\x1b[2J", "error", errors.New("one\x1b[2Jerror"), slog.Group("inner", "text", "one\u202etext"))
	tel.Metrics().Outcomes(ctx, "one-outcome")
	span.End()
	assert.NilError(t, tel.Shutdown(context.Background()))
	if strings.Contains(got["/v1/logs"], "\x1b[") || strings.Contains(got["/v1/logs"], "\u202e") || !strings.Contains(got["/v1/logs"], `one\x1b[2Jerror`) || strings.Contains(got["/v1/logs"], "exception") {
		t.Errorf("the exported line is not clean: %q", got["/v1/logs"])
	}
	for path, want := range map[string]string{"/v1/traces": "one-span", "/v1/logs": "one-line", "/v1/metrics": "one-outcome"} {
		if !strings.Contains(got[path], want) || !strings.Contains(got[path], "scimd") {
			t.Errorf("%s did not reach %s with its service.name", want, path)
		}
	}
}

func TestFailedExportsAreCountedAndBounded(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", dead(t))
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	t.Setenv("OTEL_LOGS_EXPORTER", "none")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "20")
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
	var log page
	tel, err := telemetry.Start(t.Context(), telemetry.Config{Service: "test", Log: &log})
	assert.NilError(t, err)
	for range 30 {
		_, span := tel.Tracer().Start(t.Context(), "GET /Users")
		span.End()
	}
	for !strings.Contains(telemetrytest.Scrape(t, tel), "scim_telemetry_failures_total 30") {
		time.Sleep(10 * time.Millisecond) // until the test's own time is up
	}
	for _, want := range []string{`scim_telemetry_spans_total{state="ended"} 30`, `scim_telemetry_spans_total{state="exported"} 0`} {
		if page := telemetrytest.Scrape(t, tel); !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if err := tel.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 10 {
		t.Errorf("%d lines about 30 failures, want 10:\n%s", lines, log.String())
	}
}

func TestWhatGetsLostIsCounted(t *testing.T) {
	release := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer collector.Close()
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	t.Setenv("OTEL_LOGS_EXPORTER", "none")
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
	tel, err := telemetry.Start(t.Context(), telemetry.Config{Service: "test", Log: io.Discard})
	assert.NilError(t, err)
	for range 100 {
		_, span := tel.Tracer().Start(t.Context(), "GET /Users")
		span.End()
	}
	close(release)
	var exported, ended int
	for exported == 0 {
		time.Sleep(10 * time.Millisecond) // until the test's own time is up
		for line := range strings.Lines(telemetrytest.Scrape(t, tel)) {
			_, _ = fmt.Sscanf(line, `scim_telemetry_spans_total{state="exported"} %d`, &exported)
			_, _ = fmt.Sscanf(line, `scim_telemetry_spans_total{state="ended"} %d`, &ended)
		}
	}
	if ended != 100 || exported > 30 { // the queue holds ten, and a few are under way
		t.Errorf("%d ended and %d were exported, want 100 and what the queue held", ended, exported)
	}
	if err := tel.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestOffReportsNothing(t *testing.T) {
	t.Parallel()
	tel := telemetry.Off()
	ctx, span := tel.Tracer().Start(t.Context(), "GET /Users")
	defer span.End()
	tel.Metrics().Outcomes(ctx, "created")
	if span.SpanContext().IsValid() || tel.Logger().Enabled(ctx, slog.LevelError) {
		t.Error("Off has a span or a log")
	}
	if err := tel.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}
