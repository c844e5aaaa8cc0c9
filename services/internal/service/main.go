package service

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/devrev/scim/services/internal/version"
)

// Main runs the program called name, and is all that its main does. run gets the environment, as
// os.Environ gives it, and serves until ctx is done, at SIGTERM or an interrupt, and has then
// drained. Its error is for the operator who started the program.
//
// The one argument of a program is -version, which prints its version and the commit it was built
// of.
func Main(name string, run func(ctx context.Context, environ []string) error) {
	if len(os.Args) > 1 {
		os.Exit(answer(name, os.Args[1:], os.Stdout, os.Stderr))
	}
	if err := run(Signalled(), os.Environ()); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") { // one for each mistake
			fmt.Fprintf(os.Stderr, "%s: %s\n", name, line)
		}
		os.Exit(1)
	}
}

// Signalled returns a context that is done at SIGTERM or an interrupt. A second signal ends the
// process at once.
func Signalled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // before anyone sees that the process ends: the next signal has its own effect
		cancel()
	}()
	return ctx
}

// answer answers the arguments of a program, and returns its exit status.
func answer(name string, args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && (args[0] == "-version" || args[0] == "--version") {
		_, _ = fmt.Fprintln(stdout, name, version.Get())
		return 0
	}
	_, _ = fmt.Fprintf(stderr, "%s: the only argument is -version; everything else is set in the environment\n", name)
	return 2
}
