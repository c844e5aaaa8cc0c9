package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/web"
)

// TestABodyHasToCome: a client that stops sending is answered and disconnected, one that goes on is
// not, however long it takes.
func TestABodyHasToCome(t *testing.T) {
	t.Parallel()
	const short, long = 300 * time.Millisecond, 4 * time.Second
	for _, tt := range []struct {
		rule   string
		pace   web.Pace
		pieces []string
		pause  time.Duration // before each piece
		status int
	}{
		{"a body that comes at once", web.Pace{Grace: long}, []string{"0123456789"}, 0, 201},
		{"one that stops", web.Pace{Grace: short}, []string{"01234"}, 0, 408},
		{"one that goes on and is not there in time", web.Pace{Grace: short}, []string{"01", "23", "45", "67", "89"}, short / 2, 408},
		{"one that goes on as fast as it must", web.Pace{Grace: long, PerSecond: 1}, []string{"01", "23", "45", "67", "89"}, long / 4, 201},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			e := web.NewEngine(web.Config{WriteError: writeStatus, Body: tt.pace})
			e.POST("/", web.Handle(func(c *gin.Context) error {
				if _, err := io.ReadAll(c.Request.Body); err != nil {
					return err
				}
				c.Status(http.StatusCreated)
				return nil
			}))
			l := listen(t)
			stop, served := serve(t, web.ServerConfig{Endpoints: []web.Endpoint{{Listener: l, Handler: e}}})
			defer func() {
				stop()
				if err := <-served; err != nil {
					t.Error(err)
				}
			}()
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
			assert.NilError(t, err)
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n")
			go func() {
				for _, piece := range tt.pieces {
					time.Sleep(tt.pause)
					if _, err := io.WriteString(conn, piece); err != nil {
						return // it was let go
					}
				}
			}()
			answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
			assert.NilError(t, err)
			defer func() { _ = answer.Body.Close() }()
			if answer.StatusCode != tt.status {
				t.Errorf("status %d, want %d", answer.StatusCode, tt.status)
			}
		})
	}
}

// TestALongAnswerIsWhole: pieces are what goes over the wire, not what the client gets.
func TestALongAnswerIsWhole(t *testing.T) {
	t.Parallel()
	want := strings.Repeat("0123456789", 50_000)
	e := web.NewEngine(web.Config{WriteError: writeStatus})
	e.GET("/", func(c *gin.Context) { c.String(http.StatusOK, "%s", want) })
	l := listen(t)
	stop, served := serve(t, web.ServerConfig{Endpoints: []web.Endpoint{{Listener: l, Handler: e}}})
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+l.Addr().String(), nil)
	assert.NilError(t, err)
	answer, err := http.DefaultClient.Do(r)
	assert.NilError(t, err)
	got, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil || string(got) != want {
		t.Errorf("read %d bytes, %v; want %d", len(got), err, len(want))
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func writeStatus(c *gin.Context, err error) {
	if refusal, ok := err.(web.Error); ok { //nolint:errorlint // the exit has unwrapped it
		c.Status(refusal.Status)
	}
}
