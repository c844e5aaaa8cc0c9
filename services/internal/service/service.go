package service

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/certs"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/version"
	"github.com/devrev/scim/services/internal/web"
)

// callBound is how long a request to another service may take.
const callBound = 5 * time.Second

// Service is a program that runs. Make it with Start.
type Service struct {
	Telemetry *telemetry.Telemetry
	Certs     *certs.Certs // of its listeners and connections

	stores *config.Shared  // nil: the program has none
	ctx    context.Context //nolint:containedctx // of the process: what is closed at the end is closed after it is done
	closes []func(context.Context) error
}

// Start starts the telemetry of the program called name, and logs what is odd about its
// configuration. Close must be called.
func Start(ctx context.Context, name string, c config.Program) (*Service, error) {
	build := version.Get()
	reporting, err := telemetry.Start(ctx, telemetry.Config{Service: name, Version: build.Version, Revision: build.Revision, Recent: c.TracesPage})
	if err != nil {
		return nil, err
	}
	for _, w := range append(c.Warnings(), c.PlainText()...) {
		reporting.Logger().WarnContext(ctx, "configuration", "error", w)
	}
	s := &Service{Telemetry: reporting, ctx: context.WithoutCancel(ctx), closes: []func(context.Context) error{reporting.Shutdown}}
	if s.Certs, err = certs.New(c.Certs(), s.changed); err != nil {
		s.Close(&err)
		return nil, err
	}
	return s, nil
}

// changed logs that the files of certificates have changed, and were not read if err is not nil.
func (s *Service) changed(err error) {
	if err != nil {
		s.Telemetry.Logger().WarnContext(s.ctx, "certificates cannot be read; the ones before stay in use", "error", err)
		return
	}
	s.Telemetry.Logger().InfoContext(s.ctx, "certificates read again")
}

// HTTPClient returns a client for requests to other services.
func (s *Service) HTTPClient() *http.Client {
	return &http.Client{Transport: s.Certs.Transport(), Timeout: callBound}
}

// started logs what runs, and with what: one line, without secrets.
func (s *Service) started(ctx context.Context, endpoints []web.Endpoint) error {
	addresses := make([]string, len(endpoints))
	for i, e := range endpoints {
		addresses[i] = e.Listener.Addr().String()
	}
	log := s.Telemetry.Logger()
	if s.stores != nil {
		keyring, err := s.stores.Keyring()
		if err != nil {
			return err
		}
		redis, mongo := s.stores.Stores()
		log = log.With("redis", redis, "mongodb", mongo, "kids", strings.Join(keyring.Kids(), " "))
	}
	build := version.Get()
	log.InfoContext(ctx, "started", "version", build.Version, "revision", build.Revision, "addresses", strings.Join(addresses, " "))
	return nil
}

// AtEnd has Close call f.
func (s *Service) AtEnd(f func(context.Context) error) { s.closes = append(s.closes, f) }

// Close closes what was opened, the latest first, and telemetry last. It adds what goes wrong to
// *err.
func (s *Service) Close(err *error) {
	for _, f := range slices.Backward(s.closes) {
		*err = errors.Join(*err, f(s.ctx))
	}
}
