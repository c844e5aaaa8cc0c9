package web

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"
)

// Pace is how fast a body has to come: what was received by a time is PerSecond for each second
// beyond Grace, at least.
type Pace struct {
	Grace     time.Duration
	PerSecond int64 // bytes; 0: all of the body has to be there within Grace
}

// defaultPace is how fast bodies have to come where nothing else is said. Who is slower holds
// memory that others need.
func defaultPace() Pace { return Pace{Grace: 10 * time.Second, PerSecond: 64 << 10} }

const (
	answerPiece = 64 << 10         // bytes of an answer that are written at a time,
	pieceTime   = 10 * time.Second // in which the client must have taken them
)

// deadline returns until when the next byte has to be there.
func (p Pace) deadline(begun time.Time, received int64) time.Time {
	until := begun.Add(p.Grace)
	if p.PerSecond > 0 {
		until = until.Add(time.Duration(received) * time.Second / time.Duration(p.PerSecond))
	}
	return until
}

// paced ends the connections of those who send a body, or read an answer, too slowly. Whoever goes
// on may take as long as it takes.
func paced(p Pace) gin.HandlerFunc {
	return func(c *gin.Context) {
		connection := http.NewResponseController(c.Writer)
		if c.Request.Body != nil && c.Request.Body != http.NoBody {
			c.Request.Body = &pacedBody{ReadCloser: c.Request.Body, connection: connection, pace: p}
		}
		c.Writer = pacedWriter{c.Writer, connection}
	}
}

type pacedBody struct {
	io.ReadCloser

	connection *http.ResponseController
	pace       Pace
	begun      time.Time
	received   int64
}

// Read refuses a body that comes too slowly with ErrSlow.
func (b *pacedBody) Read(p []byte) (int, error) {
	if b.begun.IsZero() {
		b.begun = time.Now()
	}
	_ = b.connection.SetReadDeadline(b.pace.deadline(b.begun, b.received)) // what has none needs none
	n, err := b.ReadCloser.Read(p)
	b.received += int64(n)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = ErrSlow
	}
	return n, err
}

type pacedWriter struct {
	gin.ResponseWriter

	connection *http.ResponseController
}

// Write writes piece by piece, so that a deadline is one of a piece and not of all.
func (w pacedWriter) Write(p []byte) (written int, err error) {
	for first := true; first || len(p) > 0; first = false {
		piece := p[:min(len(p), answerPiece)]
		_ = w.connection.SetWriteDeadline(time.Now().Add(pieceTime)) // what has none needs none
		n, err := w.ResponseWriter.Write(piece)
		written += n
		if err != nil {
			return written, err
		}
		p = p[len(piece):]
	}
	return written, nil
}

// WriteString writes as Write does.
func (w pacedWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }
