// Command tokend is the token service: it enables SCIM for organisations and issues and revokes
// their bearer tokens. tokenserver.Config names the variables that it reads.
package main

import (
	"context"
	"net/http"
	"time"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/environment"
	"github.com/devrev/scim/services/internal/redisclient"
	"github.com/devrev/scim/services/internal/service"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/leak"
	"github.com/devrev/scim/services/token/orgstore"
	"github.com/devrev/scim/services/token/storecheck"
	"github.com/devrev/scim/services/token/tokenserver"
)

// connections is how many a process may have open to MongoDB: for a settings page and a platform
// call, not for identity providers.
const connections = 20

func main() { service.Main("tokend", run) }

// run serves until ctx is done and has then drained.
func run(ctx context.Context, environ []string) (err error) {
	config, err := tokenserver.Load(environ)
	if err != nil {
		return err
	}
	tokend, err := service.Start(ctx, "tokend", config.Program)
	if err != nil {
		return err
	}
	defer tokend.Close(&err)
	api, public := tokenserver.Starting(tokend.Telemetry) //nolint:contextcheck // it logs with the contexts of requests
	listeners := []service.Listener{{Addr: config.Addr, Handler: api, Clients: service.Inner}}
	if config.PublicAddr != "" {
		listeners = append(listeners, service.Listener{Addr: config.PublicAddr, Handler: public})
	}
	return tokend.ServeOnStores(ctx, config.Shared, connections, service.Program{
		Listeners:  listeners,
		Operations: config.OpsAddr,
		DrainDelay: config.DrainDelay,
	}, func(stores service.Stores) (service.Server, error) { //nolint:contextcheck // what it creates gets the contexts of requests
		guard := environment.NewGuard(func(ctx context.Context) error {
			return stores.Environment().Join(ctx, storecheck.Together(orgstore.New(stores.MongoDB), redisstore.New(stores.Unobserved)))
		})
		server, err := newServer(config, stores, guard, tokend)
		if err != nil {
			return service.Server{}, err
		}
		durable := web.Check{Name: "redis_durability", Probe: redisclient.Durable(stores.Redis, int(config.Replicas)), Advisory: true}
		return service.Server{
			Handlers:   []http.Handler{server.Handler(), server.Public()}[:len(listeners)],
			Checks:     append(guard.Checks(), server.Prepared(), durable),
			Background: server.Run,
		}, nil
	})
}

func newServer(config tokenserver.Config, stores service.Stores, guard *environment.Guard, tokend *service.Service) (*tokenserver.Server, error) {
	keyring, err := config.Keyring()
	if err != nil {
		return nil, err
	}
	admins, err := access.New(config.Access(), access.Deps{Client: tokend.HTTPClient()})
	if err != nil {
		return nil, err
	}
	keys, err := leak.NewKeys(config.LeakKeysURL, tokend.HTTPClient(), time.Now)
	if err != nil {
		return nil, err
	}
	organisations := orgstore.New(stores.MongoDB)
	return tokenserver.New(config.SCIMBaseURL, tokenserver.Deps{
		Tokens: redisstore.NewAnnouncing(stores.Redis, int(config.Replicas)), Replay: redisstore.NewAnnouncing(stores.Redis, 0),
		Organisations: organisations, Grace: config.EraseAfter, Prepare: organisations.Prepare, Heartbeat: redisstore.New(stores.Unobserved),
		Keyring: keyring, Access: admins, Telemetry: tokend.Telemetry, LeakKeys: keys, TrustedProxies: config.TrustedProxies, Environment: guard,
	})
}
