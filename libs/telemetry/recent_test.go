package telemetry_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
)

func TestRecentSpansAreOnAPage(t *testing.T) {
	for _, recent := range []bool{true, false} {
		tel, err := telemetry.Start(t.Context(), telemetry.Config{Service: "test", Log: io.Discard, Recent: recent})
		assert.NilError(t, err)
		_, span := tel.Tracer().Start(t.Context(), "GET /Users")
		if span.IsRecording() != recent {
			t.Errorf("with Recent %t a span is recorded: %t", recent, span.IsRecording())
		}
		span.End()
		answer := httptest.NewRecorder()
		tel.TracesHandler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/tracez", nil))
		if want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[recent]; answer.Code != want || strings.Contains(answer.Body.String(), "GET /Users") != recent {
			t.Errorf("with Recent %t: %d %s", recent, answer.Code, answer.Body)
		}
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
