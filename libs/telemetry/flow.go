package telemetry

import (
	"context"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// flow counts spans on their way to the exporter. The SDK silently drops spans that do not fit in
// its queue.
type flow struct{ ended, exported atomic.Int64 }

// counting is the flow as a processor, which sees each span that ends.
type counting struct{ *flow }

func (counting) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

func (c counting) OnEnd(s sdktrace.ReadOnlySpan) {
	if s.SpanContext().IsSampled() {
		c.ended.Add(1)
	}
}

func (counting) Shutdown(context.Context) error   { return nil }
func (counting) ForceFlush(context.Context) error { return nil }

// counted is an exporter whose successes the flow counts.
type counted struct {
	sdktrace.SpanExporter
	*flow
}

func (c counted) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := c.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		c.exported.Add(int64(len(spans)))
	}
	return err
}
