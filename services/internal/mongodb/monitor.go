package mongodb

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/roundtrips"
)

// timed are the commands that have durations: those on documents. An index may take minutes to
// build, and a ping says nothing.
var timed = []string{"find", "getMore", "aggregate", "insert", "update", "delete", "findAndModify", "count", "distinct"}

// newMonitor returns a monitor that makes a client span and a duration of each command, named "find
// users".
//
// No statement, value or message of the server goes into them: filters hold mail addresses, and so
// does what MongoDB says of a duplicate key. A duplicate key is an answer here, not an error.
func newMonitor(tel *telemetry.Telemetry) *event.CommandMonitor {
	m := &monitor{tracer: tel.Tracer(), metrics: tel.Metrics()}
	return &event.CommandMonitor{
		Started: m.started,
		Succeeded: func(ctx context.Context, e *event.CommandSucceededEvent) {
			m.finished(ctx, &e.CommandFinishedEvent, nil)
		},
		Failed: func(ctx context.Context, e *event.CommandFailedEvent) {
			m.finished(ctx, &e.CommandFinishedEvent, e.Failure)
		},
	}
}

type monitor struct {
	tracer  trace.Tracer
	metrics *telemetry.Metrics
	running sync.Map // commandID -> trace.Span
	kinds   telemetry.Once[kind, begin]
}

// kind is what all spans of a kind of command have in common, and begin how one of them begins.
type (
	kind  struct{ address, database, command, collection string }
	begin struct {
		name    string
		options []trace.SpanStartOption
	}
)

type commandID struct {
	connection string
	request    int64
}

//nolint:spancheck // finished ends the span
func (m *monitor) started(ctx context.Context, e *event.CommandStartedEvent) {
	roundtrips.MongoDB(ctx)
	address, _, _ := strings.Cut(e.ConnectionID, "[-") // "host:port[-4]" or "/path/of/a.sock[-4]"
	b := m.kinds.Get(kind{address, e.DatabaseName, e.CommandName, collectionOf(e)}, kind.begin)
	_, span := m.tracer.Start(ctx, b.name, b.options...)
	m.running.Store(commandID{e.ConnectionID, e.RequestID}, span)
}

func (k kind) begin() begin {
	attributes := append(server(k.address), semconv.DBSystemNameMongoDB, semconv.DBOperationName(k.command), semconv.DBNamespace(k.database))
	name := k.command
	if k.collection != "" {
		attributes = append(attributes, semconv.DBCollectionName(k.collection))
		if !strings.HasSuffix(k.command, "Indexes") { // these are about each collection, at the start, and would be as many names
			name += " " + k.collection
		}
	}
	return begin{name, []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...)}}
}

func (m *monitor) finished(ctx context.Context, e *event.CommandFinishedEvent, failure error) {
	v, ok := m.running.LoadAndDelete(commandID{e.ConnectionID, e.RequestID})
	if !ok {
		return
	}
	span, _ := v.(trace.Span)
	defer span.End()
	class := classify(failure)
	if class != "" {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(semconv.ErrorTypeKey.String(class))
	}
	if slices.Contains(timed, e.CommandName) {
		m.metrics.StoreDuration(ctx, e.CommandName, class, e.Duration)
	}
}

// collectionOf returns the collection that a command is about: the value of its first member, or a
// member of getMore.
func collectionOf(e *event.CommandStartedEvent) string {
	member := e.CommandName
	if member == "getMore" {
		member = "collection"
	}
	collection, _ := e.Command.Lookup(member).StringValueOK()
	return collection
}

// server tells of an address, "host:port" or "/path/of/a.sock".
func server(address string) []attribute.KeyValue {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return []attribute.KeyValue{semconv.ServerAddress(address)}
	}
	attributes := []attribute.KeyValue{semconv.ServerAddress(host)}
	if n, err := strconv.Atoi(port); err == nil {
		attributes = append(attributes, semconv.ServerPort(n))
	}
	return attributes
}

// classify returns "" for no error, else a word of a closed set: canceled, timeout, network,
// not_primary or, for what else the server refuses, server. That a collection is not there yet is
// an answer.
func classify(err error) string {
	var refused interface {
		NotPrimary() bool
		NodeIsRecovering() bool
		NamespaceNotFound() bool
	}
	switch {
	case err == nil, errors.As(err, &refused) && refused.NamespaceNotFound():
		return ""
	case errors.Is(err, context.Canceled):
		return "canceled"
	case mongo.IsTimeout(err):
		return "timeout"
	case mongo.IsNetworkError(err):
		return "network"
	case refused != nil && (refused.NotPrimary() || refused.NodeIsRecovering()):
		return "not_primary"
	default:
		return "server"
	}
}
