package web

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// silentBound is how long a draining server waits for the first request of a connection that is
// open already. net/http waits for 5 s and more, and clients open connections that they then do not
// need: one such would hold up the end of the process.
const silentBound = time.Second

// silent are the connections of a server that have sent nothing yet.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

func newSilent() *silent { return &silent{conns: map[net.Conn]struct{}{}} }

// note is the ConnState of the server.
func (s *silent) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state == http.StateNew {
		s.conns[c] = struct{}{}
	} else {
		delete(s.conns, c)
	}
}

// hangUp closes them. It is as if they had been idle, which the client has to reckon with.
func (s *silent) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Close()
	}
}
