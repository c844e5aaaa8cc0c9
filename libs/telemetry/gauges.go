package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// System is a kind of server that there is a pool of connections to.
type System string

// The systems there are, as semantic conventions call them.
const (
	MongoDB System = "mongodb"
	Redis   System = "redis"
)

// Pool is the state of a pool of connections.
type Pool struct {
	Idle, Used int64
	Max        int64 // that may be open at a time
	// Busiest is the highest share of its own limit that any server has in use, 0 to 1. With
	// several servers the sums above mean little: requests go to one of them.
	Busiest float64
}

// gauges are the instruments that are read at each collection.
type gauges struct {
	meter       metric.Meter
	connections metric.Int64ObservableUpDownCounter
	most        metric.Int64ObservableUpDownCounter
	busiest     metric.Float64ObservableGauge
	up          metric.Int64ObservableGauge
	queues      metric.Int64ObservableGauge
	feedAge     metric.Float64ObservableGauge
	reconciled  metric.Float64ObservableGauge
	flow        metric.Int64ObservableCounter
	info        metric.Int64ObservableGauge
}

func newGauges(meter metric.Meter) (gauges, error) {
	var errs [9]error
	g := gauges{meter: meter}
	g.connections, errs[0] = meter.Int64ObservableUpDownCounter("db.client.connection.count", metric.WithUnit("{connection}"),
		metric.WithDescription("Open connections to a store, by state."))
	g.most, errs[1] = meter.Int64ObservableUpDownCounter("db.client.connection.max", metric.WithUnit("{connection}"),
		metric.WithDescription("Connections to a store that may be open."))
	g.queues, errs[2] = meter.Int64ObservableGauge("scim.queue.length",
		metric.WithDescription("Records waiting to be written, by queue."))
	g.feedAge, errs[3] = meter.Float64ObservableGauge("scim.feed.age", metric.WithUnit("s"),
		metric.WithDescription("Time since the last event of the revocation feed."))
	g.flow, errs[4] = meter.Int64ObservableCounter("scim.telemetry.spans",
		metric.WithDescription("Sampled spans, ended and exported; a difference that grows is what got lost."))
	g.reconciled, errs[5] = meter.Float64ObservableGauge("scim.reconcile.age", metric.WithUnit("s"),
		metric.WithDescription("Time since everything was last compared that the token store may have lost."))
	g.busiest, errs[6] = meter.Float64ObservableGauge("db.client.connection.utilization", metric.WithUnit("1"),
		metric.WithDescription("Used part of the connections that may be open, to the server of a store of which most are used."))
	g.up, errs[7] = meter.Int64ObservableGauge("scim.dependency.up",
		metric.WithDescription("Whether a required dependency is available, by check: 1 or 0."))
	g.info, errs[8] = meter.Int64ObservableGauge("scim.build.info",
		metric.WithDescription("Which build of the program this is; always 1."))
	return g, errors.Join(errs[:]...)
}

// Connections observes the pool of connections to system. read is called at each collection, for as
// long as the process lives, and must be quick; so it is with the other observations.
func (g gauges) Connections(system System, read func() Pool) {
	of := semconv.DBSystemNameKey.String(string(system))
	idle := metric.WithAttributes(of, attribute.String("state", "idle"))
	used := metric.WithAttributes(of, attribute.String("state", "used"))
	g.observe(func(o metric.Observer) {
		pool := read()
		o.ObserveInt64(g.connections, pool.Idle, idle)
		o.ObserveInt64(g.connections, pool.Used, used)
		o.ObserveInt64(g.most, pool.Max, metric.WithAttributes(of))
		o.ObserveFloat64(g.busiest, pool.Busiest, metric.WithAttributes(of))
	}, g.connections, g.most, g.busiest)
}

// DependencyUp observes whether a check holds. name is a constant.
func (g gauges) DependencyUp(name string, read func() bool) {
	check := metric.WithAttributes(attribute.String("check", name))
	g.observe(func(o metric.Observer) {
		up := int64(0)
		if read() {
			up = 1
		}
		o.ObserveInt64(g.up, up, check)
	}, g.up)
}

// QueueLength observes how much waits in a queue. name is a constant.
func (g gauges) QueueLength(name string, read func() int) {
	g.observe(func(o metric.Observer) {
		o.ObserveInt64(g.queues, int64(read()), metric.WithAttributes(attribute.String("queue", name)))
	}, g.queues)
}

// FeedAge observes the time since the last event of the revocation feed.
func (g gauges) FeedAge(read func() time.Duration) {
	g.observe(func(o metric.Observer) { o.ObserveFloat64(g.feedAge, read().Seconds()) }, g.feedAge)
}

// ReconcileAge observes the time since the end of the last full reconciliation of the token store.
func (g gauges) ReconcileAge(read func() time.Duration) {
	g.observe(func(o metric.Observer) { o.ObserveFloat64(g.reconciled, read().Seconds()) }, g.reconciled)
}

// build observes what the program was built of.
func (g gauges) build(version, revision string) {
	of := metric.WithAttributes(attribute.String("version", version), attribute.String("revision", revision))
	g.observe(func(o metric.Observer) { o.ObserveInt64(g.info, 1, of) }, g.info)
}

// spans observes the way of spans to the exporter.
func (g gauges) spans(way *flow) {
	ended := metric.WithAttributes(attribute.String("state", "ended"))
	exported := metric.WithAttributes(attribute.String("state", "exported"))
	g.observe(func(o metric.Observer) {
		o.ObserveInt64(g.flow, way.ended.Load(), ended)
		o.ObserveInt64(g.flow, way.exported.Load(), exported)
	}, g.flow)
}

func (g gauges) observe(ask func(metric.Observer), instruments ...metric.Observable) {
	_, _ = g.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error { // refused are another meter's instruments only
		ask(o)
		return nil
	}, instruments...)
}
