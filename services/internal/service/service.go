package service

import (
	"context"
	"errors"
	"slices"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/version"
)

// Service is a program that runs. Make it with Start.
type Service struct {
	Telemetry *telemetry.Telemetry

	ctx    context.Context //nolint:containedctx // of the process: what is closed at the end is closed after it is done
	closes []func(context.Context) error
}

// Start starts the telemetry of the program called name, and logs what is odd about its configuration. Close must be called.
func Start(ctx context.Context, name string, c config.Shared) (*Service, error) {
	reporting, err := telemetry.Start(ctx, telemetry.Config{Service: name, Version: version.Version()})
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings() {
		reporting.Logger().WarnContext(ctx, "configuration", "error", w)
	}
	return &Service{Telemetry: reporting, ctx: context.WithoutCancel(ctx), closes: []func(context.Context) error{reporting.Shutdown}}, nil
}

// AtEnd has Close call f.
func (s *Service) AtEnd(f func(context.Context) error) { s.closes = append(s.closes, f) }

// Close closes what was opened, the latest first, and telemetry last. It adds what goes wrong to *err.
func (s *Service) Close(err *error) {
	for _, f := range slices.Backward(s.closes) {
		*err = errors.Join(*err, f(s.ctx))
	}
}
