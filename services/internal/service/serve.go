package service

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"time"

	"github.com/devrev/scim/services/internal/web"
)

// Program is what Serve serves.
type Program struct {
	Listeners  []Listener
	Operations string      // the address of health and metrics
	Checks     []web.Check // what must hold for the program to be ready

	Background func(context.Context) // what is done beside requests; see web.ServerConfig
	DrainDelay time.Duration         // see web.ServerConfig
}

// Listener is an address, such as ":8080", and what answers there.
type Listener struct {
	Addr    string
	Handler http.Handler
	// Clients says whether clients must show a certificate, where there are authorities of clients.
	// Inner says that they must; zero asks for none.
	Clients tls.ClientAuthType
}

// Inner is the Listener.Clients of a listener whose clients are programs of this installation.
const Inner = tls.RequireAndVerifyClientCert

// Serve serves the program until ctx is done, and then drains; see web.Serve. It opens all
// listeners or none.
func (s *Service) Serve(ctx context.Context, p Program) error {
	return s.serve(ctx, p, web.NewHealth(s.Telemetry, p.Checks...))
}

func (s *Service) serve(ctx context.Context, p Program, health *web.Health) error {
	operations := Listener{p.Operations, s.onlyKnown(web.NewOperations(health, s.Telemetry.MetricsHandler(), s.Telemetry.TracesHandler())), tls.VerifyClientCertIfGiven}
	endpoints, err := s.open(ctx, append(p.Listeners, operations))
	if err != nil {
		return err
	}
	if err := s.started(ctx, endpoints); err != nil {
		return err
	}
	last := len(endpoints) - 1
	return web.Serve(ctx, web.ServerConfig{
		Endpoints:  endpoints[:last],
		Operations: endpoints[last],
		Logger:     s.Telemetry.Logger(),
		Background: []func(context.Context){p.Background},
		Health:     health,
		DrainDelay: p.DrainDelay,
	})
}

func (s *Service) open(ctx context.Context, listeners []Listener) (endpoints []web.Endpoint, err error) {
	for _, l := range listeners {
		listener, err := web.Listen(ctx, l.Addr)
		if err != nil {
			for _, e := range endpoints {
				err = errors.Join(err, e.Listener.Close())
			}
			return nil, err
		}
		if secured := s.Certs.Server(l.Clients); secured != nil {
			listener = tls.NewListener(listener, secured)
		}
		endpoints = append(endpoints, web.Endpoint{Listener: listener, Handler: l.Handler})
	}
	return endpoints, nil
}

// onlyKnown admits only clients with a certificate to operations, where there are authorities of
// clients, except to health: an orchestrator that asks for it has no certificate.
func (s *Service) onlyKnown(operations http.Handler) http.Handler {
	if !s.Certs.AsksClients() {
		return operations
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		health := r.URL.Path == "/livez" || r.URL.Path == "/readyz"
		if !health && (r.TLS == nil || len(r.TLS.VerifiedChains) == 0) {
			http.Error(w, "a client certificate is required", http.StatusForbidden)
			return
		}
		operations.ServeHTTP(w, r)
	})
}
