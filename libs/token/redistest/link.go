package redistest

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Link is a way to a server that a test can cut: a client, or a replica, connects to it in place of
// the server, of whatever kind that is. It ends with the test. Its methods are for concurrent use.
type Link struct {
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	target  string
	changed *sync.Cond
	cut     bool
	refused bool
	stopped bool
	delay   time.Duration
	conns   []net.Conn
}

// NewLink returns a Link to host:port, or to the path of a socket.
func NewLink(tb testing.TB, addr string) *Link {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("listen for a link to redis-server: %v", err)
	}
	l := &Link{listener: listener, target: addr}
	l.changed = sync.NewCond(&l.mu)
	l.running.Go(l.accept)
	tb.Cleanup(l.stop)
	return l
}

// Addr returns host:port of the near end.
func (l *Link) Addr() string { return l.listener.Addr().String() }

// URL returns redis://host:port of the near end.
func (l *Link) URL() string { return "redis://" + l.Addr() }

// Cut lets nothing through any more, either way, as a network that loses everything: connections
// are neither refused nor closed.
func (l *Link) Cut() { l.set(func() { l.cut = true }) }

// Refuse closes every connection, and each new one at once, as a server does that is gone.
func (l *Link) Refuse() { l.set(func() { l.refused = true; l.closeAll() }) }

// Heal ends a Cut, a Refuse and a Delay. What was sent during a Cut arrives.
func (l *Link) Heal() { l.set(func() { l.cut, l.refused, l.delay = false, false, 0 }) }

// Retarget closes every connection and leads new ones to another server, as a failover behind one
// address does.
func (l *Link) Retarget(addr string) { l.set(func() { l.target = addr; l.closeAll() }) }

// Delay makes everything that is sent from now on take so much longer, each way.
func (l *Link) Delay(d time.Duration) { l.set(func() { l.delay = d }) }

func (l *Link) stop() {
	_ = l.listener.Close()
	l.set(func() { l.stopped = true; l.closeAll() })
	l.running.Wait()
}

func (l *Link) closeAll() {
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}

func (l *Link) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	l.changed.Broadcast()
}

func (l *Link) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		far, err := dial(l.leadsTo())
		if err != nil {
			_ = near.Close()
			continue
		}
		l.set(func() {
			if l.stopped || l.refused {
				_, _ = near.Close(), far.Close()
			}
			l.conns = append(l.conns, near, far)
		})
		l.running.Go(func() { l.carry(far, near) })
		l.running.Go(func() { l.carry(near, far) })
	}
}

func dial(target string) (net.Conn, error) {
	if strings.HasPrefix(target, "/") {
		return net.Dial("unix", target)
	}
	return net.Dial("tcp", target)
}

func (l *Link) leadsTo() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.target
}

// carry ends with either connection, and ends both.
func (l *Link) carry(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		l.pass()
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// pass returns when what was just sent arrives.
func (l *Link) pass() {
	l.mu.Lock()
	delay := l.delay
	l.mu.Unlock()
	time.Sleep(delay)
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.cut && !l.stopped {
		l.changed.Wait()
	}
}
