package web

import (
	"context"
	"crypto/rand"

	"go.opentelemetry.io/otel/trace"
)

// Headers of every answer. The trace id is there if the request has one.
const (
	RequestIDHeader = "X-Request-Id"
	TraceIDHeader   = "X-Trace-Id"
)

// newRequestID returns 26 letters and digits. An id that the client sends is not used: it could be
// another request's, or a text. A request that is played within another one has the id of that one,
// which is what the log knows.
func newRequestID(ctx context.Context) string {
	if around, ok := ctx.Value(eventKey{}).(*Event); ok {
		return around.requestID
	}
	return rand.Text()
}

// RequestID returns the id of ctx's request, "" outside of one. An error's answer names it, so that
// a reader of the answer can find the log line.
func RequestID(ctx context.Context) string { return EventFrom(ctx).requestID }

// TraceID returns the id of ctx's trace, "" if there is none: outside of a request, or where
// telemetry is off.
func TraceID(ctx context.Context) string {
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		return id.String()
	}
	return ""
}
