// Package harness builds the all-in-one and runs it in a process of its own, for tests that know the product from outside only.
package harness

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/devrev/scim/services/local"
)

// Build puts the all-in-one into folder and returns its path.
func Build(ctx context.Context, folder string) (program string, err error) {
	program = filepath.Join(folder, "allinone")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/devrev/scim/services/local/allinone") //nolint:gosec // the folder is the test's own
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the all-in-one: %w\n%s", err, out)
	}
	return program, nil
}

// Process is a running all-in-one.
type Process struct {
	Ready local.Ready

	cmd *exec.Cmd
	log string
}

// Start runs the program on a free port with its data and its log in folder, and returns once it answers requests. The process
// does not outlive the one that started it.
func Start(ctx context.Context, program, folder string, args ...string) (*Process, error) {
	p := &Process{log: filepath.Join(folder, "log")}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, fmt.Errorf("make the log of the all-in-one: %w", err)
	}
	defer func() { _ = log.Close() }() // the process has it by then
	args = append([]string{"-data", filepath.Join(folder, "data"), "-addr", "127.0.0.1:0", "-json"}, args...)
	p.cmd = exec.CommandContext(ctx, program, args...) //nolint:gosec // what Build made
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.Stderr = log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("read from the all-in-one: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the all-in-one: %w", err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p.Ready)
	}
	if err != nil {
		_ = p.cmd.Process.Kill()
		return nil, fmt.Errorf("read the ready line: %w", errors.Join(err, p.ended(p.cmd.Wait())))
	}
	return p, nil
}

// Organisation makes an organisation with SCIM on and returns its token. userNameFormat is email or any.
func (p *Process) Organisation(ctx context.Context, org, userNameFormat string) (token string, err error) {
	platform := local.Platform{BaseURL: p.Ready.APIBaseURL, Credential: p.Ready.PlatformCredential}
	return platform.Prepare(ctx, org, userNameFormat, true)
}

// Stop ends the process as Ctrl-C does. The error tells of an end that is not a clean one, with the log.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop the all-in-one: %w", err)
	}
	return p.ended(p.cmd.Wait())
}

func (p *Process) ended(err error) error {
	if err == nil {
		return nil
	}
	log, _ := os.ReadFile(p.log) // without it the error still tells what happened
	return fmt.Errorf("the all-in-one ended: %w\n%s", err, log)
}
