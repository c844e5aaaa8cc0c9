package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// Metrics is every instrument of the services. Each label has a closed set of values, known when
// the program is built: a route is a template, a kind is a constant of its package. No label is an
// organisation, an id or a text of a client.
type Metrics struct {
	requests      metric.Float64Histogram
	stores        metric.Float64Histogram
	members       metric.Int64Histogram
	verifications metric.Int64Counter
	tokenEvents   metric.Int64Counter
	expiring      metric.Int64Gauge
	coercions     metric.Int64Counter
	outcomes      metric.Int64Counter
	refusals      metric.Int64Counter
	rate          metric.Int64Counter
	guard         metric.Int64Counter
	failures      metric.Int64Counter
	gauges

	ofRequests Once[requestKey, metric.MeasurementOption]
	ofStores   Once[storeKey, metric.MeasurementOption]
	ofCounters Once[labels, metric.MeasurementOption]
}

// The labels of a series of requests and of store calls.
type (
	requestKey struct{ method, route, class string }
	storeKey   struct{ system, operation, errorType string }
)

// labels are those of a series of a counter, each a name and a value; the second may be absent.
type labels [2]struct{ name, value string }

// count adds n to a series of a counter.
func (m *Metrics) count(ctx context.Context, counter metric.Int64Counter, n int, of labels) {
	counter.Add(ctx, int64(n), m.ofCounters.Get(of, counterSet))
}

func counterSet(of labels) metric.MeasurementOption {
	attrs := []attribute.KeyValue{attribute.String(of[0].name, of[0].value)}
	if of[1].name != "" {
		attrs = append(attrs, attribute.String(of[1].name, of[1].value))
	}
	return metric.WithAttributeSet(attribute.NewSet(attrs...))
}

func newMetrics(meter metric.Meter) (*Metrics, error) {
	var errs []error
	seconds := func(name, description string, bounds ...float64) metric.Float64Histogram {
		h, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), metric.WithExplicitBucketBoundaries(bounds...))
		errs = append(errs, err)
		return h
	}
	sizes := func(name, description string, bounds ...float64) metric.Int64Histogram {
		h, err := meter.Int64Histogram(name, metric.WithDescription(description), metric.WithExplicitBucketBoundaries(bounds...))
		errs = append(errs, err)
		return h
	}
	counter := func(name, description string) metric.Int64Counter {
		c, err := meter.Int64Counter(name, metric.WithDescription(description))
		errs = append(errs, err)
		return c
	}
	gauge := func(name, description string) metric.Int64Gauge {
		g, err := meter.Int64Gauge(name, metric.WithDescription(description))
		errs = append(errs, err)
		return g
	}
	observed, err := newGauges(meter)
	errs = append(errs, err)
	m := &Metrics{
		gauges: observed,
		// 0.3 s is the objective and must be a bound. Few bounds: each is a series for each method
		// and route, of which there are 40.
		requests: seconds("http.server.request.duration", "Time from the first byte in to the last byte out.",
			.02, .1, .3, 1, 3),
		// Redis answers in well under a millisecond, MongoDB in a few; a store gives up after two
		// seconds.
		stores: seconds("db.client.operation.duration", "Time of one operation of a store.",
			.001, .005, .025, .1, 1),
		members: sizes("scim.group.member.delta", "Members added and removed by one change of a group.",
			1, 10, 100, 1_000, 10_000),
		verifications: counter("scim.token.verifications", "Bearer tokens presented, by outcome and source."),
		rate:          counter("scim.rate.decisions", "Requests checked against a rate, by decision and limiter."),
		tokenEvents:   counter("scim.token.events", "What happened to tokens outside requests, by kind."),
		expiring:      gauge("scim.tokens.expiring", "Live tokens that expire soon and were not replaced, by how soon."),
		coercions:     counter("scim.coercions", "Known departures from the RFCs that were accepted and corrected, by kind."),
		outcomes:      counter("scim.outcomes", "What provisioning requests did, by kind."),
		refusals:      counter("scim.refusals", "Requests that were refused (4xx), by the type of the error."),
		guard:         counter("scim.guard", "People and members who left, as the guard counted them, and mass changes, by outcome."),
		failures:      counter("scim.telemetry.failures", "Failures of exporters."),
	}
	return m, errors.Join(errs...)
}

