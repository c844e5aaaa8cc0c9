// Command consoled serves the console to browsers. It stores nothing, so any number of them can
// run; consoleserver.Config names the variables that it reads.
package main

import (
	"context"

	"github.com/devrev/scim/services/console"
	"github.com/devrev/scim/services/console/consoleserver"
	"github.com/devrev/scim/services/internal/service"
)

func main() { service.Main("consoled", run) }

// run serves until ctx is done and has then drained.
func run(ctx context.Context, environ []string) (err error) {
	config, err := consoleserver.Load(environ)
	if err != nil {
		return err
	}
	consoled, err := service.Start(ctx, "consoled", config.Program)
	if err != nil {
		return err
	}
	defer consoled.Close(&err)
	pages, err := config.Console(console.Deps{Telemetry: consoled.Telemetry, Client: consoled.HTTPClient()})
	if err != nil {
		return err
	}
	return consoled.Serve(ctx, service.Program{
		Listeners:  []service.Listener{{Addr: config.Addr, Handler: pages.Handler()}},
		Operations: config.OpsAddr,
		Background: func(ctx context.Context) { <-ctx.Done() }, // it does nothing beside requests
		DrainDelay: config.DrainDelay,
	})
}
