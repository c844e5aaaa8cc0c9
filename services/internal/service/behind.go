package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/web"
)

const (
	lookupEvery = time.Second
	lookupBound = 5 * time.Second // of one lookup
)

// Server is what a program makes once it has its stores.
type Server struct {
	Handlers   []http.Handler // one for each of the program's listeners
	Checks     []web.Check
	Background func(context.Context) // see Program
}

// ServeOnStores is Serve for a program on the stores that c names, with at most connections to each
// server of MongoDB. newServer makes what replaces the Handlers of p's listeners; until then those
// answer that the program is starting.
//
// It waits for no store, and for no name either: where the hosts of MongoDB are DNS records, they
// are looked up while the listeners are open already, as often as it takes.
func (s *Service) ServeOnStores(ctx context.Context, c config.Shared, connections uint64, p Program, newServer func(Stores) (Server, error)) error {
	s.stores = &c
	if !mongodb.NeedsLookup(c.MongoURI) {
		server, err := s.onStores(connections, newServer)
		if err != nil {
			return err
		}
		for i, h := range server.Handlers {
			p.Listeners[i].Handler = h
		}
		p.Checks, p.Background = server.Checks, server.Background
		return s.Serve(ctx, p)
	}
	return s.serveBehind(ctx, connections, p, newServer)
}

func (s *Service) onStores(connections uint64, newServer func(Stores) (Server, error)) (Server, error) {
	stores, err := s.connect(connections)
	if err != nil {
		return Server{}, err
	}
	server, err := newServer(stores)
	server.Checks = append(stores.Checks(), server.Checks...)
	return server, err
}

// serveBehind opens the listeners and makes the server behind them, once MongoDB's hosts are known.
func (s *Service) serveBehind(ctx context.Context, connections uint64, p Program, newServer func(Stores) (Server, error)) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	answering := make([]*replaceable, len(p.Listeners))
	for i, l := range p.Listeners {
		answering[i] = newReplaceable(l.Handler)
		p.Listeners[i].Handler = answering[i]
	}
	var found lookup
	health := web.NewHealth(s.Telemetry, web.Check{Name: "mongodb", Probe: found.probe})
	p.Background = func(ctx context.Context) {
		if !found.wait(ctx, s.stores.MongoURI) {
			return
		}
		server, err := s.onStores(connections, newServer)
		if err != nil {
			fail(err)
			return
		}
		health.Add(server.Checks...)
		for i, h := range server.Handlers {
			answering[i].replace(h)
		}
		server.Background(ctx)
	}
	err := s.serve(ctx, p, health)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

// lookup is that of MongoDB's hosts.
type lookup struct{ failure atomic.Pointer[error] }

// wait looks the hosts of uri up until it finds them, or ctx is done, and reports which.
func (l *lookup) wait(ctx context.Context, uri string) bool {
	for ctx.Err() == nil {
		bound, cancel := context.WithTimeout(ctx, lookupBound)
		err := mongodb.Lookup(bound, uri)
		cancel()
		if err == nil {
			return true
		}
		err = fmt.Errorf("MONGODB_URI: %w", err)
		l.failure.Store(&err)
		select {
		case <-ctx.Done():
		case <-time.After(lookupEvery):
		}
	}
	return false
}

// probe is the check of MongoDB before there is a client of it.
func (l *lookup) probe(context.Context) error {
	if err := l.failure.Load(); err != nil {
		return *err
	}
	return errors.New("MONGODB_URI: the hosts of its mongodb+srv:// are being looked up")
}

// replaceable is a handler that another one can replace.
type replaceable struct{ current atomic.Pointer[http.Handler] }

func newReplaceable(h http.Handler) *replaceable {
	r := &replaceable{}
	r.replace(h)
	return r
}

func (r *replaceable) replace(h http.Handler) { r.current.Store(&h) }

// ServeHTTP lets the current one answer.
func (r *replaceable) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	(*r.current.Load()).ServeHTTP(w, req)
}
