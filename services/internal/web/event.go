package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/roundtrips"
	"github.com/devrev/scim/services/internal/terms"
)

// Event is the record of one request. It is made when the request arrives, filled in by handlers
// and middleware, and logged once, at the end, as one line. It never holds the path, the query, a
// header or a body: they name people.
//
// It is safe for concurrent use.
type Event struct {
	requestID string
	client    token.Client
	tracer    trace.Tracer // of the request's steps
	trips     roundtrips.Count

	mu           sync.Mutex
	organisation string
	tokenID      string
	outcome      string
	refusal      string // type of the error that the request was refused with
	err          error
	broken       bool // part of the answer was sent, and then the connection cut
	steps        []step
	more         []slog.Attr
}

// step is how long one step of serving a request took.
type step struct {
	name string
	took time.Duration
}

type eventKey struct{}

// EventFrom returns the Event of ctx's request; outside of a request one that no one logs.
func EventFrom(ctx context.Context) *Event {
	if ev, ok := ctx.Value(eventKey{}).(*Event); ok {
		return ev
	}
	return &Event{tracer: noop.Tracer{}}
}

// SetOrganisation notes whose request it is.
func (ev *Event) SetOrganisation(id string) { ev.set(&ev.organisation, id) }

// SetTokenID notes the public id of the token that was presented.
func (ev *Event) SetTokenID(id string) { ev.set(&ev.tokenID, id) }

// SetOutcome notes what the request did, one of a closed set: created, updated, restored. It is
// counted as well.
func (ev *Event) SetOutcome(kind string) { ev.set(&ev.outcome, kind) }

func (ev *Event) set(field *string, value string) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	*field = value
}

// SetErr notes the private cause of a refusal or failure; the first one stays. The text is logged,
// so it must not quote the client: of a refusal give the cause, not the detail. A failure (5xx)
// that no one explained is logged with the error that was returned.
func (ev *Event) SetErr(cause error) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	if ev.err == nil {
		ev.err = cause
	}
}

// Add notes one thing more. key is a constant, value no text of the client.
func (ev *Event) Add(key string, value any) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	ev.more = append(ev.more, slog.Any(key, value))
}

// spend notes that a step took so long, once more.
func (ev *Event) spend(name string, took time.Duration) {
	ev.mu.Lock()
	defer ev.mu.Unlock()
	for i := range ev.steps {
		if ev.steps[i].name == name {
			ev.steps[i].took += took
			return
		}
	}
	ev.steps = append(ev.steps, step{name, took})
}

// Client returns which identity provider calls, by the User-Agent.
func (ev *Event) Client() token.Client { return ev.client }

// SetRefusal notes the type of the error that a request is refused with (4xx), one of a closed set.
// It is counted as well. Without it the error that was returned says what type it is.
func (ev *Event) SetRefusal(errorType string) { ev.set(&ev.refusal, errorType) }

// left notes that the request was answered with err.
func (ev *Event) left(status int, err error) {
	if status >= http.StatusInternalServerError {
		ev.SetErr(err)
		return
	}
	ev.mu.Lock()
	defer ev.mu.Unlock()
	ev.refusal = cmp.Or(ev.refusal, errorType(err))
}

func (ev *Event) cut(err error) {
	ev.SetErr(err)
	ev.mu.Lock()
	defer ev.mu.Unlock()
	ev.broken = true
}

// events makes the Event and the server span and, when all is done, ends the span, and logs and
// counts the Event.
func events(cfg Config) gin.HandlerFunc {
	metrics, spans := cfg.Telemetry.Metrics(), &spans{tracer: cfg.Telemetry.Tracer(), public: cfg.Public}
	return func(c *gin.Context) {
		start := time.Now()
		ev := &Event{requestID: newRequestID(c.Request.Context()), client: terms.ClientOf(c.Request.UserAgent()), tracer: cfg.Telemetry.Tracer()}
		c.Header(RequestIDHeader, ev.requestID)
		ctx := context.WithValue(c.Request.Context(), eventKey{}, ev)
		ctx, span := spans.begin(roundtrips.Into(ctx, &ev.trips), c)
		c.Request = c.Request.WithContext(ctx)
		defer func() {
			conclude(span, ev, c.Writer.Status())
			took := time.Since(start)
			metrics.RequestDuration(ctx, methodOf(c.Request), c.FullPath(), c.Writer.Status(), took)
			ev.mu.Lock()
			defer ev.mu.Unlock()
			if ev.outcome != "" {
				metrics.Outcomes(ctx, ev.outcome)
			}
			if ev.refusal != "" {
				metrics.Refusals(ctx, ev.refusal)
			}
			level := slog.LevelInfo
			if ev.broken || c.Writer.Status() >= http.StatusInternalServerError {
				level = slog.LevelError
			}
			attrs, _ := lines.Get().(*[]slog.Attr)
			*attrs = ev.attrs((*attrs)[:0], cfg.Name, c, took)
			cfg.Logger.LogAttrs(ctx, level, "request", *attrs...)
			clear(*attrs)
			lines.Put(attrs)
		}()
		c.Next()
	}
}

// lines hold the attributes of a line while it is written.
var lines = sync.Pool{New: func() any { return new([]slog.Attr) }}

// attrs appends what the line has.
func (ev *Event) attrs(attrs []slog.Attr, engine string, c *gin.Context, took time.Duration) []slog.Attr {
	attrs = append(attrs,
		slog.String("engine", engine),
		slog.String("request_id", ev.requestID),
		slog.String("method", methodOf(c.Request)),
		slog.String("route", cmp.Or(c.FullPath(), "unmatched")),
		slog.Int("status", c.Writer.Status()),
		inMillis("duration", took),
		slog.Int("bytes", max(c.Writer.Size(), 0)),
		slog.String("client", string(ev.client)),
	)
	for _, text := range []struct{ key, value string }{
		{"organisation", ev.organisation}, {"token_id", ev.tokenID}, {"outcome", ev.outcome}, {"refusal", ev.refusal},
	} {
		if text.value != "" {
			attrs = append(attrs, slog.String(text.key, text.value))
		}
	}
	if ev.err != nil {
		attrs = append(attrs, slog.Any("error", ev.err))
	}
	if ev.broken {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	for _, asked := range []struct {
		key   string
		calls int64
	}{{"mongodb_calls", ev.trips.MongoDB.Load()}, {"redis_calls", ev.trips.Redis.Load()}} {
		if asked.calls > 0 {
			attrs = append(attrs, slog.Int64(asked.key, asked.calls))
		}
	}
	for _, s := range ev.steps {
		attrs = append(attrs, inMillis(s.name, s.took))
	}
	return append(attrs, ev.more...)
}

// inMillis returns a time as NAME_ms, to the microsecond.
func inMillis(name string, took time.Duration) slog.Attr {
	return slog.Float64(name+"_ms", float64(took.Microseconds())/1000)
}

// methodOf returns the method if HTTP knows it, else "_OTHER": any word can come as a method.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return r.Method
	}
	return "_OTHER"
}
