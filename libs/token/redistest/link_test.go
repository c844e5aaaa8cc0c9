package redistest

import (
	"bufio"
	"net"
	"testing"
	"time"

	"gotest.tools/v3/assert"
)

func TestLink(t *testing.T) {
	t.Parallel()
	l := NewLink(t, Start(t).Addr())
	conn, err := net.Dial("tcp", l.Addr())
	assert.NilError(t, err)
	defer func() { _ = conn.Close() }()
	answer := bufio.NewReader(conn)
	ping := func(patience time.Duration) error {
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := conn.Write([]byte("PING\r\n")); err != nil {
			return err
		}
		_, err := answer.ReadString('\n')
		return err
	}
	if err := ping(time.Minute); err != nil {
		t.Fatalf("a whole link: %v", err)
	}
	l.Cut()
	if err := ping(100 * time.Millisecond); err == nil {
		t.Error("a cut link answers")
	}
	l.Heal()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := answer.ReadString('\n'); err != nil {
		t.Errorf("data sent through a cut link does not arrive when it is healed: %v", err)
	}
	l.Delay(50 * time.Millisecond)
	start := time.Now()
	if err := ping(time.Minute); err != nil || time.Since(start) < 100*time.Millisecond {
		t.Errorf("a link that takes 50 ms each way answers after %v: %v", time.Since(start), err)
	}
	l.Cut() // and is stopped so
}

func TestLinkRefusesAndLeadsElsewhere(t *testing.T) {
	t.Parallel()
	first, second := Start(t), Start(t)
	l := NewLink(t, first.Addr())
	answers := func() bool {
		conn, err := net.Dial("tcp", l.Addr())
		if err != nil {
			return false
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		if _, err := conn.Write([]byte("PING\r\n")); err != nil {
			return false
		}
		_, err = bufio.NewReader(conn).ReadString('\n')
		return err == nil
	}
	if !answers() {
		t.Fatal("a whole link does not answer")
	}
	l.Refuse()
	if answers() {
		t.Error("a link that refuses answers")
	}
	l.Heal()
	first.Kill()
	if answers() {
		t.Error("a link to a server that is gone answers")
	}
	l.Retarget(second.Addr())
	if !answers() {
		t.Error("a link that leads to another server does not answer")
	}
}
