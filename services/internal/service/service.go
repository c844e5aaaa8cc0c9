package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/version"
	"github.com/devrev/scim/services/internal/web"
)

// Service is a program that runs. Make it with Start.
type Service struct {
	Telemetry *telemetry.Telemetry

	stores *config.Shared  // nil: the program has none
	ctx    context.Context //nolint:containedctx // of the process: what is closed at the end is closed after it is done
	closes []func(context.Context) error
}

// Start starts the telemetry of the program called name, and logs what is odd about its
// configuration. Close must be called.
func Start(ctx context.Context, name string, c config.Program) (*Service, error) {
	build := version.Get()
	reporting, err := telemetry.Start(ctx, telemetry.Config{Service: name, Version: build.Version, Revision: build.Revision})
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings() {
		reporting.Logger().WarnContext(ctx, "configuration", "error", w)
	}
	return &Service{Telemetry: reporting, ctx: context.WithoutCancel(ctx), closes: []func(context.Context) error{reporting.Shutdown}}, nil
}

// started logs what runs, and with what: one line, without secrets.
func (s *Service) started(ctx context.Context, endpoints []web.Endpoint) error {
	addresses := make([]string, len(endpoints))
	for i, e := range endpoints {
		addresses[i] = e.Listener.Addr().String()
	}
	build := version.Get()
	what := []any{"version", build.Version, "revision", build.Revision, "addresses", strings.Join(addresses, " ")}
	if s.stores != nil {
		keyring, err := s.stores.Keyring()
		if err != nil {
			return err
		}
		redis, mongo := s.stores.Stores()
		what = append(what, "redis", redis, "mongodb", mongo, "kids", strings.Join(keyring.Kids(), " "))
	}
	s.Telemetry.Logger().InfoContext(ctx, "started", what...)
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
