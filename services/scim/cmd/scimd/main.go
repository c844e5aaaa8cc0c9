// Command scimd is the SCIM service: it takes what identity providers push, and shows organisations what arrived. scimserver.Config names the
// variables that it reads.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/scimserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "scimd:", err)
		os.Exit(1)
	}
}

// realMain serves until ctx is done and has then drained.
func realMain(ctx context.Context, environ []string) (err error) {
	config, err := scimserver.Load(environ)
	if err != nil {
		return err
	}
	reporting, err := telemetry.Start(ctx, telemetry.Config{Service: "scimd"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reporting.Shutdown(context.WithoutCancel(ctx))) }()

	stores, err := connect(config, reporting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.close(context.WithoutCancel(ctx))) }()

	server, err := newServer(config, stores, reporting) //nolint:contextcheck // nothing is fetched here
	if err != nil {
		return err
	}
	return serve(ctx, config, stores, server, reporting)
}

func newServer(config scimserver.Config, s stores, reporting *telemetry.Telemetry) (*scimserver.Server, error) {
	keyring, err := config.Keyring()
	if err != nil {
		return nil, err
	}
	admins, err := access.New(config.Access(), access.Deps{})
	if err != nil {
		return nil, err
	}
	return scimserver.New(config.SCIMBaseURL, scimserver.Deps{
		Directory: s.directory, Activity: s.activity, Tokens: s.tokens, Keyring: keyring, Access: admins, Telemetry: reporting, Prepare: s.prepare,
		Feed: s.feed, Fence: s.fence.Of, Limiter: s.limiter(config.Rate), Rate: ratelimit.Rate{PerSecond: int(config.Rate)},
		TrustedProxies: config.TrustedProxies, Capacity: config.Capacity(),
	})
}

func serve(ctx context.Context, config scimserver.Config, s stores, server *scimserver.Server, reporting *telemetry.Telemetry) error {
	health := web.NewHealth(reporting, append(s.checks(), server.Prepared())...)
	endpoints, operations, err := listen(ctx, config, server, web.NewOperations(health, reporting.MetricsHandler()))
	if err != nil {
		return err
	}
	return web.Serve(ctx, web.ServerConfig{
		Endpoints:  endpoints,
		Operations: operations,
		Logger:     reporting.Logger(),
		Background: []func(context.Context){server.Run},
		Health:     health,
		DrainDelay: config.DrainDelay,
	})
}
