package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// startBound is how long a part may take until it answers.
const startBound = 2 * time.Minute

// Process is one part of the stack that runs as a process of its own.
type Process struct {
	name string
	path string
	args []string
	env  []string
	addr string // where it listens
	api  string // where scimd's organisation side listens; "" of others
	ops  string // address of its readiness; "": it is ready when it listens
	logs io.Writer

	cmd  *exec.Cmd
	done chan struct{}
}

// Addr returns host:port of where it listens.
func (p *Process) Addr() string { return p.addr }

// Operations returns host:port of its health and metrics.
func (p *Process) Operations() string { return p.ops }

// API returns host:port of where scimd serves the organisation's side, "" of other programs.
func (p *Process) API() string { return p.api }

// PID returns the id of the running process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Start runs the process and waits until it is ready. It ends with this one, also if this one is
// killed. A process that has ended can be started again.
func (p *Process) Start(ctx context.Context) error { return p.start(ctx, "/readyz") }

// Launch is Start for a program whose stores may be away: it waits until the process is alive.
func (p *Process) Launch(ctx context.Context) error { return p.start(ctx, "/livez") }

func (p *Process) start(ctx context.Context, health string) error {
	p.cmd = exec.Command(p.path, p.args...)
	p.cmd.Env = append(os.Environ(), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.logs, p.logs
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	done := make(chan struct{})
	p.done = done
	go func() {
		_ = p.cmd.Wait() // how it ended is in its log
		close(done)
	}()
	if err := p.await(ctx, health); err != nil {
		p.Kill()
		return err
	}
	return nil
}

func (p *Process) await(ctx context.Context, health string) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	for {
		err := p.probe(ctx, health)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended at its start; its log tells why", p.name)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w", p.name, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// probe returns nil if the process answers 200 on the path health of its operations listener or,
// without one, if it listens.
func (p *Process) probe(ctx context.Context, health string) error {
	if p.ops == "" {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.addr)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.ops+health, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s was answered with %d", health, resp.StatusCode)
	}
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection serves the next one
	return errors.Join(err, resp.Body.Close())
}

// Stop asks the process to end and waits for it; after the bound it is killed.
func (p *Process) Stop() error {
	if p.cmd == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.done:
		return nil
	case <-time.After(startBound):
		p.Kill()
		return fmt.Errorf("%s did not end when asked to", p.name)
	}
}

// Kill ends the process without a word, as a crash does.
func (p *Process) Kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
}
