package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	promexporter "go.opentelemetry.io/otel/exporters/prometheus"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

func spanExporter(ctx context.Context, log *slog.Logger) (sdktrace.SpanExporter, bool) {
	return fromEnv(ctx, log, "TRACES", func() (sdktrace.SpanExporter, error) { return autoexport.NewSpanExporter(ctx) })
}

func metricReader(ctx context.Context, log *slog.Logger) (sdkmetric.Reader, bool) {
	return fromEnv(ctx, log, "METRICS", func() (sdkmetric.Reader, error) { return autoexport.NewMetricReader(ctx) })
}

func logExporter(ctx context.Context, log *slog.Logger) (sdklog.Exporter, bool) {
	return fromEnv(ctx, log, "LOGS", func() (sdklog.Exporter, error) { return autoexport.NewLogExporter(ctx) })
}

// fromEnv returns the exporter that the environment chooses for a signal; false if it chooses none,
// or wrongly.
//
// By default autoexport sends to localhost:4318 when nothing is set, for ever and in vain. Here an
// exporter exists if one was requested: by its name, or by an endpoint.
func fromEnv[T any](ctx context.Context, log *slog.Logger, signal string, create func() (T, error)) (T, bool) {
	var none T
	choice := os.Getenv("OTEL_" + signal + "_EXPORTER")
	endpoint := os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") + os.Getenv("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT")
	if choice == "none" || choice == "" && endpoint == "" {
		return none, false
	}
	exporter, err := create()
	if err != nil {
		var culprits []any
		for _, name := range []string{"OTEL_" + signal + "_EXPORTER", "OTEL_EXPORTER_OTLP_" + signal + "_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
			if value := os.Getenv(name); value != "" {
				culprits = append(culprits, slog.String(name, value))
			}
		}
		log.WarnContext(ctx, "telemetry: the environment chooses an exporter that cannot be used; the signal is not exported",
			"signal", signal, "error", err, slog.Group("environment", culprits...))
		return none, false
	}
	return exporter, true
}

// prometheusReader collects for the page that it returns. The page exists whatever the environment
// sets: it costs nothing until a scrape, and exemplars need OpenMetrics, which autoexport's own
// page does not support.
func prometheusReader() (sdkmetric.Reader, http.Handler, error) {
	registry := prometheus.NewRegistry()
	reader, err := promexporter.New(promexporter.WithRegisterer(registry), promexporter.WithoutScopeInfo())
	if err != nil {
		return nil, nil, err
	}
	return reader, promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}), nil
}
