// Package telemetrytest records what code under test reports.
package telemetrytest

import (
	"context"
	"io"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
)

// Start returns a Telemetry that samples everything, writes log lines to w and is shut down with
// the test, and the recorder of its spans.
func Start(tb testing.TB, w io.Writer) (*telemetry.Telemetry, *tracetest.SpanRecorder) {
	tb.Helper()
	spans := tracetest.NewSpanRecorder()
	tel, err := telemetry.Start(tb.Context(), telemetry.Config{Service: "test", Log: w, Spans: spans})
	assert.NilError(tb, err)
	tb.Cleanup(func() {
		if err := tel.Shutdown(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return tel, spans
}

// Scrape returns the metrics page as Prometheus text.
func Scrape(tb testing.TB, tel *telemetry.Telemetry) string {
	tb.Helper()
	w := httptest.NewRecorder()
	tel.MetricsHandler().ServeHTTP(w, httptest.NewRequestWithContext(tb.Context(), "GET", "/metrics", nil))
	return w.Body.String()
}
