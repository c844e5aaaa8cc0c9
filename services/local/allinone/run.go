package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/internal/version"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/demo"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/token/tokenserver"
)

// run serves until ctx is done and has then drained. Of environ, as os.Environ gives it, it reads
// TOKEND_ERASE_AFTER and TRACES_PAGE; telemetry reads its own. An error is one sentence for the
// user who started the program.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	options, err := local.ParseOptions("allinone", args, stderr)
	if err != nil {
		return err
	}
	grace, err := tokenserver.LoadGrace(environ)
	if err != nil {
		return err
	}
	var pages struct {
		Traces bool `env:"TRACES_PAGE"`
	}
	if err := config.ReadPart(environ, &pages); err != nil {
		return err
	}
	build := version.Get()
	if options.Version {
		_, err := fmt.Fprintln(stdout, "allinone", build)
		return err
	}
	if err := local.Folder(options.Data); err != nil {
		return err
	}
	listener, err := web.Listen(ctx, options.Addr)
	if err != nil {
		return err
	}
	file, err := embedded.Open(filepath.Join(options.Data, "scim.db"))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	reporting, err := telemetry.Start(ctx, telemetry.Config{
		Service: "devrev-scim", Version: build.Version, Revision: build.Revision, Log: stderr, Text: isTerminal(stderr), Recent: pages.Traces,
	})
	if err != nil {
		return errors.Join(err, listener.Close(), file.Close())
	}
	err = serve(ctx, options, grace, listener, file, reporting, stdout)
	return errors.Join(err, file.Close(), reporting.Shutdown(context.WithoutCancel(ctx)))
}

// serve answers on listener, announces the organisations through the API, and prints the ready line
// on stdout.
func serve(ctx context.Context, options local.Options, grace tokenserver.Grace, listener net.Listener, file *embedded.File, reporting *telemetry.Telemetry, stdout io.Writer) error {
	issuer, err := local.NewIssuer(options, listener.Addr().String())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	product, err := assemble(options, grace, listener.Addr().String(), file, issuer, reporting) //nolint:contextcheck // nothing is fetched here
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	health := web.NewHealth(reporting, product.tokens.Prepared(), product.scim.Prepared())
	operations, err := listenForOperations(ctx, options.Ops, web.NewOperations(health, reporting.MetricsHandler(), reporting.TracesHandler()))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	build := version.Get()
	reporting.Logger().InfoContext(ctx, "started", "version", build.Version, "revision", build.Revision, "addresses", listener.Addr().String())
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error {
		return web.Serve(ctx, web.ServerConfig{
			Endpoints:  []web.Endpoint{{Listener: listener, Handler: product.front}},
			Operations: operations,
			Logger:     reporting.Logger(),
			Background: []func(context.Context){product.scim.Run, product.tokens.Run},
			Health:     health,
		})
	})
	all.Go(func() error {
		if err := product.ready.Prepare(ctx, options, issuer); err != nil {
			return err
		}
		print := local.PrintBanner
		switch {
		case options.JSON:
			print = func(w io.Writer, r local.Ready) error { return r.Print(w) }
		case options.Demo:
			print = local.PrintDemo
		}
		if err := print(stdout, product.ready); err != nil || !options.Demo {
			return err
		}
		return stage(product.ready).Play(ctx)
	})
	return all.Wait()
}

// scenePause is how long the demonstration rests between two scenes.
const scenePause = 20 * time.Second

// stage returns an Okta for the first organisation.
func stage(ready local.Ready) demo.Stage {
	org := ready.Orgs[0]
	platform := local.Platform{BaseURL: ready.APIBaseURL, Credential: ready.PlatformCredential}
	return demo.Stage{
		Okta:   demo.Okta{BaseURL: strings.TrimSuffix(ready.APIBaseURL, terms.APIPath) + terms.SCIMPath, Token: org.Token},
		SignIn: func(ctx context.Context, userName string) error { return platform.SignIn(ctx, org.Org, userName) },
		Pause:  scenePause,
	}
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// listenForOperations returns the endpoint of health and metrics; none if addr is "".
func listenForOperations(ctx context.Context, addr string, handler http.Handler) (web.Endpoint, error) {
	if addr == "" {
		return web.Endpoint{}, nil
	}
	listener, err := web.Listen(ctx, addr)
	return web.Endpoint{Listener: listener, Handler: handler}, err
}
