package web_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/devrev/scim/services/internal/web"
)

// A store is a dependency that can be away, or silent.
type store struct {
	err    error
	silent bool
	asked  int
}

func (s *store) probe(ctx context.Context) error {
	s.asked++
	if s.silent {
		<-ctx.Done()
		return ctx.Err()
	}
	return cmp.Or(s.err, ctx.Err())
}

func ready(h *web.Health) bool {
	ok, _ := h.Ready(context.Background())
	return ok
}

func TestReadiness(t *testing.T) {
	for _, row := range []struct {
		rule string
		run  func(h *web.Health, s *store) error
	}{
		{"not ready before a check has succeeded once", func(h *web.Health, s *store) error {
			s.err = errors.New("away")
			if ready(h) {
				return errors.New("ready")
			}
			return nil
		}},
		{"F3: one failure takes nobody out of service", func(h *web.Health, s *store) error {
			for i := range 1_000 {
				if s.err = nil; i%100 == 99 {
					s.err = errors.New("lost packet")
				}
				if !ready(h) {
					return fmt.Errorf("not ready at probe %d", i)
				}
				time.Sleep(2 * time.Second)
			}
			return nil
		}},
		{"F3: not ready within 6 s of an outage, ready with the first success", func(h *web.Health, s *store) error {
			ready(h)
			start := time.Now()
			s.err = errors.New("away")
			for ready(h) {
				time.Sleep(time.Second)
			}
			if took := time.Since(start); took < 5*time.Second || took > 6*time.Second {
				return fmt.Errorf("not ready after %s, want 5 to 6 s", took)
			}
			s.err = nil
			time.Sleep(time.Second)
			if !ready(h) {
				return errors.New("not ready again")
			}
			return nil
		}},
		{"a silent check costs at most 1 s", func(h *web.Health, s *store) error {
			s.silent = true
			start := time.Now()
			if ready(h) || time.Since(start) > time.Second {
				return fmt.Errorf("ready, or asked for %s", time.Since(start))
			}
			return nil
		}},
		{"who asks often gets the last answer", func(h *web.Health, s *store) error {
			for range 100 {
				ready(h)
				time.Sleep(25 * time.Millisecond)
			}
			if s.asked != 3 {
				return fmt.Errorf("probed %d times in 2.5 s, want 3", s.asked)
			}
			return nil
		}},
		{"one who hangs up spoils the answer for nobody", func(h *web.Health, _ *store) error {
			ctx, leave := context.WithCancel(context.Background())
			leave()
			if ok, _ := h.Ready(ctx); !ok {
				return errors.New("not ready")
			}
			return nil
		}},
		{"draining is for good", func(h *web.Health, _ *store) error {
			h.Drain()
			time.Sleep(time.Minute)
			if ready(h) {
				return errors.New("ready")
			}
			return nil
		}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := new(store)
				if err := row.run(web.NewHealth(slog.New(slog.DiscardHandler), web.Check{Name: "mongo", Probe: s.probe}), s); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := &store{err: errors.New("dial 10.0.0.7: S3CRET")}
	h := web.NewHealth(slog.New(slog.NewTextHandler(&log, nil)), web.Check{Name: "mongo", Probe: s.probe})
	operations := web.NewOperations(h, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("page")) }))
	for _, row := range []struct {
		rule, target string
		status       int
		body         string
	}{
		{"F3: alive without its stores", "/livez", 200, `{"status":"alive"}`},
		{"not ready names the check and not the reason", "/readyz", 503, `{"checks":{"mongo":"failing"},"status":"not ready"}`},
		{"metrics", "/metrics", 200, "page"},
		{"nothing else", "/debug/pprof/", 404, "404 page not found"},
	} {
		w := httptest.NewRecorder()
		operations.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", row.target, nil))
		if body := strings.TrimSpace(w.Body.String()); w.Code != row.status || body != row.body {
			t.Errorf("%s: %d %s, want %d %s", row.rule, w.Code, body, row.status, row.body)
		}
	}
	if strings.Count(log.String(), "S3CRET") != 1 {
		t.Errorf("the reason stands not once in the log: %s", log.String())
	}
}
