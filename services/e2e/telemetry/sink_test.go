package telemetry

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// newSink returns a server that takes whatever is exported and looks at nothing.
func newSink(tb testing.TB) *httptest.Server {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	tb.Cleanup(server.Close)
	return server
}
