package web_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/services/internal/web"
)

func TestOneLineForEachRequest(t *testing.T) {
	for _, row := range []struct {
		rule, method, target, agent string
		want                        map[string]any
	}{
		{
			"what the rooms noted", "GET", "/known?filter=alice", "Okta SCIM Client 1.0.0",
			map[string]any{
				"level": "INFO", "route": "/known", "status": 200.0, "bytes": 26.0, "client": "okta",
				"organisation": "DEV-1", "token_id": "tok1", "outcome": "created", "members": 3.0,
			},
		},
		{
			"the template, never the value", "GET", "/Users/alice@example.com", "",
			map[string]any{"level": "INFO", "route": "/Users/:id", "status": 200.0, "bytes": 22.0, "client": "unnamed"},
		},
		{
			"an unmatched route is one word", "GET", "/alice@example.com", "curl/8",
			map[string]any{"level": "INFO", "route": "unmatched", "status": 404.0, "client": "other", "refusal": "404"},
		},
		{
			"an unknown method is one word", "ALICE", "/Users", "Microsoft-Azure-AD/1",
			map[string]any{"level": "INFO", "method": "_OTHER", "route": "unmatched", "status": 405.0, "client": "entra", "refusal": "405"},
		},
		{
			"a refusal is no error, and its detail is the client's", "GET", "/refuse", "OKTA SCIM Integration",
			map[string]any{"level": "INFO", "route": "/refuse", "status": 409.0, "client": "okta", "refusal": "409"},
		},
		{
			"a failure is an error with its cause", "GET", "/fail", "",
			map[string]any{"level": "ERROR", "route": "/fail", "status": 500.0, "client": "unnamed", "error": "connection reset"},
		},
		{
			"a panic is an error with its value", "GET", "/panic", "",
			map[string]any{"level": "ERROR", "route": "/panic", "status": 500.0, "client": "unnamed", "error": "panic: S3CRET"},
		},
	} {
		t.Run(row.rule, func(t *testing.T) {
			s := newService(t, true)
			r := s.ask(t, row.method, row.target, "User-Agent", row.agent)
			lines := s.lines(t)
			if len(lines) != 1 {
				t.Fatalf("%d lines, want 1: %v", len(lines), lines)
			}
			got := lines[0]
			for _, varying := range []string{"time", "duration_ms", "span_id"} {
				if got[varying] == nil {
					t.Errorf("no %s", varying)
				}
				delete(got, varying)
			}
			if stack, ok := got["stack"].([]any); ok != (row.target == "/panic") {
				t.Errorf("stack: %v", stack)
			}
			delete(got, "stack")
			if row.want["bytes"] == nil {
				delete(got, "bytes") // of an error's body
			}
			want := map[string]any{
				"msg": "request", "engine": "test", "method": row.method,
				"request_id": r.Header().Get(web.RequestIDHeader), "trace_id": r.Header().Get(web.TraceIDHeader),
			}
			for key, value := range row.want {
				want[key] = value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPanicIsAnsweredOnceAndKeepsItsSecret(t *testing.T) {
	s := newService(t, true)
	for _, target := range []string{"/panic", "/refuse-and-panic"} {
		r := s.ask(t, "GET", target)
		if body := r.Body.String(); r.Code != 500 || strings.Count(body, "internal error") != 1 || strings.Contains(body, "S3CRET") {
			t.Errorf("%s: %d %s", target, r.Code, body)
		}
	}
	stack, _ := s.lines(t)[0]["stack"].([]any)
	if !slices.ContainsFunc(stack, func(line any) bool { return strings.Contains(line.(string), "web_test.go") }) {
		t.Errorf("the stack does not lead to the panic: %v", stack)
	}
}

func TestAnswerCutShortIsNotTakenForWhole(t *testing.T) {
	s := newService(t, true)
	server := httptest.NewServer(web.Normalise(s))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/partial", nil)
	assert.NilError(t, err)
	if answer, err := server.Client().Do(r); err == nil {
		_ = answer.Body.Close()
		t.Errorf("the client got %s, want a broken connection", answer.Status)
	}
	lines := s.lines(t)
	if len(lines) != 1 || lines[0]["level"] != "ERROR" || lines[0]["cut"] != true || lines[0]["error"] != "panic: S3CRET" {
		t.Errorf("log %v, want one error that was cut", lines)
	}
	if span := s.span(t); span.Status().Code != codes.Error {
		t.Errorf("span status %+v, want an error", span.Status())
	}
}

func TestClientThatLeftIsNoFailure(t *testing.T) {
	s := newService(t, true)
	s.GET("/slow", web.Handle(func(c *gin.Context) error {
		<-c.Request.Context().Done()
		return errors.Join(errors.New("load user"), c.Request.Context().Err())
	}))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/slow", nil))
	if lines := s.lines(t); len(lines) != 1 || lines[0]["status"] != 499.0 || lines[0]["level"] != "INFO" {
		t.Errorf("log %v, want one line of status 499", lines)
	}
}

func TestWriterThatWritesNothingIsNoSuccess(t *testing.T) {
	e := web.NewEngine(web.Config{WriteError: func(*gin.Context, error) {}})
	e.GET("/fail", web.Handle(func(*gin.Context) error { return errAway }))
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/fail", nil))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d, want 500", w.Code)
	}
}

func TestRequestsAndOutcomesAreCounted(t *testing.T) {
	s := newService(t, true)
	s.ask(t, "GET", "/known")
	s.ask(t, "GET", "/Users/1")
	s.ask(t, "GET", "/alice")
	page := telemetrytest.Scrape(t, s.tel)
	for _, want := range []string{
		`http_server_request_duration_seconds_count{http_request_method="GET",http_response_status_class="ok",http_route="/Users/:id"} 1`,
		`http_server_request_duration_seconds_count{http_request_method="_OTHER",http_response_status_class="ok",http_route="unmatched"} 1`,
		`scim_outcomes_total{kind="created"} 1`,
		`scim_refusals_total{error_type="404"} 1`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(page, "DEV-1") {
		t.Error("the organisation is a label")
	}
}

func TestEventOutsideOfARequest(t *testing.T) {
	t.Parallel()
	web.EventFrom(t.Context()).SetOrganisation("DEV-1") // no panic, and no one sees it
	if id := web.RequestID(t.Context()); id != "" {
		t.Errorf("request id %q outside of a request", id)
	}
}

// repeater is a service that notes the text of each request wherever it can.
func repeater(tb testing.TB) (*service, http.Handler) {
	tb.Helper()
	s := new(service)
	s.tel, _ = telemetrytest.Start(tb, s)
	e := web.NewEngine(web.Config{Name: "test", Telemetry: s.tel, WriteError: func(c *gin.Context, err error) {
		web.EventFrom(c.Request.Context()).SetErr(err)
		c.Status(http.StatusBadRequest)
	}})
	e.GET("/Users/:id", web.Handle(func(c *gin.Context) error {
		text := c.Request.URL.RawQuery
		ev := web.EventFrom(c.Request.Context())
		ev.SetOrganisation(text)
		ev.SetOutcome("refused")
		ev.Add("added", text)
		return errors.New(text)
	}))
	return s, web.Normalise(e)
}

// bring sends a request with the text in all places of one.
func bring(tb testing.TB, h http.Handler, text string) {
	r := httptest.NewRequestWithContext(tb.Context(), "GET", "/Users/1", nil)
	r.URL.Path, r.URL.RawQuery = "/Users/"+text, text
	r.Header.Set("User-Agent", text)
	r.Header.Set(web.RequestIDHeader, text)
	r.Header.Set("Traceparent", text)
	h.ServeHTTP(httptest.NewRecorder(), r)
}

// forging are what a text needs to end a line, to paint a terminal or to look like a line.
var forging = []string{"\n", "\r\n", "\x1b[2J", "\u009b2J", "\u2028", "\u202e", "\x00", "\xff", `{"msg":"request"}`, `"`, `\n`, "/..", "plain", "é"}

func TestTenThousandTextsForgeNoLine(t *testing.T) {
	s, h := repeater(t)
	const texts = 10_000
	draw := rand.New(rand.NewPCG(7, 7))
	for range texts {
		var text strings.Builder
		for range 1 + draw.IntN(6) {
			text.WriteString(forging[draw.IntN(len(forging))])
		}
		bring(t, h, text.String())
	}
	lines := s.lines(t)
	for _, line := range lines {
		if line["msg"] != "request" || line["engine"] != "test" {
			t.Errorf("a line is not ours: %v", line)
		}
	}
	if len(lines) != texts || strings.ContainsAny(s.text.String(), "\x1b\u009b\u2028\u202e\r\x00") {
		t.Errorf("%d requests have %d lines", texts, len(lines))
	}
}

func FuzzNoRequestForgesALogLine(f *testing.F) {
	for _, seed := range forging {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, h := repeater(t)
		bring(t, h, text)
		if lines := s.lines(t); len(lines) != 1 || lines[0]["msg"] != "request" || strings.ContainsAny(s.text.String(), "\x1b\u009b\u2028\r") {
			t.Fatalf("%q", s.text.String())
		}
	})
}

// TestTheLineTellsWhichStepTookHowLong: one that comes again, as in a bulk request, counts as a
// whole.
func TestTheLineTellsWhichStepTookHowLong(t *testing.T) {
	s := newService(t, true)
	s.GET("/steps", web.Handle(func(c *gin.Context) error {
		for _, name := range []string{"store", "activity", "store"} {
			_, end := web.Step(c.Request.Context(), name)
			time.Sleep(2 * time.Millisecond)
			end(nil)
		}
		return nil
	}))
	s.ask(t, "GET", "/steps")
	line := s.lines(t)[0]
	store, _ := line["store_ms"].(float64)
	activity, _ := line["activity_ms"].(float64)
	whole, _ := line["duration_ms"].(float64)
	if store < 4 || activity < 2 || whole < store+activity || line["decode_ms"] != nil {
		t.Errorf("store %v, activity %v, of %v; decode %v", store, activity, whole, line["decode_ms"])
	}
}
