package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/devrev/scim/libs/token/redistest/freeport"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/mongodb/mongoengine"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// The wirings that are measured.
const (
	allInOne   = "all-in-one"
	production = "production"
)

// organisation is the one that is measured.
const organisation = "bench"

// running is a wiring that runs, and its floor.
type running struct {
	product target
	ready   local.Ready
	process process   // that answers the requests
	pages   []process // that make the pages of the console
	floor   target
	started time.Duration // from the start of the process until it was ready
	folder  string
	mongodb string // URI; "" of the all-in-one
	console string // the origin of the console
	ends    []func() error
}

// end ends all that runs, the last first.
func (r *running) end() error {
	var errs []error
	for i := len(r.ends) - 1; i >= 0; i-- {
		errs = append(errs, r.ends[i]())
	}
	return errors.Join(errs...)
}

// wirings start what is to be measured in a folder. fill, if not nil, stores users before the
// all-in-one opens its file.
func wirings() map[string]func(ctx context.Context, folder string, fill func(path string) error) (*running, error) {
	return map[string]func(context.Context, string, func(string) error) (*running, error){
		allInOne: startAllInOne, production: startProduction,
	}
}

func startAllInOne(ctx context.Context, folder string, fill func(path string) error) (*running, error) {
	r := &running{folder: folder}
	if _, err := harness.Build(ctx, "allinone"); err != nil {
		return r, err
	}
	data := filepath.Join(folder, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return r, fmt.Errorf("make the folder of the data: %w", err)
	}
	if fill != nil {
		if err := fill(filepath.Join(data, "scim.db")); err != nil {
			return r, err
		}
	}
	ops, err := freeport.Addr()
	if err != nil {
		return r, err
	}
	start := time.Now()
	p, err := harness.StartAllInOne(ctx, folder, "-orgs", organisation, "-ops", ops)
	if err != nil {
		return r, err
	}
	r.started = time.Since(start)
	r.ends = append(r.ends, p.Stop)
	r.ready = p.Ready
	addr := strings.TrimSuffix(strings.TrimPrefix(p.Ready.SCIMBaseURL, "http://"), terms.SCIMPath)
	r.product = target{addr, terms.SCIMPath, p.Ready.Orgs[0].Token}
	r.process, r.console = process{p.PID(), ops}, "http://"+addr
	r.pages = []process{r.process}
	return r, r.startFloor(ctx)
}

func startProduction(ctx context.Context, folder string, _ func(string) error) (*running, error) {
	r := &running{folder: folder}
	programs, err := harness.Build(ctx, "tokend", "scimd", "consoled")
	if err != nil {
		return r, err
	}
	uri, stop, err := mongoengine.Start(ctx, filepath.Join(folder, "mongodb"))
	if err != nil {
		return r, err
	}
	r.mongodb, r.ends = uri, append(r.ends, stop)
	logs, err := os.Create(filepath.Join(folder, "log")) //nolint:gosec // a folder of its own
	if err != nil {
		return r, fmt.Errorf("make the log: %w", err)
	}
	r.ends = append(r.ends, logs.Close)
	stack, err := devstack.Start(ctx, devstack.Config{
		Options: local.Options{
			Addr: "127.0.0.1:0", Data: filepath.Join(folder, "data"), Orgs: []string{organisation}, UserNameFormat: "email", JSON: true,
		},
		Bin: programs, Logs: logs, MongoURI: uri, Console: true,
	})
	if err != nil {
		return r, err
	}
	r.ready, r.ends = stack.Ready, append(r.ends, stack.Stop)
	start := time.Now()
	scimd, err := stack.StartScimd(ctx) // the one that is measured: nothing of the start is in its numbers
	if err != nil {
		return r, err
	}
	r.started = time.Since(start)
	r.product = target{scimd.Addr(), terms.SCIMPath, stack.Ready.Orgs[0].Token}
	r.process, r.console = process{scimd.PID(), scimd.Operations()}, strings.TrimSuffix(stack.Ready.ConsoleURL, "/console/")
	for _, p := range []*devstack.Process{stack.Scimd, stack.Tokend, stack.Consoled} {
		r.pages = append(r.pages, process{pid: p.PID()})
	}
	return r, r.startFloor(ctx)
}

// startFloor starts the handler that the product is held against, in a process of its own as well.
func (r *running) startFloor(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "floor", "-mongodb", r.mongodb) //nolint:gosec // this program
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("start the floor: %w", err)
	}
	r.ends = append(r.ends, func() error {
		_ = cmd.Process.Signal(os.Interrupt) // it may have ended with ctx
		_ = cmd.Wait()
		return nil
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the floor did not start: %w", err)
	}
	r.floor = target{addr: strings.TrimSpace(addr), token: strings.Repeat("x", len(r.product.token))}
	return nil
}
