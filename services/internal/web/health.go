package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/devrev/scim/libs/telemetry"
)

const (
	probeEvery    = time.Second            // once started
	startingEvery = 100 * time.Millisecond // until then
	probeBound    = time.Second            // of one round of probes
)

// Check is one thing that the service cannot do without. Probe honours ctx.
type Check struct {
	Name  string // one of a closed set, as a label of a metric is
	Probe func(context.Context) error
	// Advisory is set where the service works without, at a risk that people should know of: it
	// does not hold up the start.
	Advisory bool
}

// Health knows whether the service should get requests: from when each check has succeeded once,
// unless it is advisory, until the service drains. A store that goes away later takes no process
// out of the load balancer: it is away for the others too, and a balancer without processes answers
// with a 502 that no client understands, instead of our 503 with Retry-After. Made by NewHealth.
type Health struct {
	log      *slog.Logger
	started  atomic.Bool
	draining atomic.Bool
	metrics  *telemetry.Metrics

	mu     sync.Mutex
	checks []*checked
}

type checked struct {
	Check

	mu       sync.Mutex
	state    string // below
	since    time.Time
	achieved bool // it has succeeded once
}

// The states of a check.
const (
	stateUnknown = "unknown" // it was not made yet
	stateOK      = "ok"
	stateFailing = "failing"
)

// NewHealth returns a Health of the given checks, which Run makes; without any the service has
// started. A check that begins or ceases to fail is logged with its reason, which no answer shows;
// the state of each is on the metrics page.
func NewHealth(tel *telemetry.Telemetry, checks ...Check) *Health {
	h := &Health{log: tel.Logger(), metrics: tel.Metrics()}
	h.Add(checks...)
	h.started.Store(h.achieved())
	return h
}

// Add adds checks. One with the name of an earlier check takes its place, and goes on from its
// state.
func (h *Health) Add(checks ...Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range checks {
		if n := slices.IndexFunc(h.checks, func(k *checked) bool { return k.Name == c.Name }); n >= 0 {
			h.checks[n].replace(c)
			continue
		}
		k := &checked{Check: c, state: stateUnknown, since: time.Now()}
		h.checks = append(h.checks, k)
		h.metrics.DependencyUp(c.Name, func() bool { return k.stands().State != stateFailing })
	}
}

// all returns the checks of this moment.
func (h *Health) all() []*checked {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.checks)
}

// Run makes all checks every second, and more often until the service has started, until ctx is
// done. Serve calls it.
func (h *Health) Run(ctx context.Context) {
	for ctx.Err() == nil {
		h.probe(ctx)
		pause := probeEvery
		if !h.started.Load() {
			pause = startingEvery
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Drain makes the service not ready, for good.
func (h *Health) Drain() { h.draining.Store(true) }

// Status is "starting", "ready" or "draining". It asks no one, so the answer is there at once.
func (h *Health) Status() string {
	switch {
	case h.draining.Load():
		return "draining"
	case h.started.Load():
		return "ready"
	default:
		return "starting"
	}
}

// Standing is the state of a check.
type Standing struct {
	State string    `json:"state"` // "ok", "failing", or "unknown" before the first time
	Since time.Time `json:"since"`
}

// Checks returns the state of each check, by name.
func (h *Health) Checks() map[string]Standing {
	all := make(map[string]Standing)
	for _, c := range h.all() {
		all[c.Name] = c.stands()
	}
	return all
}

func (c *checked) replace(by Check) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Probe, c.Advisory, c.achieved = by.Probe, by.Advisory, false
}

func (c *checked) probe() func(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Probe
}

func (c *checked) stands() Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Standing{c.state, c.since.UTC().Truncate(time.Millisecond)}
}

// probe makes all checks at once.
func (h *Health) probe(ctx context.Context) {
	bound, cancel := context.WithTimeout(ctx, probeBound)
	defer cancel()
	var wg sync.WaitGroup
	for _, c := range h.all() {
		probe := c.probe()
		wg.Go(func() {
			err := probe(bound)
			if err == nil || ctx.Err() == nil { // else it is cut off because the service ends
				h.note(ctx, c, err)
			}
		})
	}
	wg.Wait()
	if !h.started.Load() && h.achieved() {
		h.started.Store(true)
	}
}

// achieved reports whether each check has succeeded once that holds up the start.
func (h *Health) achieved() bool {
	for _, c := range h.all() {
		c.mu.Lock()
		missing := !c.achieved && !c.Advisory
		c.mu.Unlock()
		if missing {
			return false
		}
	}
	return true
}

func (h *Health) note(ctx context.Context, c *checked, err error) {
	c.mu.Lock()
	before, next := c.state, stateOK
	if err != nil {
		next = stateFailing
	}
	if next != before {
		c.state, c.since = next, time.Now()
	}
	c.achieved = c.achieved || err == nil
	c.mu.Unlock()
	switch {
	case next == before:
	case err != nil:
		h.log.WarnContext(ctx, "dependency down", "check", c.Name, "error", err)
	case before == stateFailing:
		h.log.InfoContext(ctx, "dependency recovered", "check", c.Name)
	}
}

// NewOperations returns what the platform asks, on a listener of its own: /livez is always 200,
// because a restart mends no store; /readyz is 200 or 503, and with ?verbose tells how each check
// stands; /metrics is metrics, and /debug/tracez traces.
func NewOperations(h *Health, metrics, traces http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		state(w, http.StatusOK, map[string]any{"status": "alive"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		status := h.Status()
		body, code := map[string]any{"status": status}, http.StatusOK
		if status != "ready" {
			code = http.StatusServiceUnavailable
		}
		if r.URL.Query().Has("verbose") {
			body["checks"] = h.Checks()
		}
		state(w, code, body)
	})
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET /debug/tracez", traces)
	return mux
}

func state(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a prober that hung up needs no answer
}
