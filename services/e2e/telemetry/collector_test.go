package telemetry

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	logscollector "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	metricscollector "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracecollector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// collector takes what processes export by OTLP over HTTP, in protobuf, and keeps all of it.
type collector struct {
	server *httptest.Server

	mu    sync.Mutex
	raw   [][]byte
	spans []span
	logs  []logRecord
	all   []proto.Message
	items int // spans, their events and links, log records and data points
}

// span is an exported span and the service that it is of.
type span struct {
	service, version string
	*tracepb.Span
}

type logRecord struct {
	service string
	*logspb.LogRecord
}

func newCollector(tb testing.TB) *collector {
	tb.Helper()
	c := &collector{}
	mux := http.NewServeMux()
	mux.Handle("POST /v1/traces", take(tb, c, c.traces))
	mux.Handle("POST /v1/metrics", take(tb, c, c.metrics))
	mux.Handle("POST /v1/logs", take(tb, c, c.records))
	c.server = httptest.NewServer(mux)
	tb.Cleanup(c.server.Close)
	return c
}

// take reads a request of type M and has keep keep it.
func take[M any, P interface {
	*M
	proto.Message
}](tb testing.TB, c *collector, keep func(P)) http.Handler {
	tb.Helper()
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the exporter broke off and sends it again
		}
		message := P(new(M))
		if err := proto.Unmarshal(body, message); err != nil {
			tb.Errorf("%s is no %T: %v", r.URL.Path, message, err)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw = append(c.raw, body)
		c.all = append(c.all, message)
		keep(message)
	})
}

func (c *collector) traces(request *tracecollector.ExportTraceServiceRequest) {
	for _, of := range request.GetResourceSpans() {
		for _, scope := range of.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, span{serviceOf(of.GetResource()), attributes(of.GetResource().GetAttributes())["service.version"], s})
				c.items += 1 + len(s.GetEvents()) + len(s.GetLinks())
			}
		}
	}
}

func (c *collector) records(request *logscollector.ExportLogsServiceRequest) {
	for _, of := range request.GetResourceLogs() {
		for _, scope := range of.GetScopeLogs() {
			for _, r := range scope.GetLogRecords() {
				c.logs = append(c.logs, logRecord{serviceOf(of.GetResource()), r})
				c.items++
			}
		}
	}
}

func (c *collector) metrics(request *metricscollector.ExportMetricsServiceRequest) {
	for _, of := range request.GetResourceMetrics() {
		for _, scope := range of.GetScopeMetrics() {
			for _, m := range scope.GetMetrics() {
				c.items += len(m.GetSum().GetDataPoints()) + len(m.GetGauge().GetDataPoints()) + len(m.GetHistogram().GetDataPoints())
			}
		}
	}
}

func serviceOf(r *resourcepb.Resource) string { return attributes(r.GetAttributes())["service.name"] }

// attributes returns attributes by key, each value as text.
func attributes(list []*commonpb.KeyValue) map[string]string {
	all := make(map[string]string, len(list))
	for _, a := range list {
		all[a.GetKey()] = text(a.GetValue())
	}
	return all
}

// visit calls see with every message within m, and m itself.
func visit(m protoreflect.Message, see func(protoreflect.Message)) {
	see(m)
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for i := range v.List().Len() {
				visit(v.List().Get(i).Message(), see)
			}
		default:
			visit(v.Message(), see)
		}
		return true
	})
}

// texts returns every string within the messages, each once.
func texts(messages []proto.Message) map[string]bool {
	all := map[string]bool{}
	for _, m := range messages {
		visit(m.ProtoReflect(), func(m protoreflect.Message) {
			m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
				switch {
				case field.Kind() != protoreflect.StringKind:
				case field.IsList():
					for i := range v.List().Len() {
						all[v.List().Get(i).String()] = true
					}
				default:
					all[v.String()] = true
				}
				return true
			})
		})
	}
	return all
}

// values returns every attribute within the messages, wherever it stands, as its key and the values
// it has had, each once.
func values(messages []proto.Message) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, m := range messages {
		visit(m.ProtoReflect(), func(m protoreflect.Message) {
			if a, ok := m.Interface().(*commonpb.KeyValue); ok {
				if all[a.GetKey()] == nil {
					all[a.GetKey()] = map[string]bool{}
				}
				all[a.GetKey()][text(a.GetValue())] = true
			}
		})
	}
	return all
}
