package telemetry

import (
	"encoding/hex"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/devrev/scim/services/e2e/harness"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// TestStrangersDoNotDecideWhatIsSampled sends what would have each request traced, as part of the
// sender's trace, to both listeners of a scimd that samples one in five.
func TestStrangersDoNotDecideWhatIsSampled(t *testing.T) {
	const (
		share    = 0.2
		requests = 3_000
		trace    = "0af7651916cd43dd8448eb211c80319c"
		parent   = "b7ad6b7169203331"
	)
	c := newCollector(t)
	scimd := harness.Launch(t, "scimd", map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": c.server.URL, "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
		"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.2", "OTEL_BSP_MAX_QUEUE_SIZE": "100000",
	})
	headers := []string{"Traceparent", "00-" + trace + "-" + parent + "-01", "Tracestate", "junk=" + strings.Repeat("j", 200), "Baggage", "k=" + strings.Repeat("v", 8<<10)}
	outer, inner := newCaller(t, protocol(scimd), ""), newCaller(t, "http://"+scimd.API()+"/api/v1", "")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range requests / 4 {
				outer.want(http.StatusServiceUnavailable, "GET", "/nothing", nil, headers...)
			}
		})
	}
	all.Wait()
	continuedBy := inner.want(http.StatusServiceUnavailable, "GET", "/nothing", nil, headers...)
	scimd.End(t)
	c.server.Close() // and waits for what is still being kept

	if continuedBy.trace != trace {
		t.Errorf("the inner listener answers with the trace %s, not the caller's", continuedBy.trace)
	}
	own := map[string]bool{}
	for _, a := range outer.answers {
		own[a.trace] = true
	}
	if len(own) != requests || own[trace] {
		t.Errorf("%d requests have %d traces, the stranger's among them: %t", requests, len(own), own[trace])
	}
	sampled, continued := 0, 0
	for _, s := range c.spans {
		if s.GetKind() != tracepb.Span_SPAN_KIND_SERVER {
			continue
		}
		switch id := hex.EncodeToString(s.GetTraceId()); {
		case own[id] && len(s.GetParentSpanId()) == 0 && s.GetTraceState() == "":
			sampled++
		case id == trace && hex.EncodeToString(s.GetParentSpanId()) == parent:
			continued++
		default:
			t.Errorf("a span of the trace %s has the parent %x and the state %q", id, s.GetParentSpanId(), s.GetTraceState())
		}
	}
	if continued != 1 {
		t.Errorf("%d spans go on with the inner caller's trace, want 1", continued)
	}
	deviation := math.Sqrt(share * (1 - share) / requests)
	if got := float64(sampled) / requests; math.Abs(got-share) > 5*deviation {
		t.Errorf("%.3f of the strangers' requests were sampled, want %.1f within %.3f", got, share, 5*deviation)
	}
	t.Logf("%d of %d strangers' requests were sampled", sampled, requests)
}
