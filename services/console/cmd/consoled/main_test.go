package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestConsoledServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	pages, operations := freeAddr(t), freeAddr(t)
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{
			"CONSOLE_ADDR=" + pages, "CONSOLE_OPS_ADDR=" + operations, "DRAIN_DELAY=0s", "TRACES_PAGE=true",
			"CONSOLE_URL=https://scim.example.com/console", "CONSOLE_CLIENT_ID=console", "CONSOLE_SESSION_KEYS=" + strings.Repeat("c2Vj", 10) + "c2U=",
			"CONSOLE_TOKEND_URL=https://tokend.example.com/api/v1",
			"OIDC_ISSUER=https://idp.example.com", "OIDC_AUDIENCE=scim", "OIDC_JWKS_URL=https://idp.example.com/keys",
		})
	}()
	wait(t, ended, "http://"+operations+"/readyz", http.StatusOK)
	wait(t, ended, "http://"+operations+"/metrics", http.StatusOK)
	wait(t, ended, "http://"+pages+"/console/no-such-page", http.StatusNotFound)
	wait(t, ended, "http://"+operations+"/debug/tracez?zspanname=GET+unmatched&ztype=1&zlatencybucket=0", http.StatusOK)
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it was stopped, and returns %v", err)
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// wait waits until GET url is answered with status.
func wait(t *testing.T, ended <-chan error, url string, status int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got := 0
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			got = resp.StatusCode
		}
		if got == status {
			return
		}
		select {
		case err := <-ended:
			t.Fatalf("consoled has ended: %v", err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("GET %s gives %d, want %d", url, got, status)
		}
	}
}
