// Command stack runs the production wiring on one machine; deploy/dev/stack builds and starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/devrev/scim/services/internal/service"
	"github.com/devrev/scim/services/internal/version"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

func main() {
	if err := run(service.Signalled(), os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "stack:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	options, err := local.ParseOptions("stack", args, os.Stderr)
	if err != nil {
		return err
	}
	if options.Version {
		_, err := fmt.Fprintln(os.Stdout, "stack", version.Get())
		return err
	}
	if options.Ops != "" {
		return errors.New("-ops is of the all-in-one: the stack's programs have an operations port each, on addresses that are free")
	}
	if options.Demo {
		return errors.New("-demo is of the all-in-one")
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the programs: %w", err)
	}
	stack, err := devstack.Start(ctx, devstack.Config{
		Options:  options,
		Bin:      filepath.Dir(self),
		Logs:     os.Stderr,
		RedisURL: os.Getenv("TEST_REDIS_URL"),
		MongoURI: os.Getenv("TEST_MONGODB_URI"),
		Console:  true,
	})
	if err != nil {
		return err
	}
	if options.JSON {
		err = stack.Ready.Print(os.Stdout)
	} else {
		err = local.PrintBanner(os.Stdout, stack.Ready)
	}
	if err == nil {
		err = stack.Wait(ctx)
	}
	return errors.Join(err, stack.Stop())
}
