package telemetry

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
)

// silence returns the address of a server that takes connections and never answers.
func silence(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(tb, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var taken []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			taken = append(taken, conn)
		}
		for _, conn := range taken {
			_ = conn.Close()
		}
	}()
	tb.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return "http://" + l.Addr().String()
}

// no one returns an address at which no one listens.
func nobody(tb testing.TB) string {
	tb.Helper()
	return "http://" + harness.FreeAddr(tb)
}

// TestTheProgramStartsAndEndsWhateverTheEnvironmentSays has the whole program do what
// libs/telemetry proves of itself. The start is compared with that of a program without telemetry,
// since the machine may be busy.
func TestTheProgramStartsAndEndsWhateverTheEnvironmentSays(t *testing.T) {
	without := harness.Launch(t, "scimd", map[string]string{"OTEL_SDK_DISABLED": "true"})
	without.End(t)
	for _, row := range []struct {
		rule        string
		environment map[string]string
		warning     string
	}{
		{"nothing set", nil, ""},
		{"none", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}, ""},
		{"the console", map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "console"}, ""},
		{"OTLP over HTTP", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": newCollector(t).server.URL}, ""},
		{"OTLP over gRPC, with nobody there", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": nobody(t), "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ""},
		{"a collector that hangs", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": silence(t)}, ""},
		{"an endpoint that is none", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://[bad"}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"a sampler that is none", map[string]string{"OTEL_TRACES_SAMPLER": "sometimes"}, "OTEL_TRACES_SAMPLER"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			scimd := harness.Launch(t, "scimd", row.environment)
			caller := newCaller(t, protocol(scimd), "")
			caller.want(http.StatusServiceUnavailable, "GET", "/nothing", nil) // as everything is without stores
			took := scimd.End(t)
			redistest.Bound(t, "it starts later than without telemetry", scimd.Started-without.Started, time.Second)
			redistest.Bound(t, "it ends", took, 5*time.Second)
			if log := scimd.Log.Text(t); !strings.Contains(log, row.warning) {
				t.Errorf("no warning names %s:\n%s", row.warning, log)
			}
			t.Logf("started within %d ms (%d without telemetry), ended within %d", scimd.Started.Milliseconds(), without.Started.Milliseconds(), took.Milliseconds())
		})
	}
}
