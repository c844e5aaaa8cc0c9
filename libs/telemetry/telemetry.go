package telemetry

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/contrib/zpages"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// Scope is the instrumentation scope of every span and instrument of this repository.
const Scope = "github.com/devrev/scim"

// How long Shutdown takes. A service has 20 s to leave, and the collector may be the reason it
// leaves.
const (
	sendingBound  = 3500 * time.Millisecond // for sending the buffered data
	shutdownBound = 4 * time.Second         // in all, also of an exporter that does not honour its context
)

// Config identifies the observed service.
type Config struct {
	Service  string    // service.name, unless OTEL_SERVICE_NAME is set
	Version  string    // service.version
	Revision string    // the commit that the program was built of; "": unknown
	Log      io.Writer // where log lines go; nil: os.Stderr
	Text     bool      // log lines are text for a person who looks on, rather than JSON

	// Recent keeps some spans of each name in memory, for TracesHandler: running ones, failed ones,
	// and others by their duration. Spans are then recorded without an exporter as well.
	Recent bool

	// Spans receives every span, in addition to the exporters; nil: none. Tests record with it.
	Spans sdktrace.SpanProcessor
}

// Telemetry is what a service reports with. It is safe for concurrent use. Make it with Start or
// Off.
type Telemetry struct {
	log     *slog.Logger
	tracer  trace.Tracer
	meter   metric.Meter
	metrics *Metrics
	page    http.Handler
	recent  http.Handler
	stop    []func(context.Context) error
}

// Off returns a Telemetry that reports nothing; its logger discards.
func Off() *Telemetry {
	t := &Telemetry{
		log:    slog.New(slog.DiscardHandler),
		tracer: tracenoop.NewTracerProvider().Tracer(Scope),
		meter:  metricnoop.NewMeterProvider().Meter(Scope),
		page:   http.NotFoundHandler(),
		recent: http.NotFoundHandler(),
	}
	t.metrics, _ = newMetrics(t.meter) // the no-op meter refuses nothing
	return t
}

// Start sets everything up from cfg and the OTEL_* environment and contacts no server: with a dead
// endpoint it is as fast as with a live one. A variable with a value that cannot be used is named
// in a warning and costs its signal, not the service. An error means that an instrument could not
// be made, which is a mistake in this package.
func Start(ctx context.Context, cfg Config) (*Telemetry, error) {
	t := Off()
	handler := jsonHandler
	if cfg.Text {
		handler = textHandler
	}
	out := handler(cmp.Or[io.Writer](cfg.Log, os.Stderr))
	t.log = slog.New(out)
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return t, nil
	}
	complaints := listen(t.log)
	res := describe(ctx, cfg, t.log)

	if exporter, ok := logExporter(ctx, t.log); ok {
		logs := sdklog.NewLoggerProvider(sdklog.WithResource(res), sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter)))
		t.log = slog.New(slog.NewMultiHandler(out, otlpHandler(logs)))
		t.stop = append(t.stop, logs.Shutdown)
	}

	way := new(flow)
	var also []sdktrace.SpanProcessor
	if cfg.Spans != nil {
		also = append(also, cfg.Spans)
	}
	if cfg.Recent {
		kept := zpages.NewSpanProcessor()
		also, t.recent = append(also, kept), zpages.NewTracezHandler(kept)
	}
	spans, stop := tracerProvider(ctx, also, res, t.log, way)
	t.tracer = spans.Tracer(Scope)
	t.stop = append(t.stop, stop)

	reader, page, err := prometheusReader()
	if err != nil {
		return nil, fmt.Errorf("set up the metrics page: %w", err)
	}
	options := []sdkmetric.Option{sdkmetric.WithResource(res), sdkmetric.WithReader(reader)}
	if exporting, ok := metricReader(ctx, t.log); ok {
		options = append(options, sdkmetric.WithReader(exporting))
	}
	meters := sdkmetric.NewMeterProvider(options...)
	t.meter, t.page = meters.Meter(Scope), page
	t.stop = append(t.stop, meters.Shutdown)
	if t.metrics, err = newMetrics(t.meter); err != nil {
		return nil, fmt.Errorf("make the instruments: %w", err)
	}
	if err := runtime.Start(runtime.WithMeterProvider(meters), runtime.WithMinimumReadMemStatsInterval(time.Second)); err != nil {
		return nil, fmt.Errorf("observe the Go runtime: %w", err)
	}
	complaints.count(t.metrics)
	t.metrics.spans(way)
	t.metrics.build(cfg.Version, cfg.Revision)
	return t, nil
}

