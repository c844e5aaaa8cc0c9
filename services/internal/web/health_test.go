package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/telemetry/telemetrytest"
	"github.com/devrev/scim/services/internal/web"
)

// A store is a dependency that can be away, or silent.
type store struct {
	away, silent atomic.Bool
	asked        atomic.Int64
}

func (s *store) probe(ctx context.Context) error {
	s.asked.Add(1)
	if s.silent.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.away.Load() {
		return errors.New("away")
	}
	return ctx.Err()
}

// checkedBy runs a Health of one check in the bubble of the test.
func checkedBy(t *testing.T, checks ...web.Check) *web.Health {
	t.Helper()
	h := web.NewHealth(telemetry.Off(), checks...)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { h.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return h
}

func TestReadiness(t *testing.T) {
	for _, row := range []struct {
		rule string
		away bool // when the service starts
		run  func(h *web.Health, s *store) error
	}{
		{"not ready before each check has succeeded once, ready soon afterwards", true, func(h *web.Health, s *store) error {
			time.Sleep(time.Hour)
			if got := h.Status(); got != "starting" {
				return errors.New(got)
			}
			s.away.Store(false)
			time.Sleep(200 * time.Millisecond)
			return is(h, "ready", "ok")
		}},
		{"a store that goes away takes nobody out of service", false, func(h *web.Health, s *store) error {
			time.Sleep(time.Second)
			s.away.Store(true)
			time.Sleep(time.Hour)
			return is(h, "ready", "failing")
		}},
		{"a store that does not answer neither, and is told of within 2 s", false, func(h *web.Health, s *store) error {
			time.Sleep(time.Second)
			s.silent.Store(true)
			time.Sleep(2 * time.Second)
			return is(h, "ready", "failing")
		}},
		{"a store that comes back is told of within 2 s", false, func(h *web.Health, s *store) error {
			time.Sleep(time.Second)
			s.away.Store(true)
			time.Sleep(time.Minute)
			s.away.Store(false)
			time.Sleep(2 * time.Second)
			return is(h, "ready", "ok")
		}},
		{"a check is made once a second", false, func(h *web.Health, s *store) error {
			time.Sleep(time.Second)
			before := s.asked.Load()
			time.Sleep(time.Minute)
			if asked := s.asked.Load() - before; asked < 59 || asked > 61 {
				return fmt.Errorf("asked %d times in a minute", asked)
			}
			return is(h, "ready", "ok")
		}},
		{"draining is for good", false, func(h *web.Health, _ *store) error {
			time.Sleep(time.Second)
			h.Drain()
			time.Sleep(time.Minute)
			return is(h, "draining", "ok")
		}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := new(store)
				s.away.Store(row.away)
				if err := row.run(checkedBy(t, web.Check{Name: "mongodb", Probe: s.probe}), s); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func is(h *web.Health, status, check string) error {
	synctest.Wait()
	if got := h.Status(); got != status {
		return fmt.Errorf("it is %s, want %s", got, status)
	}
	if got := h.Checks()["mongodb"].State; got != check {
		return fmt.Errorf("the check is %s, want %s", got, check)
	}
	return nil
}

func TestAnAdvisoryCheckHoldsUpNoStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		there, away := new(store), new(store)
		away.away.Store(true)
		h := checkedBy(t, web.Check{Name: "mongodb", Probe: there.probe}, web.Check{Name: "advice", Probe: away.probe, Advisory: true})
		time.Sleep(time.Second)
		synctest.Wait()
		if h.Status() != "ready" || h.Checks()["advice"].State != "failing" {
			t.Errorf("%s, %+v", h.Status(), h.Checks())
		}
	})
}

func TestOperations(t *testing.T) {
	var log strings.Builder
	tel, _ := telemetrytest.Start(t, &log)
	synctest.Test(t, func(t *testing.T) {
		s := new(store)
		s.away.Store(true)
		h := web.NewHealth(tel, web.Check{Name: "mongodb", Probe: func(ctx context.Context) error {
			if err := s.probe(ctx); err != nil {
				return errors.New("dial 10.0.0.7: S3CRET")
			}
			return nil
		}})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go h.Run(ctx)
		operations := web.NewOperations(h, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") }), http.NotFoundHandler())
		ask := func(rule, target string, status int, body string) {
			t.Helper()
			w := httptest.NewRecorder()
			operations.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", target, nil))
			if got := strings.TrimSpace(w.Body.String()); w.Code != status || got != body {
				t.Errorf("%s: %d %s, want %d %s", rule, w.Code, got, status, body)
			}
		}
		up := func(rule, want string) {
			t.Helper()
			if page := telemetrytest.Scrape(t, tel); !strings.Contains(page, `scim_dependency_up{check="mongodb"} `+want) {
				t.Errorf("%s: the page lacks %s", rule, want)
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		ask("alive without its stores", "/livez", 200, `{"status":"alive"}`)
		ask("not ready before the stores are there", "/readyz", 503, `{"status":"starting"}`)
		up("a store that is away is a metric", "0")
		w := httptest.NewRecorder()
		operations.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/readyz?verbose", nil))
		var verbose struct {
			Status string
			Checks map[string]web.Standing
		}
		if err := json.Unmarshal(w.Body.Bytes(), &verbose); err != nil || w.Code != 503 || verbose.Checks["mongodb"].State != "failing" {
			t.Errorf("verbose: %d %s, %v", w.Code, w.Body, err)
		}
		if strings.Contains(w.Body.String(), "S3CRET") {
			t.Errorf("verbose tells the reason: %s", w.Body)
		}
		s.away.Store(false)
		time.Sleep(time.Second)
		synctest.Wait()
		ask("ready", "/readyz", 200, `{"status":"ready"}`)
		up("a store that is there is a metric", "1")
		ask("metrics", "/metrics", 200, "page")
		ask("nothing else", "/debug/pprof/", 404, "404 page not found")
	})
	if strings.Count(log.String(), "S3CRET") != 1 || strings.Count(log.String(), "dependency recovered") != 1 {
		t.Errorf("the reason, or that it is over, is in the log not once: %s", log.String())
	}
}

// TestACheckCanComeLater: a program whose stores have no name yet is not ready, and once they have,
// their own checks count.
func TestACheckCanComeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unknown, mongodb, directory := &store{}, &store{}, &store{}
		unknown.away.Store(true)
		h := checkedBy(t, web.Check{Name: "mongodb", Probe: unknown.probe})
		time.Sleep(time.Minute)
		if got := h.Status(); got != "starting" || h.Checks()["mongodb"].State != "failing" {
			t.Errorf("before the name is known: %s, %+v", got, h.Checks())
		}
		directory.away.Store(true)
		h.Add(web.Check{Name: "mongodb", Probe: mongodb.probe}, web.Check{Name: "directory", Probe: directory.probe})
		time.Sleep(time.Minute)
		if got := h.Status(); got != "starting" || h.Checks()["mongodb"].State != "ok" {
			t.Errorf("with one check of two: %s, %+v", got, h.Checks())
		}
		directory.away.Store(false)
		time.Sleep(time.Second)
		if got := h.Status(); got != "ready" {
			t.Errorf("with both: %s", got)
		}
	})
}