// RequestDuration records one answered request. method is one that HTTP knows or "_OTHER", route
// the template or "" if none matched, status the answer's. A method on an unmatched route is the
// client's choice, so all of those are one series. Of the status it records only whether the
// service failed: a histogram for refusals of each route would double the series, and Refusals has
// more detail.
func (m *Metrics) RequestDuration(ctx context.Context, method, route string, status int, took time.Duration) {
	if route == "" {
		method, route = "_OTHER", "unmatched"
	}
	m.requests.Record(ctx, took.Seconds(), m.ofRequests.Get(requestKey{method, route, classOf(status)}, requestSet))
}

func requestSet(of requestKey) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(
		semconv.HTTPRequestMethodKey.String(of.method),
		semconv.HTTPRoute(of.route),
		attribute.String("http.response.status_class", of.class),
	))
}

// classOf returns "5xx" for a failure of ours and "ok" for every other answer.
func classOf(status int) string {
	if status >= 500 {
		return "5xx"
	}
	return "ok"
}

// Refusals counts one refused request (4xx) by the type of its error, of a closed set: uniqueness,
// invalidFilter, 404 and so on.
func (m *Metrics) Refusals(ctx context.Context, errorType string) {
	m.count(ctx, m.refusals, 1, labels{{string(semconv.ErrorTypeKey), errorType}})
}

// StoreDuration records one operation on MongoDB. outcome is "" for success, else one of a closed
// set. The collection is in the span that an exemplar refers to.
func (m *Metrics) StoreDuration(ctx context.Context, operation, outcome string, took time.Duration) {
	m.store(ctx, storeKey{string(MongoDB), operation, outcome}, took)
}

// RedisDuration records one command or pipeline on Redis. outcome is "" for success, else one of a
// closed set.
func (m *Metrics) RedisDuration(ctx context.Context, operation, outcome string, took time.Duration) {
	m.store(ctx, storeKey{string(Redis), operation, outcome}, took)
}

func (m *Metrics) store(ctx context.Context, of storeKey, took time.Duration) {
	m.stores.Record(ctx, took.Seconds(), m.ofStores.Get(of, storeSet))
}

func storeSet(of storeKey) metric.MeasurementOption {
	attrs := []attribute.KeyValue{semconv.DBSystemNameKey.String(of.system), semconv.DBOperationName(of.operation)}
	if of.errorType != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(of.errorType))
	}
	return metric.WithAttributeSet(attribute.NewSet(attrs...))
}

// TokenVerifications counts one presented token by outcome: accepted, unknown, revoked and so on.
// source is "cache" or "store".
func (m *Metrics) TokenVerifications(ctx context.Context, outcome, source string) {
	m.count(ctx, m.verifications, 1, labels{{"outcome", outcome}, {"source", source}})
}

// RateDecisions counts one request that was let pass or not: outcome is "passed" or "limited", by
// "shared" where all processes counted together, or "local" where this one was on its own.
func (m *Metrics) RateDecisions(ctx context.Context, outcome, by string) {
	m.count(ctx, m.rate, 1, labels{{"outcome", outcome}, {"by", by}})
}

// TokenEvents counts what an operator is called for: a revocation that no replica has, one that was
// applied again, a lost feed, a leaked token.
func (m *Metrics) TokenEvents(ctx context.Context, kind string) {
	m.count(ctx, m.tokenEvents, 1, labels{{"kind", kind}})
}

// TokensExpiring records how many live tokens expire within a time of a closed set and were not
// replaced.
func (m *Metrics) TokensExpiring(ctx context.Context, within string, tokens int) {
	m.expiring.Record(ctx, int64(tokens), metric.WithAttributes(attribute.String("within", within)))
}

// Coercions counts one coercion by its name.
func (m *Metrics) Coercions(ctx context.Context, kind string) {
	m.count(ctx, m.coercions, 1, labels{{"kind", kind}})
}

// Outcomes counts what one request did: created, updated, restored and so on.
func (m *Metrics) Outcomes(ctx context.Context, kind string) {
	m.count(ctx, m.outcomes, 1, labels{{"kind", kind}})
}

// Guard counts so many people or members who left: outcome is "counted", or "uncounted" while the
// counter was away; or one mass change, "observed"; or what became of people who were held back.
func (m *Metrics) Guard(ctx context.Context, outcome string, n int) {
	m.count(ctx, m.guard, n, labels{{"outcome", outcome}})
}

// MemberDelta records how many members one change of a group added and removed.
func (m *Metrics) MemberDelta(ctx context.Context, members int) {
	m.members.Record(ctx, int64(members))
}

func (m *Metrics) telemetryFailed() { m.failures.Add(context.Background(), 1) }