// tracerProvider exports to the destination that the environment sets, and passes spans to also.
// Without any of these it samples nothing, but still gives every request a trace id: it is in the
// log, and it is the caller's where an internal caller sent one.
func tracerProvider(ctx context.Context, also []sdktrace.SpanProcessor, res *resource.Resource, log *slog.Logger, way *flow) (*sdktrace.TracerProvider, func(context.Context) error) {
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(res)}
	exporter, exporting := spanExporter(ctx, log)
	if exporting {
		options = append(options, sdktrace.WithSpanProcessor(counting{way}), sdktrace.WithBatcher(counted{exporter, way}))
	}
	for _, processor := range also {
		options = append(options, sdktrace.WithSpanProcessor(processor))
	}
	if !exporting && len(also) == 0 {
		options = append(options, sdktrace.WithSampler(sdktrace.NeverSample()))
	}
	provider := sdktrace.NewTracerProvider(options...)
	return provider, func(ctx context.Context) error {
		err := provider.Shutdown(ctx)
		if exporting {
			_ = exporter.Shutdown(ctx) // cuts off the export that the provider, out of time, left behind
		}
		return err
	}
}

// describe names the process. The environment comes last and wins.
func describe(ctx context.Context, cfg Config, log *slog.Logger) *resource.Resource {
	res, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(
			semconv.ServiceName(cfg.Service),
			semconv.ServiceVersion(cfg.Version),
			semconv.ServiceInstanceID(rand.Text()),
		),
		resource.WithFromEnv(),
	)
	if err != nil {
		log.WarnContext(ctx, "telemetry: OTEL_RESOURCE_ATTRIBUTES is used in part", "error", err)
	}
	return res
}

// Tracer makes the spans of this process.
func (t *Telemetry) Tracer() trace.Tracer { return t.tracer }

// Meter is for observations that only their own package can make, such as the size of a pool. All
// others are in Metrics.
func (t *Telemetry) Meter() metric.Meter { return t.meter }

// Metrics holds the instruments. It is never nil.
func (t *Telemetry) Metrics() *Metrics { return t.metrics }

// Logger writes one JSON line for each record, with the trace_id and span_id of its context, and
// passes the record on to the logs exporter if there is one.
func (t *Telemetry) Logger() *slog.Logger { return t.log }

// MetricsHandler answers a scrape in Prometheus text or, if requested, OpenMetrics with exemplars.
func (t *Telemetry) MetricsHandler() http.Handler { return t.page }

// TracesHandler answers with an HTML page of recent spans; 404 without Config.Recent.
func (t *Telemetry) TracesHandler() http.Handler { return t.recent }

// Shutdown sends the buffered data and stops. It takes at most 4 s, less if ctx ends earlier; what
// could not be sent by then is lost, which the error reports. Call it last, when nothing records
// any more.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownBound)
	defer cancel()
	sending, stopSending := context.WithTimeout(ctx, sendingBound)
	ended := make(chan error, len(t.stop))
	for _, stop := range t.stop {
		go func() { ended <- stop(sending) }()
	}
	var errs []error
	for range t.stop {
		select {
		case err := <-ended:
			errs = append(errs, err)
			continue
		case <-ctx.Done():
			errs = append(errs, errors.New("an exporter does not end"))
		}
		break
	}
	stopSending()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("flush telemetry: %w", err)
	}
	return nil
}
