package web_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/web"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := web.Listen(t.Context(), "127.0.0.1:0")
	assert.NilError(t, err)
	return l
}

// serve runs a server until stop is called or the test ends. served has what it returned.
func serve(t *testing.T, config web.ServerConfig) (stop context.CancelFunc, served <-chan error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(ctx, config) }()
	return stop, ended
}

func get(ctx context.Context, client *http.Client, l net.Listener, path string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+l.Addr().String()+path, nil)
	if err != nil {
		return 0, err
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// drainDelay is longer than any step of a test takes, on a machine however busy.
const drainDelay = 5 * time.Second

func TestDrainFailsNoRequest(t *testing.T) {
	t.Parallel()
	s := newService(t, true)
	s.GET("/work", web.Handle(func(c *gin.Context) error {
		time.Sleep(3 * time.Millisecond)
		c.Status(http.StatusNoContent)
		return c.Request.Context().Err() // stopping must cancel no one
	}))
	health := web.NewHealth(telemetry.Off())
	public, operations := listen(t), listen(t)
	stop, served := serve(t, web.ServerConfig{
		Endpoints:  []web.Endpoint{{public, web.Normalise(s)}},
		Operations: web.Endpoint{Listener: operations, Handler: web.NewOperations(health, s.tel.MetricsHandler(), s.tel.TracesHandler())},
		Health:     health, DrainDelay: drainDelay,
	})

	// The load balancer asks for readiness and sends its clients elsewhere; each client works on a
	// connection that it keeps.
	var away atomic.Bool
	var done atomic.Int64
	var clients sync.WaitGroup
	clients.Go(func() {
		client := &http.Client{Transport: new(http.Transport)}
		defer client.CloseIdleConnections()
		for !away.Load() {
			status, err := get(t.Context(), client, operations, "/readyz")
			if err != nil {
				t.Errorf("readiness cannot be asked: %v", err)
			}
			away.Store(err != nil || status != http.StatusOK)
			time.Sleep(20 * time.Millisecond)
		}
	})
	for range 16 {
		clients.Go(func() {
			client := &http.Client{Transport: new(http.Transport)}
			defer client.CloseIdleConnections()
			for !away.Load() {
				if status, err := get(t.Context(), client, public, "/work"); err != nil || status != http.StatusNoContent {
					t.Errorf("request %d: %d %v", done.Load(), status, err)
				}
				done.Add(1)
			}
		})
	}
	for done.Load() < 100 {
		time.Sleep(time.Millisecond) // until the test's own time is up
	}
	stop()
	clients.Wait()
	if err := <-served; err != nil {
		t.Error(err)
	}
	t.Logf("%d requests, 0 may fail", done.Load())
}

func TestDrainingClosesConnectionsWithTheirAnswer(t *testing.T) {
	t.Parallel()
	l := listen(t)
	health := web.NewHealth(telemetry.Off())
	stop, served := serve(t, web.ServerConfig{
		Endpoints: []web.Endpoint{{l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}},
		Health:    health, DrainDelay: drainDelay,
	})
	client := &http.Client{Transport: new(http.Transport)}
	for _, closes := range []bool{false, true} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+l.Addr().String(), nil)
		assert.NilError(t, err)
		answer, err := client.Do(r)
		assert.NilError(t, err)
		if _ = answer.Body.Close(); answer.Close != closes {
			t.Errorf("draining %t, connection closed %t", closes, answer.Close)
		}
		if !closes {
			stop()
			for health.Status() != "draining" {
				time.Sleep(time.Millisecond)
			}
		}
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestAConnectionThatSendsNothingHoldsUpNoEnd: clients open connections that they then do not need,
// and net/http would wait for their first request for five seconds, which here is longer than
// requests get.
func TestAConnectionThatSendsNothingHoldsUpNoEnd(t *testing.T) {
	l := listen(t)
	stop, served := serve(t, web.ServerConfig{
		Endpoints:    []web.Endpoint{{l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}},
		DrainTimeout: 4 * time.Second,
	})
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	assert.NilError(t, err)
	defer func() { _ = connection.Close() }()
	if status, err := get(t.Context(), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, l, "/"); err != nil || status != http.StatusOK {
		t.Fatal(status, err) // so the connection before was accepted too
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if _, err := connection.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

// TestWhatRunsInTheBackgroundEndsAfterTheRequests: revocations are followed as long as somebody is
// let in, and the use of the last request is written down.
func TestWhatRunsInTheBackgroundEndsAfterTheRequests(t *testing.T) {
	var mu sync.Mutex
	var order []string
	happens := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, what)
	}
	until := func(name string) func(context.Context) {
		return func(ctx context.Context) { <-ctx.Done(); happens(name) }
	}
	l, entered := listen(t), make(chan struct{})
	stop, served := serve(t, web.ServerConfig{
		Endpoints: []web.Endpoint{{l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			close(entered)
			time.Sleep(100 * time.Millisecond)
			happens("request")
		})}},
		Background: []func(context.Context){until("first"), until("second")},
	})
	answered := make(chan error, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		_, err := get(t.Context(), client, l, "/")
		answered <- err
	}()
	<-entered
	stop()
	if err := errors.Join(<-served, <-answered); err != nil {
		t.Error(err)
	}
	if got := strings.Join(order, " "); got != "request first second" {
		t.Errorf("the order is %s", got)
	}
}

