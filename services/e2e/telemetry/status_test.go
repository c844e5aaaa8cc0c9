package telemetry

import (
	"strconv"
	"testing"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// TestOnlyWhatFailedIsAnError looks at every span: a refused request, a missing key and a duplicate
// are none, whatever the route.
func TestOnlyWhatFailedIsAnError(t *testing.T) {
	s := observe(t)
	seen := map[string]int{}
	for _, span := range s.collector.spans {
		of, failed := attributes(span.GetAttributes()), span.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR
		if message := span.GetStatus().GetMessage(); message != "" || len(span.GetEvents()) > 0 {
			t.Errorf("%s tells %q and %v", span.GetName(), message, span.GetEvents())
		}
		switch span.GetKind() {
		case tracepb.Span_SPAN_KIND_SERVER:
			status, _ := strconv.Atoi(of["http.response.status_code"])
			seen[of["http.response.status_code"]]++
			if failed != (status >= 500) || failed && of["error.type"] != of["http.response.status_code"] || !failed && of["error.type"] != "" {
				t.Errorf("%s was answered with %d, and is an error: %t, of type %q", span.GetName(), status, failed, of["error.type"])
			}
		case tracepb.Span_SPAN_KIND_CLIENT:
			if failed != (of["error.type"] != "") {
				t.Errorf("%s is an error: %t, of type %q", span.GetName(), failed, of["error.type"])
			}
			if failed {
				seen[of["db.system.name"]]++
			}
		default:
			if failed {
				t.Errorf("%s has a status of its own", span.GetName())
			}
		}
	}
	for _, what := range []string{"200", "201", "204", "400", "401", "403", "404", "405", "409", "412", "413", "501", "503", "redis", "mongodb"} {
		if seen[what] == 0 {
			t.Errorf("the scene had no %s", what)
		}
	}
	t.Log(seen)
}
