package redistest

import (
	"bufio"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"gotest.tools/v3/assert"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServer(t *testing.T) {
	s := Start(t)
	if got := ask(t, s, "SET k v"); got != "+OK" {
		t.Fatalf("SET: %s", got)
	}

	s.Stop()
	if answers(s.Addr()) {
		t.Error("a stopped server answers")
	}
	s.Restart()
	if got := ask(t, s, "EXISTS k"); got != ":1" {
		t.Errorf("a stopped server comes back without its data: EXISTS %s", got)
	}

	s.Pause()
	if answers(s.Addr()) {
		t.Error("a hanging server answers")
	}
	s.Resume()
	if !answers(s.Addr()) {
		t.Error("a resumed server does not answer")
	}

	s.Kill()
	s.Kill() // as Cleanup will
	if answers(s.Addr()) {
		t.Error("a killed server answers")
	}
}

func TestURLIsOfTheGivenServer(t *testing.T) {
	t.Setenv("TEST_REDIS_URL", "redis://redis.example.com:6379")
	if got := URL(t); got != "redis://redis.example.com:6379" {
		t.Errorf("URL: %s", got)
	}
}

// A test that needs a back end may be left out on a laptop, never in CI.
func TestWithoutRedisServer(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for require, want := range map[string]string{"": "skip", "0": "skip", "1": "fatal"} {
		t.Setenv("REQUIRE_BACKENDS", require)
		tb := &ended{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			Start(tb)
		}()
		<-done
		if tb.as != want {
			t.Errorf("REQUIRE_BACKENDS=%q: %q, want %q", require, tb.as, want)
		}
		if !strings.Contains(tb.said, "make setup") {
			t.Errorf("REQUIRE_BACKENDS=%q: %q does not name the remedy", require, tb.said)
		}
	}
}

func ask(t *testing.T, s *Server, command string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	assert.NilError(t, err)
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := conn.Write([]byte(command + "\r\n")); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	assert.NilError(t, err)
	return strings.TrimSpace(line)
}

// answers reports whether a PING gets its PONG within a second.
func answers(addr string) bool {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return line == "+PONG\r\n"
}
