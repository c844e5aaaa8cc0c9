package e2e

import (
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"
)

// tap is a way to stores that counts what is sent to them, and can do something at one moment of
// the traffic.
type tap struct {
	mu      sync.Mutex
	counted int
	at      int // which message meets its fate; 0: none
	fate    fate
	stop    func()
}

// fate is what becomes of a message and, except of one that is late, of its connection: that ends.
type fate string

const (
	dropped   fate = "dropped"
	halved    fate = "sent to the half"
	delivered fate = "delivered, and its answer is not"
	late      fate = "late"
)

// through returns the connection string with an address of the tap in the place of its own.
func (p *tap) through(t *testing.T, connection string) string {
	t.Helper()
	parts := regexp.MustCompile(`^(\w+://(?:[^/@]*@)?)([^/?]+)(.*)$`).FindStringSubmatch(connection)
	if parts == nil {
		t.Fatal("the connection string has no single address")
	}
	host, err := url.PathUnescape(parts[2])
	assert.NilError(t, err)
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
	assert.NilError(t, err)
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
		if err != nil || !p.pass(buf[:n], to) {
			return
		}
	}
}

// pass sends one message, one at a time. It is false if nothing is to be sent any more.
func (p *tap) pass(message []byte, to io.Writer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counted++
	if p.counted != p.at {
		_, err := to.Write(message)
		return err == nil
	}
	switch p.fate {
	case halved:
		_, _ = to.Write(message[:len(message)/2])
	case delivered:
		_, _ = to.Write(message)
	case late:
		p.stop()
		_, err := to.Write(message)
		return err == nil
	case dropped:
	}
	p.stop()
	return false
}

// arm lets stop be called at the message with this number from now on, which meets this fate; 0 is
// never.
func (p *tap) arm(at int, f fate, stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counted, p.at, p.fate, p.stop = 0, at, f, stop
}

// messages returns how many were sent since the tap was armed.
func (p *tap) messages() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counted
}
