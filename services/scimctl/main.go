// Command scimctl is the services' API on the command line, for operators and pipelines: it issues,
// rotates and revokes the API tokens of an organisation, shows its users and groups, what happened
// to them and why, and reads and verifies the audit. `scimctl help` names its commands, its
// environment and its exit codes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)   // a second one ends the process at once
	signal.Ignore(syscall.SIGPIPE) // a token that no one takes is an error to tell of, not a sudden end
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(int(code))
}