func TestShutdownIsBounded(t *testing.T) {
	release := make(chan struct{})
	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := make(chan error)
	go func() {
		served <- web.Serve(ctx, web.ServerConfig{
			Endpoints:    []web.Endpoint{{l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stop(); <-release })}},
			DrainTimeout: 50 * time.Millisecond,
		})
	}()
	client := &http.Client{Transport: new(http.Transport)}
	if _, err := get(t.Context(), client, l, "/"); err == nil {
		t.Error("a request that never ends was answered")
	}
	if err := <-served; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Serve returned %v, want a deadline", err)
	}
	close(release)
}

func TestOneFailedListenerStopsAll(t *testing.T) {
	broken, sound := listen(t), listen(t)
	assert.NilError(t, broken.Close())
	err := web.Serve(t.Context(), web.ServerConfig{
		Endpoints:  []web.Endpoint{{broken, http.NotFoundHandler()}, {sound, http.NotFoundHandler()}},
		DrainDelay: time.Hour, // of no use without a listener
	})
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve returned %v, want the listener's error", err)
	}
}

func TestListenOnATakenPortSaysSo(t *testing.T) {
	t.Parallel()
	taken := listen(t)
	defer func() { _ = taken.Close() }()
	_, err := web.Listen(t.Context(), taken.Addr().String())
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "another program listens on "+taken.Addr().String()) {
		t.Errorf("error %v", err)
	}
}

func TestSlowAndGreedyClientsAreBounded(t *testing.T) {
	t.Parallel()
	l := listen(t)
	stop, served := serve(t, web.ServerConfig{Endpoints: []web.Endpoint{{l, http.NotFoundHandler()}}})
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	assert.NilError(t, err)
	_, _ = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: example.com\r\nBaggage: %s\r\n\r\n", strings.Repeat("x", 32<<10))
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	assert.NilError(t, err)
	if _ = answer.Body.Close(); answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("32 KiB of headers got %d, want 431", answer.StatusCode)
	}
	_ = conn.Close()

	// F4: a client that sends half a header and waits is disconnected.
	conn, err = new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	assert.NilError(t, err)
	defer func() { _ = conn.Close() }()
	start := time.Now()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: exa")
	_ = conn.SetReadDeadline(start.Add(time.Minute))
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("a half-open connection was held: %v", err)
	}
	redistest.Bound(t, "a half-open connection is held", time.Since(start), 6*time.Second)
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}
