package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Endpoint is one listener and what answers on it.
type Endpoint struct {
	Listener net.Listener
	Handler  http.Handler
}

// ServerConfig is what Serve serves, and how it stops.
type ServerConfig struct {
	Endpoints  []Endpoint   // at least one
	Operations Endpoint     // served until all others have drained; zero: none
	Logger     *slog.Logger // of net/http's own complaints; nil: discarded

	Drain        func()        // called when stopping begins: Health.Drain; nil: nothing
	DrainDelay   time.Duration // from then on until connections are refused: as long as a load balancer takes to look elsewhere
	DrainTimeout time.Duration // how long requests may then take to end; 0: 15 s
}

// Listen listens on a TCP address such as ":8080". Listen first, build what can fail next, and Serve last: then a taken
// port is known at once, and clients that come early wait instead of being refused.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s already: stop it, or choose another address: %w", address, err)
	}
	return l, err
}

// Serve serves until ctx is done, then drains: it calls Drain, goes on serving for DrainDelay, refuses connections, and
// waits for the running requests. It returns nil if all of them ended in time. If a listener fails, it stops the others at
// once and returns that error. It closes all listeners.
func Serve(ctx context.Context, cfg ServerConfig) error {
	var (
		wg       sync.WaitGroup
		draining atomic.Bool
		failures = make(chan error, len(cfg.Endpoints)+1)
	)
	start := func(e Endpoint) *http.Server {
		s := newServer(ctx, e.Handler, &draining, cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler)))
		wg.Go(func() {
			if err := s.Serve(e.Listener); !errors.Is(err, http.ErrServerClosed) {
				failures <- fmt.Errorf("serve %s: %w", e.Listener.Addr(), err)
			}
		})
		return s
	}
	var servers, operations []*http.Server
	for _, e := range cfg.Endpoints {
		servers = append(servers, start(e))
	}
	if cfg.Operations.Listener != nil {
		operations = append(operations, start(cfg.Operations))
	}

	var err error
	select {
	case err = <-failures:
	case <-ctx.Done():
	}
	draining.Store(true)
	if cfg.Drain != nil {
		cfg.Drain()
	}
	if err == nil {
		time.Sleep(cfg.DrainDelay)
	}
	timeout := cmp.Or(cfg.DrainTimeout, 15*time.Second)
	err = errors.Join(err, shutdown(ctx, servers, timeout), shutdown(ctx, operations, time.Second))
	wg.Wait()
	return err
}

// newServer holds the bounds that keep slow or greedy clients from holding a server.
func newServer(ctx context.Context, h http.Handler, draining *atomic.Bool, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if draining.Load() {
				w.Header().Set("Connection", "close") // the next request goes elsewhere, before we refuse it
			}
			h.ServeHTTP(w, r)
		}),
		BaseContext:                  func(net.Listener) context.Context { return context.WithoutCancel(ctx) }, // stopping cancels nobody
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout:            5 * time.Second,
		ReadTimeout:                  30 * time.Second,
		WriteTimeout:                 60 * time.Second,
		IdleTimeout:                  120 * time.Second,
		MaxHeaderBytes:               16 << 10,
		DisableGeneralOptionsHandler: true, // OPTIONS * is a request as any other
	}
}

// shutdown stops servers at the same time; who is not done within the timeout is cut off.
func shutdown(ctx context.Context, servers []*http.Server, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, len(servers))
	for i, s := range servers {
		wg.Go(func() {
			if err := s.Shutdown(ctx); err != nil {
				_ = s.Close()
				errs[i] = fmt.Errorf("requests were running %s after the last connection was accepted: %w", timeout, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
