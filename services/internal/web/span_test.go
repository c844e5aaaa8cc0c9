package web_test

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"

	"github.com/devrev/scim/services/internal/web"
)

const strangersTrace = "0af7651916cd43dd8448eb211c80319c"

func TestServerSpan(t *testing.T) {
	for _, row := range []struct {
		rule, target, name, status string
		want                       map[string]string
	}{
		{
			"named by method and template, with what the rooms noted", "/known?filter=alice", "GET /known", "Unset",
			map[string]string{
				"http.request.method": "GET", "http.route": "/known", "http.response.status_code": "200",
				"scim.client": "unnamed", "scim.organisation": "DEV-1", "scim.token.id": "tok1", "scim.outcome": "created",
			},
		},
		{
			"named by the method alone without a route", "/alice@example.com", "GET", "Unset",
			map[string]string{"http.request.method": "GET", "http.response.status_code": "404", "scim.client": "unnamed"},
		},
		{
			"4xx is no error of the server's", "/refuse", "GET /refuse", "Unset",
			map[string]string{"http.request.method": "GET", "http.route": "/refuse", "http.response.status_code": "409", "scim.client": "unnamed"},
		},
		{
			"5xx is an error, without its text", "/fail", "GET /fail", "Error",
			map[string]string{
				"http.request.method": "GET", "http.route": "/fail", "http.response.status_code": "500", "scim.client": "unnamed", "error.type": "500",
			},
		},
		{
			"a panic is an error, without its text", "/panic", "GET /panic", "Error",
			map[string]string{
				"http.request.method": "GET", "http.route": "/panic", "http.response.status_code": "500", "scim.client": "unnamed", "error.type": "500",
			},
		},
	} {
		t.Run(row.rule, func(t *testing.T) {
			s := newService(t, true)
			r := s.ask(t, "GET", row.target, "X-Forwarded-For", "6.6.6.6", "User-Agent", "")
			span := s.span(t)
			got := map[string]string{}
			for _, attr := range span.Attributes() {
				got[string(attr.Key)] = attr.Value.String()
			}
			row.want["scim.request.id"] = r.Header().Get(web.RequestIDHeader)
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if span.Name() != row.name || span.Status().Code.String() != row.status || span.Status().Description != "" || len(span.Events()) > 0 {
				t.Errorf("span %q, status %+v, events %v; want %q, %s", span.Name(), span.Status(), span.Events(), row.name, row.status)
			}
		})
	}
}

func TestTraceparentIsBelievedOnlyOfOurOwn(t *testing.T) {
	for _, row := range []struct {
		rule   string
		public bool
	}{
		{"a stranger gets a trace of ours", true},
		{"an internal caller's trace goes on", false},
	} {
		t.Run(row.rule, func(t *testing.T) {
			s := newService(t, row.public)
			s.GET("/baggage", web.Handle(func(c *gin.Context) error {
				if came := baggage.FromContext(c.Request.Context()).Member("tenant").Value() == "a"; came == row.public {
					t.Errorf("baggage came in: %t", came)
				}
				return nil
			}))
			r := s.ask(t, "GET", "/baggage",
				"Traceparent", "00-"+strangersTrace+"-b7ad6b7169203331-01", "Tracestate", "junk=1", "Baggage", "tenant=a")
			span := s.span(t)
			if believed := span.SpanContext().TraceID().String() == strangersTrace; believed == row.public {
				t.Errorf("traceparent believed: %t", believed)
			}
			if span.Parent().IsValid() == row.public || row.public && span.SpanContext().TraceState().Len() > 0 {
				t.Errorf("parent %v, trace state %v", span.Parent(), span.SpanContext().TraceState())
			}
			if id := r.Header().Get(web.TraceIDHeader); id != span.SpanContext().TraceID().String() {
				t.Errorf("%s is %q", web.TraceIDHeader, id)
			}
		})
	}
}

// refusedError says what type it is, in words that its text does not have.
type refusedError struct{}

func (*refusedError) Error() string     { return "alice@example.com" }
func (*refusedError) ErrorType() string { return "uniqueness" }

func TestStepIsAChildThatNamesTheErrorsTypeOnly(t *testing.T) {
	for _, row := range []struct {
		rule string
		err  error
		want []attribute.KeyValue
	}{
		{"success", nil, nil},
		{"what an error says of itself", fmt.Errorf("alice: %w", &refusedError{}), []attribute.KeyValue{attribute.String("error.type", "uniqueness")}},
		{"a refusal of this package", fmt.Errorf("alice: %w", web.ErrTooLarge), []attribute.KeyValue{attribute.String("error.type", "413")}},
		{"the client left", fmt.Errorf("alice: %w", context.Canceled), []attribute.KeyValue{attribute.String("error.type", "canceled")}},
		{"the time is up", fmt.Errorf("alice: %w", context.DeadlineExceeded), []attribute.KeyValue{attribute.String("error.type", "timeout")}},
		{"a type of Go's is not told", &net.AddrError{Addr: "alice"}, []attribute.KeyValue{attribute.String("error.type", "_OTHER")}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			s := newService(t, true)
			s.GET("/step", web.Handle(func(c *gin.Context) error {
				_, end := web.Step(c.Request.Context(), "decode")
				end(row.err)
				return nil
			}))
			s.ask(t, "GET", "/step")
			spans := s.spans.Ended()
			if len(spans) != 2 {
				t.Fatalf("%d spans, want 2", len(spans))
			}
			step, server := spans[0], spans[1]
			if step.Name() != "decode" || step.Parent().SpanID() != server.SpanContext().SpanID() {
				t.Errorf("%s is not a child of the server span", step.Name())
			}
			if diff := cmp.Diff(row.want, step.Attributes(), cmp.AllowUnexported(attribute.Value{})); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if step.Status().Code != 0 || len(step.Events()) != 0 {
				t.Error("a step says more than it should")
			}
		})
	}
}

func TestStepTellsHowManyOperationsItIsAbout(t *testing.T) {
	s := newService(t, true)
	s.GET("/step", web.Handle(func(c *gin.Context) error {
		ctx, end := web.Step(c.Request.Context(), "plan")
		web.SetOperations(ctx, 3)
		end(nil)
		return nil
	}))
	s.ask(t, "GET", "/step")
	if got := s.spans.Ended()[0].Attributes(); len(got) != 1 || got[0] != attribute.Int("scim.operations", 3) {
		t.Errorf("the step has %v", got)
	}
}
