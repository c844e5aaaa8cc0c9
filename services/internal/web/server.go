package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// DrainTimeout is how long requests may take to end once connections are refused.
const DrainTimeout = 15 * time.Second

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

	// Background is run while there are requests, and a little longer: each is ended, in this
	// order, once all endpoints have drained, and is waited for.
	Background []func(context.Context)
	// Health has its checks made meanwhile, and drains when stopping begins; nil: there is none.
	Health *Health

	DrainDelay   time.Duration // from then on until connections are refused: as long as a load balancer takes to look elsewhere
	DrainTimeout time.Duration // how long requests may then take to end; 0: as the constant
}

// Listen listens on a TCP address such as ":8080". Listen first, build what can fail next, and
// Serve last: then a taken port is known at once, and clients that come early wait instead of being
// refused.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("another program listens on %s already: stop it, or choose another address: %w", address, err)
	}
	return l, err
}

// Serve serves until ctx is done, then drains: it is not ready any more, goes on serving for
// DrainDelay, refuses connections, waits for the running requests, and ends what runs in the
// background. It returns nil if all requests ended in time. If a listener fails, it stops the
// others at once and returns that error. It closes all listeners.
func Serve(ctx context.Context, cfg ServerConfig) error {
	var (
		wg       sync.WaitGroup
		draining atomic.Bool
		failures = make(chan error, len(cfg.Endpoints)+1)
	)
	start := func(e Endpoint) *server {
		s := newServer(ctx, e.Handler, &draining, cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler)))
		wg.Go(func() {
			if err := s.Serve(e.Listener); !errors.Is(err, http.ErrServerClosed) {
				failures <- fmt.Errorf("serve %s: %w", e.Listener.Addr(), err)
			}
		})
		return s
	}
	var servers, operations []*server
	for _, e := range cfg.Endpoints {
		servers = append(servers, start(e))
	}
	if cfg.Operations.Listener != nil {
		operations = append(operations, start(cfg.Operations))
	}
	background := cfg.Background
	if cfg.Health != nil {
		background = append(slices.Clone(background), cfg.Health.Run)
	}
	endBackground := run(context.WithoutCancel(ctx), background)

	var err error
	select {
	case err = <-failures:
	case <-ctx.Done():
	}
	draining.Store(true)
	if cfg.Health != nil {
		cfg.Health.Drain()
	}
	if err == nil {
		time.Sleep(cfg.DrainDelay)
	}
	timeout := cmp.Or(cfg.DrainTimeout, DrainTimeout)
	err = errors.Join(err, shutdown(ctx, servers, timeout))
	endBackground()
	err = errors.Join(err, shutdown(ctx, operations, time.Second))
	wg.Wait()
	return err
}

// run starts each of all, and returns what ends them one after the other.
func run(ctx context.Context, all []func(context.Context)) (end func()) {
	ends := make([]func(), len(all))
	for i, work := range all {
		working, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			work(working)
		}()
		ends[i] = func() {
			stop()
			<-done
		}
	}
	return func() {
		for _, end := range ends {
			end()
		}
	}
}

// server is one listener's.
type server struct {
	*http.Server
	silent *silent
}

// newServer holds the bounds that keep slow or greedy clients from holding a server.
func newServer(ctx context.Context, h http.Handler, draining *atomic.Bool, log *slog.Logger) *server {
	silent := newSilent()
	return &server{silent: silent, Server: &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if draining.Load() {
				w.Header().Set("Connection", "close") // the next request goes elsewhere, before we refuse it
			}
			h.ServeHTTP(w, r)
		}),
		BaseContext: func(net.Listener) context.Context { // stopping cancels no one
			return context.WithValue(context.WithoutCancel(ctx), drainingKey{}, draining)
		},
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout:            5 * time.Second,
		ReadTimeout:                  30 * time.Second,
		WriteTimeout:                 60 * time.Second,
		IdleTimeout:                  120 * time.Second,
		MaxHeaderBytes:               16 << 10,
		DisableGeneralOptionsHandler: true, // OPTIONS * is a request as any other
		ConnState:                    silent.note,
	}}
}

type drainingKey struct{}

// Draining reports whether the server of a request is being stopped: a request that waits for
// something then waits no longer.
func Draining(ctx context.Context) bool {
	draining, ok := ctx.Value(drainingKey{}).(*atomic.Bool)
	return ok && draining.Load()
}

// shutdown stops servers at the same time; requests that outlast the timeout are cut off.
func shutdown(ctx context.Context, servers []*server, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, len(servers))
	for i, s := range servers {
		wg.Go(func() {
			defer time.AfterFunc(silentBound, s.silent.hangUp).Stop()
			if err := s.Shutdown(ctx); err != nil {
				_ = s.Close()
				errs[i] = fmt.Errorf("requests were running %s after the last connection was accepted: %w", timeout, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
