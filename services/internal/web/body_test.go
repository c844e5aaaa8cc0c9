package web_test

import (
	"bufio"
	"context"
	"errors"
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

// TestWhatTheClientBreaksIsItsFault speaks raw HTTP: no client library sends these bodies.
func TestWhatTheClientBreaksIsItsFault(t *testing.T) {
	t.Parallel()
	s := newService(t, false)
	s.PUT("/body", web.BodyLimit(100), web.Handle(func(c *gin.Context) error {
		_, err := io.ReadAll(c.Request.Body)
		return err
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	server := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	for _, row := range []struct {
		rule, request string
		status        int
	}{
		{"a body shorter than it was said to be", "Content-Length: 20\r\n\r\n{}", 400},
		{"a chunk whose length is no number", "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400},
		{"a chunk that ends early", "Transfer-Encoding: chunked\r\n\r\n5\r\n{}", 400},
		{"a chunk that is longer than its length", "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", 400},
		{"no chunk at the end", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", 400},
		{"a body that is whole", "Content-Length: 2\r\n\r\n{}", 200},
	} {
		t.Run(row.rule, func(t *testing.T) {
			conn, err := net.Dial("tcp", l.Addr().String())
			assert.NilError(t, err)
			defer func() { _ = conn.Close() }()
			if _, err := io.WriteString(conn, "PUT /body HTTP/1.1\r\nHost: x\r\n"+row.request); err != nil {
				t.Fatal(err)
			}
			_ = conn.(*net.TCPConn).CloseWrite()
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			assert.NilError(t, err)
			_ = resp.Body.Close()
			if resp.StatusCode != row.status {
				t.Errorf("got %d, want %d", resp.StatusCode, row.status)
			}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(s.text.String(), `"level":"ERROR"`) {
		t.Errorf("an ERROR was logged:\n%s", s.text.String())
	}
}
