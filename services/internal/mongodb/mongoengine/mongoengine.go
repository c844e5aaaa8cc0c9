// Package mongoengine starts a MongoDB of one's own, for tests, benchmarks and clusters on one
// machine.
//
// What starts is decided by deploy/dev/mongo-engine: the mongod on PATH or, where there is none,
// MongoDB's own engine as a library under Node. Its queries, indexes, duplicate-key errors and
// explain plans are MongoDB's; it has no sessions, transactions, change streams, authentication or
// replication, and killing it may lose acknowledged writes. So a durability test kills the process
// under test, never this one. No shipped binary imports this package.
package mongoengine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ErrNotSetUp says that this machine has neither a mongod nor the engine.
var ErrNotSetUp = errors.New("no MongoDB to start: run `make setup`, or set TEST_MONGODB_URI")

const (
	startTimeout = time.Minute      // a start takes 0.3 s, unless it recovers a large directory
	stopTimeout  = 15 * time.Second // the engine itself gives commands in flight 10 s
)

// exitNotSetUp is how the script says that something would have to be fetched first.
const exitNotSetUp = 3

// Start serves dataDir, created if absent, and returns once the server at uri can be used. With an
// empty dataDir the data live in a temporary directory that goes with the engine. One directory has
// one engine at a time.
//
// The engine ends when stop is called, when ctx is done and when this process ends, however it
// ends. stop waits for that end, is nil for an orderly one, and may be called again. It must stay
// reachable as long as the engine is needed: what it holds, the writing end of the engine's stdin,
// is what keeps the engine alive.
//
// The error is ErrNotSetUp where there is nothing to start; Start never fetches anything.
func Start(ctx context.Context, dataDir string) (uri string, stop func() error, err error) {
	script, err := findScript()
	if err != nil {
		return "", nil, err
	}
	args := []string{"run", "--with-stdin", "--no-setup"}
	if dataDir != "" {
		args = append(args, dataDir)
	}
	cmd := exec.CommandContext(ctx, script, args...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, fmt.Errorf("start MongoDB: %w", err)
	}
	// Pipes rather than buffers, which would need a goroutine each for as long as the engine lives.
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, fmt.Errorf("start MongoDB: %w", err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return "", nil, fmt.Errorf("start MongoDB: %w", err)
	}
	hangUp := func() { _ = stdin.Close() } // its only error is that someone else has ended the engine already
	cmd.Cancel = func() error {
		hangUp()
		return nil
	}
	cmd.WaitDelay = stopTimeout
	if err := cmd.Start(); err != nil {
		return "", nil, fmt.Errorf("start MongoDB: %w", err)
	}

	tooLate := time.AfterFunc(startTimeout, func() { _ = cmd.Process.Kill() })
	defer tooLate.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return "", nil, whyNot(ctx, cmd, stderr)
	}

	stop = sync.OnceValue(func() error {
		hangUp()
		tooLate := time.AfterFunc(stopTimeout, func() { _ = cmd.Process.Kill() })
		defer tooLate.Stop()
		if err := cmd.Wait(); err != nil && !errors.Is(err, ctx.Err()) {
			return fmt.Errorf("stop MongoDB: %w", err)
		}
		return nil
	})
	return strings.TrimSpace(line), stop, nil
}

// whyNot waits for the end of an engine that gave no connection string and says what it wrote about
// it.
func whyNot(ctx context.Context, cmd *exec.Cmd, stderr io.Reader) error {
	said, _ := io.ReadAll(stderr) // what could be read is the best there is
	err := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("start MongoDB: %w", ctx.Err())
	case cmd.ProcessState.ExitCode() == exitNotSetUp:
		return ErrNotSetUp
	default:
		return fmt.Errorf("start MongoDB: %w: %s", err, strings.TrimSpace(string(said)))
	}
}

// findScript looks for deploy/dev/mongo-engine in the working directory, which is that of the
// package under test or the root of the project, and in those above it; then from where this
// program stands, for one that was built into the project and started from elsewhere.
func findScript() (string, error) {
	work, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find deploy/dev/mongo-engine: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find deploy/dev/mongo-engine: %w", err)
	}
	for _, dir := range []string{work, filepath.Dir(self)} {
		for parent := filepath.Dir(dir); ; dir, parent = parent, filepath.Dir(parent) {
			script := filepath.Join(dir, "deploy", "dev", "mongo-engine")
			if _, err := os.Stat(script); err == nil {
				return script, nil
			}
			if parent == dir {
				break
			}
		}
	}
	return "", ErrNotSetUp
}
