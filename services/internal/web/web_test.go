package web_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gin-gonic/gin"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/services/internal/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A service is an engine under test and all that it reports.
type service struct {
	*gin.Engine
	tel   *telemetry.Telemetry
	spans *tracetest.SpanRecorder

	mu   sync.Mutex
	text strings.Builder
}

// Write takes the log.
func (s *service) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// lines returns the log's records.
func (s *service) lines(t *testing.T) []map[string]any {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []map[string]any
	for text := range strings.Lines(s.text.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("log line %q: %v", text, err)
		}
		lines = append(lines, line)
	}
	return lines
}

// span returns the one server span.
func (s *service) span(t *testing.T) sdktrace.ReadOnlySpan {
	t.Helper()
	ended := s.spans.Ended()
	if len(ended) != 1 {
		t.Fatalf("%d spans, want 1", len(ended))
	}
	return ended[0]
}

// ask sends one request without a body through the normaliser. headers are names and values by
// turns.
func (s *service) ask(t *testing.T, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	web.Normalise(s).ServeHTTP(w, r)
	return w
}

var errAway = errors.New("connection reset")

// newService has routes for every end of a request.
func newService(t *testing.T, public bool) *service {
	t.Helper()
	s := new(service)
	s.tel, s.spans = telemetrytest.Start(t, s)
	s.Engine = web.NewEngine(web.Config{Name: "test", Telemetry: s.tel, Public: public, WriteError: writeError})
	s.GET("/Users", web.Handle(func(c *gin.Context) error {
		c.String(http.StatusOK, "list %t", web.Unnormalised(c.Request.Context()))
		return nil
	}))
	s.GET("/Users/:id", web.Handle(func(c *gin.Context) error {
		c.String(http.StatusOK, "user %s", c.Param("id"))
		return nil
	}))
	s.POST("/Users", web.BodyLimit(10), web.Handle(func(c *gin.Context) error {
		body, err := io.ReadAll(c.Request.Body)
		if err != nil {
			return malformedError{err}
		}
		c.String(http.StatusCreated, "%s", body)
		return nil
	}))
	s.GET("/known", web.Handle(func(c *gin.Context) error {
		ev := web.EventFrom(c.Request.Context())
		ev.SetOrganisation("DEV-1")
		ev.SetTokenID("tok1")
		ev.SetOutcome("created")
		ev.Add("members", 3)
		c.String(http.StatusOK, web.RequestID(c.Request.Context()))
		return nil
	}))
	s.GET("/fail", web.Handle(func(*gin.Context) error { return errAway }))
	s.GET("/refuse", web.Handle(func(*gin.Context) error {
		return web.Error{Status: http.StatusConflict, Detail: "alice@example.com is taken"}
	}))
	s.GET("/panic", web.Handle(func(*gin.Context) error { panic("S3CRET") }))
	s.GET("/refuse-and-panic", web.Handle(func(c *gin.Context) error {
		web.Fail(c, web.ErrNoRoute)
		panic("S3CRET")
	}))
	s.GET("/partial", web.Handle(func(c *gin.Context) error {
		c.String(http.StatusOK, "half")
		panic("S3CRET")
	}))
	return s
}

// malformedError is what a decoder makes of every error, also of the body's.
type malformedError struct{ cause error }

func (malformedError) Error() string   { return "malformed" }
func (e malformedError) Unwrap() error { return e.cause }

// writeError is a plain one; the services have their own.
func writeError(c *gin.Context, err error) {
	answer := web.Error{Status: http.StatusInternalServerError, Detail: "An internal error occurred."}
	if _, ok := errors.AsType[malformedError](err); ok {
		answer = web.Error{Status: http.StatusBadRequest, Detail: "The body is malformed."}
	} else if refusal, ok := errors.AsType[web.Error](err); ok {
		answer = refusal
	}
	c.JSON(answer.Status, gin.H{"detail": answer.Detail, "request": web.RequestID(c.Request.Context())})
}
