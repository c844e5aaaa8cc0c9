// Command tokend is the token service: it enables SCIM for organisations and issues and revokes their bearer tokens. tokenserver.Config
// names the variables that it reads.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/leak"
	"github.com/devrev/scim/services/token/tokenserver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := realMain(ctx, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "tokend:", err)
		os.Exit(1)
	}
}

// realMain serves until ctx is done and has then drained.
func realMain(ctx context.Context, environ []string) (err error) {
	config, err := tokenserver.Load(environ)
	if err != nil {
		return err
	}
	reporting, err := telemetry.Start(ctx, telemetry.Config{Service: "tokend"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reporting.Shutdown(context.WithoutCancel(ctx))) }()

	stores, err := connect(config, reporting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.close(context.WithoutCancel(ctx))) }()

	server, err := newServer(config, stores, reporting) //nolint:contextcheck // what it makes gets the contexts of requests
	if err != nil {
		return err
	}
	return serve(ctx, config, stores, server, reporting)
}

func newServer(config tokenserver.Config, s stores, reporting *telemetry.Telemetry) (*tokenserver.Server, error) {
	keyring, err := config.Keyring()
	if err != nil {
		return nil, err
	}
	admins, err := access.New(config.Access(), access.Deps{})
	if err != nil {
		return nil, err
	}
	keys, err := leak.NewKeys(config.LeakKeysURL, nil, time.Now)
	if err != nil {
		return nil, err
	}
	return tokenserver.New(config.SCIMBaseURL, tokenserver.Deps{
		Tokens: s.tokens, Replay: s.replay, Organisations: s.organisations, Keyring: keyring, Access: admins, Telemetry: reporting,
		Prepare: s.organisations.Prepare, Pulse: s.pulse, LeakKeys: keys, TrustedProxies: config.TrustedProxies,
	})
}

func serve(ctx context.Context, config tokenserver.Config, s stores, server *tokenserver.Server, reporting *telemetry.Telemetry) error {
	operations, err := web.Listen(ctx, config.OpsAddr)
	if err != nil {
		return err
	}
	endpoints, err := listen(ctx, config, server)
	if err != nil {
		return errors.Join(err, operations.Close())
	}
	health := web.NewHealth(reporting, append(s.checks(int(config.Replicas)), server.Prepared())...)
	return web.Serve(ctx, web.ServerConfig{
		Endpoints:  endpoints,
		Operations: web.Endpoint{Listener: operations, Handler: web.NewOperations(health, reporting.MetricsHandler())},
		Logger:     reporting.Logger(),
		Background: []func(context.Context){server.Run},
		Health:     health,
		DrainDelay: config.DrainDelay,
	})
}

// listen listens for the API and, if that has an address, for the internet.
func listen(ctx context.Context, config tokenserver.Config, server *tokenserver.Server) ([]web.Endpoint, error) {
	api, err := web.Listen(ctx, config.Addr)
	if err != nil {
		return nil, err
	}
	endpoints := []web.Endpoint{{Listener: api, Handler: server.Handler()}}
	if config.PublicAddr == "" {
		return endpoints, nil
	}
	public, err := web.Listen(ctx, config.PublicAddr)
	if err != nil {
		return nil, errors.Join(err, api.Close())
	}
	return append(endpoints, web.Endpoint{Listener: public, Handler: server.Public()}), nil
}
