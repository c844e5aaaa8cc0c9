package e2e

import (
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// tap is a way to stores that counts what is sent to them, and can do something at one moment of
// the traffic.
type tap struct {
	mu      sync.Mutex
	counted int
	at      int  // which message is to be the last; 0: none
	arrives bool // whether that one still arrives
	stop    func()
}

// through returns the connection string with an address of the tap in the place of its own.
func (p *tap) through(t *testing.T, connection string) string {
	t.Helper()
	parts := regexp.MustCompile(`^(\w+://(?:[^/@]*@)?)([^/?]+)(.*)$`).FindStringSubmatch(connection)
	if parts == nil {
		t.Fatal("the connection string has no single address")
	}
	host, err := url.PathUnescape(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	network := "tcp"
	if strings.HasPrefix(host, "/") {
		network = "unix"
	}
	return parts[1] + p.listen(t, network, host) + parts[3]
}

// listen returns an address that leads to addr.
func (p *tap) listen(t *testing.T, network, addr string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); running.Wait() })
	running.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial(network, addr)
			if err != nil {
				_ = near.Close()
				continue
			}
			end := func() { _, _ = near.Close(), far.Close() }
			running.Go(func() { defer end(); p.carry(far, near) })
			running.Go(func() { defer end(); _, _ = io.Copy(near, far) })
		}
	})
	return listener.Addr().String()
}

func (p *tap) carry(to io.Writer, from io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || !p.pass(func() error { _, err := to.Write(buf[:n]); return err }) {
			return
		}
	}
}

// pass sends one message, one at a time. It is false if nothing is to be sent any more.
func (p *tap) pass(send func() error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counted++
	if p.counted != p.at {
		return send() == nil
	}
	if p.arrives {
		_ = send()
	}
	p.stop()
	return false
}

// arm lets stop be called at the message with this number from now on, after it arrived or in its
// place; 0 is never.
func (p *tap) arm(at int, arrives bool, stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counted, p.at, p.arrives, p.stop = 0, at, arrives, stop
}

// messages returns how many were sent since the tap was armed.
func (p *tap) messages() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counted
}
