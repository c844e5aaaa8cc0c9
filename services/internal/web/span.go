package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/devrev/scim/libs/telemetry"
)

// inbound is what a caller of ours is believed: W3C Trace Context and Baggage. Nothing of the
// latter is reported.
var inbound = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

// spans makes server spans, named "{METHOD} {route}".
//
// It is not otelgin, which copies the text of an error into the span's status, and with it names
// and e-mail addresses; marks a refused request as failed; takes client.address from anybody's
// X-Forwarded-For; and, on a public port, believes a stranger's traceparent. The attributes are a
// closed list: no path, query, host or user agent.
type spans struct {
	tracer trace.Tracer
	public bool
	kinds  telemetry.Once[kind, begin]
}

// kind is what the spans of one method and route have in common, begin what such a span begins
// with. The route is "" if none matched.
type (
	kind  struct{ method, route string }
	begin struct {
		name    string
		options []trace.SpanStartOption
	}
)

func beginOf(of kind) begin {
	attrs := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(of.method)}
	name := of.method
	if of.route != "" {
		name += " " + of.route
		attrs = append(attrs, semconv.HTTPRoute(of.route))
	}
	return begin{name, []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attrs...)}}
}

// begin begins the span of a request, and returns ctx with it. conclude ends it.
func (s *spans) begin(ctx context.Context, c *gin.Context) (context.Context, trace.Span) {
	if !s.public {
		ctx = inbound.Extract(ctx, propagation.HeaderCarrier(c.Request.Header))
	}
	of := s.kinds.Get(kind{methodOf(c.Request), c.FullPath()}, beginOf)
	ctx, span := s.tracer.Start(ctx, of.name, of.options...)
	if id := TraceID(ctx); id != "" {
		c.Header(TraceIDHeader, id)
	}
	return ctx, span
}

// conclude records what is known at the end, and ends the span. A refused request (4xx) is not an
// error of the server.
func conclude(span trace.Span, ev *Event, status int) {
	defer span.End()
	ev.mu.Lock()
	defer ev.mu.Unlock()
	if !span.IsRecording() {
		return
	}
	attrs := make([]attribute.KeyValue, 0, 7)
	attrs = append(attrs, semconv.HTTPResponseStatusCode(status), attribute.String("scim.request.id", ev.requestID), attribute.String("scim.client", string(ev.client)))
	for _, known := range [...]attribute.KeyValue{
		attribute.String("scim.organisation", ev.organisation), attribute.String("scim.token.id", ev.tokenID), attribute.String("scim.outcome", ev.outcome),
	} {
		if known.Value.AsString() != "" {
			attrs = append(attrs, known)
		}
	}
	switch {
	case status >= http.StatusInternalServerError:
		span.SetStatus(codes.Error, "")
		attrs = append(attrs, semconv.ErrorTypeKey.String(strconv.Itoa(status)))
	case ev.broken:
		span.SetStatus(codes.Error, "")
		attrs = append(attrs, semconv.ErrorTypeKey.String("cut"))
	}
	span.SetAttributes(attrs...)
}

// Step begins a span for one step of serving a request, as a child of ctx's span, and returns its
// context and what ends it. The error's type is noted, never its text. Whether the request failed
// is the server span's to say. The duration of the step is in the request's log line too, as
// NAME_ms; of a step that comes again, the sum.
//
//	ctx, end := web.Step(ctx, "decode")
//	defer func() { end(err) }()
func Step(ctx context.Context, name string) (context.Context, func(error)) {
	ev, start := EventFrom(ctx), time.Now()
	if !trace.SpanFromContext(ctx).IsRecording() { // then no child of it is recorded
		return ctx, func(error) { ev.spend(name, time.Since(start)) }
	}
	ctx, span := ev.tracer.Start(ctx, name) //nolint:spancheck // the caller ends the span
	end := func(err error) {
		ev.spend(name, time.Since(start))
		if err != nil {
			span.SetAttributes(semconv.ErrorTypeKey.String(errorType(err)))
		}
		span.End()
	}
	return ctx, end //nolint:spancheck // the caller ends the span
}

// SetOperations notes on ctx's step how many operations a request asks for.
func SetOperations(ctx context.Context, n int) {
	trace.SpanFromContext(ctx).SetAttributes(attribute.Int("scim.operations", n))
}

// errorType returns a word of a closed set: what an error of ours says of itself, or canceled,
// timeout or, of any other, _OTHER. The type of a Go value would be open: a library can bring a new
// one with each release.
func errorType(err error) string {
	var typed interface{ ErrorType() string }
	switch {
	case errors.As(err, &typed):
		return typed.ErrorType()
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	default:
		return semconv.ErrorTypeOther.Value.AsString()
	}
}
