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
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/local"
)

// AllInOne is a running all-in-one.
type AllInOne struct {
	Ready local.Ready
	Data  string // its folder, unless args say otherwise

	cmd *exec.Cmd
	log string
}

// StartAllInOne runs the all-in-one on a free port with its log and, unless args say otherwise, its
// data in folder, and returns once it answers requests. The process does not outlive the one that
// started it.
func StartAllInOne(ctx context.Context, folder string, args ...string) (*AllInOne, error) {
	programs, err := Build(ctx, "allinone")
	if err != nil {
		return nil, err
	}
	p := &AllInOne{Data: filepath.Join(folder, "data"), log: filepath.Join(folder, "log")}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, fmt.Errorf("make the log of the all-in-one: %w", err)
	}
	defer func() { _ = log.Close() }() // the process has it by then
	args = append([]string{"-data", p.Data, "-addr", "127.0.0.1:0", "-json"}, args...)
	p.cmd = exec.Command(filepath.Join(programs, "allinone"), args...) //nolint:gosec,noctx // what Build made; it ends by Stop or Kill
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

// RunAllInOne is StartAllInOne for a test. The process ends with the test, if it has not ended
// before.
func RunAllInOne(tb testing.TB, args ...string) *AllInOne {
	tb.Helper()
	p, err := StartAllInOne(context.WithoutCancel(tb.Context()), tb.TempDir(), args...)
	assert.NilError(tb, err)
	tb.Cleanup(func() { p.End(tb) })
	return p
}

// Organisation makes an organisation with SCIM on and returns its token. userNameFormat is email or
// any.
func (p *AllInOne) Organisation(ctx context.Context, org, userNameFormat string) (token string, err error) {
	platform := local.Platform{BaseURL: p.Ready.APIBaseURL, Credential: p.Ready.PlatformCredential}
	return platform.Prepare(ctx, org, userNameFormat, true)
}

// Stop ends the process as Ctrl-C does. The error says, with the log, that it did not end cleanly.
// A second call does nothing.
func (p *AllInOne) Stop() error {
	if p.cmd.ProcessState != nil {
		return nil
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		return fmt.Errorf("stop the all-in-one: %w", err)
	}
	return p.ended(p.cmd.Wait())
}

// End is Stop for a test.
func (p *AllInOne) End(tb testing.TB) {
	tb.Helper()
	if err := p.Stop(); err != nil {
		tb.Error(err)
	}
}

// Kill ends the process as a power cut does.
func (p *AllInOne) Kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // "signal: killed"
}

func (p *AllInOne) ended(err error) error {
	if err == nil {
		return nil
	}
	log, _ := os.ReadFile(p.log) // without it the error still says what happened
	return fmt.Errorf("the all-in-one ended: %w\n%s%s", err, log, races(string(log)))
}

// PID returns the id of the process.
func (p *AllInOne) PID() int { return p.cmd.Process.Pid }

// Log returns what it has logged up to now.
func (p *AllInOne) Log() (string, error) {
	text, err := os.ReadFile(p.log)
	return string(text), err
}
