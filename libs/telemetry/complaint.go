package telemetry

import (
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// complaints receives the SDK's own errors: a variable that it cannot read, a collector that it
// cannot reach. The SDK reports them by two hooks, both global to the process, and by default they
// write plain text between the JSON log lines. Nothing else here is global.
type complaints struct {
	log     *slog.Logger
	metrics atomic.Pointer[Metrics]

	mu    sync.Mutex
	since time.Time // start of the running minute
	said  int       // lines in that minute
}

// perMinute bounds the lines about a collector that is away; the metric counts them all.
const perMinute = 10

func listen(log *slog.Logger) *complaints {
	c := &complaints{log: log}
	otel.SetErrorHandler(c)
	otel.SetLogger(logr.New(sink{c}))
	return c
}

// count counts failures in m from now on: the instruments come after the first complaints.
func (c *complaints) count(m *Metrics) { c.metrics.Store(m) }

// Handle receives what the SDK calls errors: failed exports, unusable samplers.
func (c *complaints) Handle(err error) {
	if m := c.metrics.Load(); m != nil {
		m.telemetryFailed()
	}
	c.say("telemetry: "+err.Error(), err.Error())
}

// say logs message and the names of the variables that words come from.
func (c *complaints) say(message string, words ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.since) > time.Minute {
		c.since, c.said = now, 0
	}
	if c.said++; c.said <= perMinute {
		c.log.Warn(message, "environment", variables(words))
	}
}

// variables returns the names of the OTEL_* variables that words name, or whose value they quote.
// The SDK mostly quotes the value of a variable and not its name; and the value can be a
// collector's key, so the name is all we log.
func variables(words []string) []string {
	var names []string
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "OTEL_") && slices.ContainsFunc(words, func(word string) bool {
			return word == name || quotes(word, value) || quotes(value, word)
		}) {
			names = append(names, name)
		}
	}
	return names
}

// quotes leaves out parts of one or two letters, which are in everything.
func quotes(text, part string) bool { return len(part) > 2 && strings.Contains(text, part) }

// sink is the way out that the SDK uses for the variables it parses itself. Its values are not
// logged, see variables.
type sink struct{ to *complaints }

func (sink) Init(logr.RuntimeInfo) {}

// Enabled lets through level 4 as well: invalid numbers are reported there, along with news that
// Info drops.
func (sink) Enabled(level int) bool { return level <= 4 }

func (s sink) Info(level int, message string, values ...any) {
	if level <= 1 || strings.Contains(message, "invalid") {
		s.to.say("telemetry: "+message, texts(values)...)
	}
}

func (s sink) Error(err error, message string, values ...any) {
	s.to.say("telemetry: "+message, append(texts(values), err.Error())...)
}

func (s sink) WithValues(...any) logr.LogSink { return s }
func (s sink) WithName(string) logr.LogSink   { return s }

func texts(values []any) []string {
	var all []string
	for _, value := range values {
		if text, ok := value.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
