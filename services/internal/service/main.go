package service

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Main runs the program called name, and is all that its main does. run gets the environment, as os.Environ gives it, and serves until ctx
// is done, at SIGTERM or an interrupt, and has then drained. Its error is for whoever started the program.
func Main(name string, run func(ctx context.Context, environ []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Environ()); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") { // one for each mistake
			fmt.Fprintf(os.Stderr, "%s: %s\n", name, line)
		}
		os.Exit(1)
	}
}
