// Package telemetry sets up traces, metrics and logs, and is the only code that imports the
// OpenTelemetry SDK.
//
// Exporters are chosen by the standard OTEL_* variables and by nothing else; there are no keys of
// our own:
//
//	nothing set                        no exporter; metrics on MetricsHandler, logs as JSON lines
//	OTEL_EXPORTER_OTLP_ENDPOINT        traces, metrics and logs by OTLP, http/protobuf unless OTEL_EXPORTER_OTLP_PROTOCOL=grpc
//	OTEL_{TRACES,METRICS,LOGS}_EXPORTER  otlp, console or none for one signal
//	OTEL_SDK_DISABLED=true             no traces and no metrics; logs as JSON lines
//
// What must never be in a span, a metric or a log line: a token or its hash, the value of a user's
// attribute, a filter, a query string, a store's statement. An organisation's id is in spans and in
// log lines, never in a metric: one series for each of thousands of organisations is more than a
// process can hold.
package telemetry
