package web

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	probeEvery    = time.Second     // answers in between are the last one's
	probeBound    = time.Second     // of one round of checks
	probePatience = 5 * time.Second // how long a check may fail before the service is not ready
)

// Check is one thing that the service cannot do without. Probe honours ctx.
type Check struct {
	Name  string
	Probe func(context.Context) error
}

// Health tells whether the service should get requests. Make it with NewHealth.
type Health struct {
	log      *slog.Logger
	draining atomic.Bool

	mu      sync.Mutex
	checks  []checked
	sampled time.Time
}

type checked struct {
	Check
	err    error     // of the last probe
	lastOK time.Time // zero: never yet
}

// NewHealth returns a Health of the given checks. Without any the service is ready until it drains. A check that begins
// or ceases to fail is logged with its reason, which no answer shows.
func NewHealth(log *slog.Logger, checks ...Check) *Health {
	h := &Health{log: log}
	for _, c := range checks {
		h.checks = append(h.checks, checked{Check: c})
	}
	return h
}

// Drain makes the service not ready, for good.
func (h *Health) Drain() { h.draining.Store(true) }

// Ready tells whether the service should get requests, and how each check stands: "ok" or "failing".
//
// It is not ready while draining, nor if a check has not succeeded for 5 s, so that one lost packet takes nobody out of
// service. Ask every 2 s or more often. It takes at most 1 s.
func (h *Health) Ready(ctx context.Context) (bool, map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.sampled) >= probeEvery {
		h.sample(ctx)
	}
	ready, states := !h.draining.Load(), map[string]string{}
	for _, c := range h.checks {
		states[c.Name] = "ok"
		if c.err != nil {
			states[c.Name] = "failing"
			ready = ready && h.sampled.Sub(c.lastOK) < probePatience
		}
	}
	return ready, states
}

// sample probes all at once. The result is everybody's, so it does not end with the one who asked.
func (h *Health) sample(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeBound)
	defer cancel()
	h.sampled = time.Now()
	var wg sync.WaitGroup
	for i := range h.checks {
		c := &h.checks[i]
		wg.Go(func() {
			before := c.err
			if c.err = c.Probe(ctx); c.err == nil {
				c.lastOK = h.sampled
			}
			switch {
			case c.err != nil && before == nil:
				h.log.WarnContext(ctx, "dependency failing", "check", c.Name, "error", c.err)
			case c.err == nil && before != nil:
				h.log.InfoContext(ctx, "dependency back", "check", c.Name)
			}
		})
	}
	wg.Wait()
}

// NewOperations returns what the platform asks, on a listener of its own: /livez is always 200, because a restart mends
// no store; /readyz is 200 or 503; /metrics is metrics.
func NewOperations(h *Health, metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		state(w, http.StatusOK, map[string]any{"status": "alive"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ready, checks := h.Ready(r.Context())
		if ready {
			state(w, http.StatusOK, map[string]any{"status": "ready", "checks": checks})
		} else {
			state(w, http.StatusServiceUnavailable, map[string]any{"status": "not ready", "checks": checks})
		}
	})
	mux.Handle("GET /metrics", metrics)
	return mux
}

func state(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a prober that hung up needs no answer
}
