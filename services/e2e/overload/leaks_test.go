package overload

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/token/leak/leaktest"
	"github.com/devrev/scim/services/token/tokenhttp"
)

// BenchmarkOverloadOfTheDoorForLeakReports holds connections to the listener for reports of leaked
// tokens, as everybody on the internet can, and measures what GitHub's reports notice of it.
func BenchmarkOverloadOfTheDoorForLeakReports(b *testing.B) {
	b.Run("production", func(b *testing.B) {
		github := leaktest.New(b)
		door := harness.FreeAddr(b)
		b.Setenv("TOKEND_PUBLIC_ADDR", door)
		b.Setenv("LEAK_KEYS_URL", github.URL())
		p := wirings["production"](b)
		d := leakDoor{p, door, github}
		for _, a := range []attack{
			{"connections to the door for leak reports that send nothing", 200, 0, d.hold("")},
			{"reports without a key that stop", 32, refusedPause, d.hold("POST /leaks/github HTTP/1.1\r\nHost: door\r\nContent-Length: 1000000\r\n\r\n[")},
			{"reports under a key of GitHub's that stop", 200, 0, d.hold(fmt.Sprintf("POST /leaks/github HTTP/1.1\r\nHost: door\r\nContent-Length: 1000000\r\n"+
				"Github-Public-Key-Identifier: %s\r\nGithub-Public-Key-Signature: %s\r\n\r\n[", github.Current().ID, github.Current().Sign(b, nil)))},
		} {
			b.Run(a.name, func(b *testing.B) {
				for b.Loop() {
					p.measure(b, a, d.report)
				}
			})
		}
	})
}

// leakDoor is the listener for reports.
type leakDoor struct {
	*product
	addr   string
	github *leaktest.GitHub
}

// hold returns what opens a connection, sends text and waits for its end.
func (d leakDoor) hold(text string) func(context.Context, *product, int) int {
	return func(ctx context.Context, _ *product, _ int) int {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", d.addr)
		if err != nil {
			return 0
		}
		defer func() { _ = conn.Close() }()
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		if _, err := io.WriteString(conn, text); err == nil {
			_, _ = io.Copy(io.Discard, conn) // until the program lets go
		}
		return 0
	}
}

// report has GitHub report an unknown token again and again for a while.
func (d leakDoor) report(b *testing.B) seen {
	b.Helper()
	client := harness.Client{Base: "http://" + d.addr, MediaType: harness.JSON, HTTP: &http.Client{Transport: new(http.Transport)}}
	defer client.HTTP.CloseIdleConnections()
	return d.watch(b, "GitHub", func(int) harness.Answer {
		body, key := leaktest.Body(b, leaktest.Found{Token: token.New(token.NewTag()).Reveal()}), d.github.Current()
		return client.Try(b, http.MethodPost, tokenhttp.LeakPath, body, "Github-Public-Key-Identifier", key.ID, "Github-Public-Key-Signature", key.Sign(b, body))
	})
}
