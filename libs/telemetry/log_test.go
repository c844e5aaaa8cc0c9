package telemetry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/telemetry/telemetrytest"
)

func TestLogLinesCarryTheIDsOfTheirSpan(t *testing.T) {
	var log page
	tel, _ := telemetrytest.Start(t, &log)
	ctx, span := tel.Tracer().Start(t.Context(), "GET /Users")
	tel.Logger().With("tenant", "DEV-1").InfoContext(ctx, "request")
	span.End()

	var line map[string]any
	assert.NilError(t, json.Unmarshal([]byte(log.String()), &line))
	for key, want := range map[string]string{
		"trace_id": span.SpanContext().TraceID().String(),
		"span_id":  span.SpanContext().SpanID().String(),
		"tenant":   "DEV-1",
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %s", key, line[key], want)
		}
	}
}

func TestWithoutAnExporterThereIsATraceIDAndNoSample(t *testing.T) {
	tel, err := telemetry.Start(t.Context(), telemetry.Config{Service: "test", Log: new(page)})
	assert.NilError(t, err)
	_, span := tel.Tracer().Start(t.Context(), "GET /Users")
	defer span.End()
	if !span.SpanContext().HasTraceID() || span.SpanContext().IsSampled() {
		t.Errorf("span context %+v, want an id and no sample", span.SpanContext())
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func FuzzNoTextForgesALogLine(f *testing.F) {
	for _, seed := range []string{
		"plain", "a\nb", "a\r\n{\"level\":\"ERROR\"}", "\x1b[31mred", "\u009b31m", "\u202egnp.exe", "\u2028", "\x00", "\xff\xfe", `"}`, "日本語",
		strings.Repeat("é", 5000),
	} {
		f.Add(seed)
	}
	var log bytes.Buffer
	tel, _ := telemetrytest.Start(f, &log)
	f.Fuzz(func(t *testing.T, text string) {
		log.Reset()
		tel.Logger().Info(text, "text", text, slog.Group("inner", "text", text), "error", errors.New(text))
		line := log.String()
		if strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
			t.Fatalf("%q is more than one line", line)
		}
		var fields struct {
			Msg, Text, Error string
			Inner            struct{ Text string }
		}
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%q is not JSON: %v", line, err)
		}
		for _, shown := range []string{fields.Msg, fields.Text, fields.Error, fields.Inner.Text} {
			if i := strings.IndexFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 || len(shown) > 50<<10 {
				t.Fatalf("%q has unprintable characters, or is too long", shown)
			}
		}
	})
}

func TestTextIsForWhoeverLooksOn(t *testing.T) {
	t.Setenv("OTEL_SDK_DISABLED", "true")
	var log bytes.Buffer
	tel, err := telemetry.Start(t.Context(), telemetry.Config{Service: "test", Log: &log, Text: true})
	assert.NilError(t, err)
	tel.Logger().InfoContext(t.Context(), "request", "status", 200, "text", "a\nlevel=ERROR\x1b[31m")
	line := log.String()
	if !regexp.MustCompile(`^time=\d\d:\d\d:\d\d level=INFO msg=request status=200 text=`).MatchString(line) {
		t.Errorf("the line is %q", line)
	}
	if strings.Count(line, "\n") != 1 || strings.ContainsRune(line, '\x1b') {
		t.Errorf("a text forges a line: %q", line)
	}
}
