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

	config *config.Shared  // nil: of a program without stores
	ctx    context.Context //nolint:containedctx // of the process: what is closed at the end is closed after it is done
	closes []func(context.Context) error
}

// Start starts the telemetry of the program called name, and logs what is odd about its
// configuration, which is nil if the program has no stores. Close must be called.
func Start(ctx context.Context, name string, c *config.Shared) (*Service, error) {
	build := version.Get()
	reporting, err := telemetry.Start(ctx, telemetry.Config{Service: name, Version: build.Version, Revision: build.Revision})
	if err != nil {
		return nil, err
	}
	var warnings []string
	if c != nil {
		warnings = c.Warnings()
	}
	for _, w := range warnings {
		reporting.Logger().WarnContext(ctx, "configuration", "error", w)
	}
	return &Service{Telemetry: reporting, config: c, ctx: context.WithoutCancel(ctx), closes: []func(context.Context) error{reporting.Shutdown}}, nil
}

// started logs what runs, and with what: one line, without secrets.
func (s *Service) started(ctx context.Context, endpoints []web.Endpoint) error {
	addresses := make([]string, len(endpoints))
	for i, e := range endpoints {
		addresses[i] = e.Listener.Addr().String()
	}
	build := version.Get()
	what := []any{"version", build.Version, "revision", build.Revision, "addresses", strings.Join(addresses, " ")}
	if s.config != nil {
		keyring, err := s.config.Keyring()
		if err != nil {
			return err
		}
		redis, mongo := s.config.Stores()
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
