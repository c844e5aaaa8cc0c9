package redistest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token/redistest/freeport"
)

const (
	startAttempts = 5                // another program may have taken the port a moment later
	startTimeout  = 10 * time.Second // for one attempt; 30 ms on an idle machine

	// A PING would not do: it may be answered by the server of another test, on the port that this
	// one did not get.
	serverReady   = "Ready to accept connections"
	sentinelReady = "Sentinel ID is"
)

// Server is a redis-server process of one test, on the loopback interface, with an append-only file
// in a directory of its own. It ends with the test. Its methods fail the test if they cannot do
// their work; they are not for concurrent use.
type Server struct {
	tb    testing.TB
	args  []string
	ready string // is in the log when it is
	addr  string
	log   string
	cmd   *exec.Cmd
	done  chan struct{} // closed when the process of cmd has ended
}

// Start runs a redis-server with args behind the standard ones ("--replicaof", "127.0.0.1 6380")
// and waits until it is ready.
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	dir := tb.TempDir()
	return start(tb, dir, serverReady, func(host, port, log string) []string {
		return append([]string{
			"--bind", host, "--port", port, "--dir", dir, "--logfile", log, "--save", "", "--appendonly", "yes",
		}, args...)
	})
}

// start runs a redis-server with a directory of its own, and with what arguments returns for the
// address that it is to have.
func start(tb testing.TB, dir, ready string, arguments func(host, port, log string) []string) *Server {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		const missing = "redis-server is not installed; `make setup` installs it"
		if os.Getenv("REQUIRE_BACKENDS") == "1" {
			tb.Fatal(missing)
		}
		tb.Skip(missing)
	}
	s := &Server{tb: tb, ready: ready, log: filepath.Join(dir, "redis.log")}
	tb.Cleanup(s.Kill)
	for range startAttempts {
		s.addr = freeAddr(tb)
		host, port, _ := net.SplitHostPort(s.addr)
		s.args = arguments(host, port, s.log)
		if s.run() {
			return s
		}
	}
	tb.Fatalf("redis-server does not start:\n%s", s.logged())
	return nil
}

// Addr returns host:port.
func (s *Server) Addr() string { return s.addr }

// URL returns redis://host:port.
func (s *Server) URL() string { return "redis://" + s.addr }

// Stop ends the server in order (SIGTERM) and waits for the end.
func (s *Server) Stop() {
	s.tb.Helper()
	s.signal(syscall.SIGTERM)
	<-s.done
}

// Kill ends the server at once (SIGKILL) and waits for the end. A server that has ended stays so.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill() // it may have ended already
	<-s.done
}

// Pause makes the server hang: connections are taken, nothing is answered.
func (s *Server) Pause() {
	s.tb.Helper()
	s.signal(syscall.SIGSTOP)
}

// Resume ends a Pause.
func (s *Server) Resume() {
	s.tb.Helper()
	s.signal(syscall.SIGCONT)
}

// Restart runs a server that has ended again, at the same address and with the same data.
func (s *Server) Restart() {
	s.tb.Helper()
	if !s.run() {
		s.tb.Fatalf("redis-server does not start again:\n%s", s.logged())
	}
}

func (s *Server) signal(sig os.Signal) {
	s.tb.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.tb.Fatalf("send %s to redis-server: %v", sig, err)
	}
}

// run starts the process and reports whether it listens, with its data loaded.
func (s *Server) run() bool {
	s.tb.Helper()
	if err := os.WriteFile(s.log, nil, 0o600); err != nil {
		s.tb.Fatalf("empty the log of redis-server: %v", err)
	}
	cmd, done := exec.Command("redis-server", s.args...), make(chan struct{})
	if err := cmd.Start(); err != nil {
		s.tb.Fatalf("run redis-server: %v", err)
	}
	go func() {
		defer close(done)
		_ = cmd.Wait() // a killed process is an error to Wait, not to us
	}()
	s.cmd, s.done = cmd, done
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		select {
		case <-done:
			return false
		default:
		}
		if strings.Contains(s.logged(), s.ready) {
			return true
		}
	}
	s.Kill()
	return false
}

func (s *Server) logged() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return fmt.Sprintf("(no log: %v)", err)
	}
	return string(text)
}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	addr, err := freeport.Addr()
	if err != nil {
		tb.Fatal(err)
	}
	return addr
}
