// Command scimd is the SCIM service: it takes what identity providers push, and shows organisations
// what arrived. scimserver.Config names the variables that it reads.
package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/auditstore"
	"github.com/devrev/scim/services/internal/environment"
	"github.com/devrev/scim/services/internal/service"
	"github.com/devrev/scim/services/scim/generation"
	"github.com/devrev/scim/services/scim/mongostore"
	"github.com/devrev/scim/services/scim/scimserver"
)

// connections is how many a process may have open to MongoDB: one for each request that is written
// or read at a time.
const connections = 50

func main() { service.Main("scimd", run) }

// run serves until ctx is done and has then drained.
func run(ctx context.Context, environ []string) (err error) {
	config, err := scimserver.Load(environ)
	if err != nil {
		return err
	}
	scimd, err := service.Start(ctx, "scimd", config.Program)
	if err != nil {
		return err
	}
	defer scimd.Close(&err)
	protocol, api := scimserver.Starting(scimd.Telemetry) //nolint:contextcheck // it logs with the contexts of requests
	return scimd.ServeOnStores(ctx, config.Shared, connections, service.Program{
		Listeners:  []service.Listener{{Addr: config.Addr, Handler: protocol}, {Addr: config.APIAddr, Handler: api, Clients: service.Inner}},
		Operations: config.OpsAddr,
		DrainDelay: config.DrainDelay,
	}, func(stores service.Stores) (service.Server, error) { //nolint:contextcheck // nothing is fetched here
		guard := environment.NewGuard(stores.Environment().Compare)
		server, err := newServer(config, stores, guard, scimd)
		if err != nil {
			return service.Server{}, err
		}
		return service.Server{
			Handlers:   []http.Handler{server.Protocol(), server.API()},
			Checks:     append(guard.Checks(), server.Prepared()),
			Background: server.Run,
		}, nil
	})
}

func newServer(config scimserver.Config, stores service.Stores, guard *environment.Guard, scimd *service.Service) (*scimserver.Server, error) {
	keyring, err := config.Keyring()
	if err != nil {
		return nil, err
	}
	admins, err := access.New(config.Access(), access.Deps{Client: scimd.HTTPClient()})
	if err != nil {
		return nil, err
	}
	tokens, directory, activity := redisstore.New(stores.Redis), mongostore.New(stores.MongoDB), mongostore.NewActivity(stores.MongoDB)
	audit, undos := auditstore.New(stores.MongoDB), mongostore.NewUndos(stores.MongoDB)
	return scimserver.New(config.SCIMBaseURL, scimserver.Deps{
		Directory: directory, History: directory, Holds: directory, Activity: activity, Undos: undos, Audit: audit, Departures: generation.NewDepartures(stores.MongoDB), Tenants: mongostore.NewTenants(stores.MongoDB),
		Tokens: tokens, Keyring: keyring, Access: admins, Telemetry: scimd.Telemetry,
		Prepare: func(ctx context.Context) error {
			return errors.Join(directory.Prepare(ctx), activity.Prepare(ctx), undos.Prepare(ctx), audit.Prepare(ctx))
		},
		Protection: scimserver.Among(scimserver.Shared{
			Feed: redisstore.NewFeed(stores.Unobserved), Fence: generation.New(stores.MongoDB).Of, Places: tokens, Limiter: tokens, Left: tokens,
		}, int(config.Rate)),
		TrustedProxies: config.TrustedProxies, Capacity: config.Capacity(), Environment: guard,
	})
}
