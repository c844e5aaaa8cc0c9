package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"
)

// longest is the size of a text in a log line, in bytes; the rest is cut off.
const longest = 4 << 10

func jsonHandler(w io.Writer) slog.Handler {
	return traced{slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: clean})}
}

// textHandler writes lines for someone who looks on. They have no ids of spans, which only programs
// follow, and the time of day.
func textHandler(w io.Writer) slog.Handler {
	return slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.String(slog.TimeKey, a.Value.Time().Format(time.TimeOnly))
		}
		return clean(groups, a)
	}})
}

func otlpHandler(logs *sdklog.LoggerProvider) slog.Handler {
	return cleaned{otelslog.NewHandler(Scope, otelslog.WithLoggerProvider(logs))}
}

// cleaned cleans everything that is exported. The bridge has no ReplaceAttr, and would turn an
// error into an exception with the name of its Go type.
type cleaned struct{ slog.Handler }

func (h cleaned) Handle(ctx context.Context, r slog.Record) error {
	plain := slog.NewRecord(r.Time, r.Level, printable(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		plain.AddAttrs(cleanAll(a))
		return true
	})
	return h.Handler.Handle(ctx, plain)
}

func (h cleaned) WithAttrs(attrs []slog.Attr) slog.Handler {
	plain := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		plain[i] = cleanAll(a)
	}
	return cleaned{h.Handler.WithAttrs(plain)}
}

func (h cleaned) WithGroup(name string) slog.Handler { return cleaned{h.Handler.WithGroup(name)} }

// cleanAll is clean for an attribute that may be a group.
func cleanAll(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	if a.Value.Kind() != slog.KindGroup {
		return clean(nil, a)
	}
	group := make([]slog.Attr, len(a.Value.Group()))
	for i, member := range a.Value.Group() {
		group[i] = cleanAll(member)
	}
	a.Value = slog.GroupValue(group...)
	return a
}

// traced adds the ids of the context's span. The logs exporter needs no such help.
type traced struct{ slog.Handler }

func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }

// clean makes texts and errors safe to show. JSON escapes line ends and ESC, but only until the
// line is printed with jq -r; and it leaves the C1 controls and the marks that change the reading
// direction.
func clean(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if s := a.Value.String(); !plain(s) {
			a.Value = slog.StringValue(printable(s))
		}
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(printable(err.Error()))
		}
	default: // numbers, times
	}
	return a
}

// plain reports whether s is short and of printable ASCII, as nearly all texts of a line are.
// printable leaves it as it is.
func plain(s string) bool {
	if len(s) > longest {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// printable returns s, at most longest bytes of it, with every rune that is not printable written
// as Go would quote it.
func printable(s string) string {
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "") + "..."
	}
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
