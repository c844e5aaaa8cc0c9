package certs_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/certs"
	"github.com/devrev/scim/services/internal/certs/certstest"
)

// serve answers requests at the address that it returns, until the test ends.
func serve(t *testing.T, config *tls.Config) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
		}
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(tls.NewListener(listener, config)) // it is closed below
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return "https://" + listener.Addr().String()
}

// ask returns what the server answers over a new connection: the name of the client that it saw.
func ask(t *testing.T, url string, as *certs.Certs) (saw string, shown *x509.Certificate, err error) {
	t.Helper()
	transport := as.Transport()
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	assert.NilError(t, err)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	assert.NilError(t, err)
	return string(body), resp.TLS.PeerCertificates[0], nil
}

func load(t *testing.T, c certs.Config) *certs.Certs {
	t.Helper()
	loaded, err := certs.New(c, func(error) {})
	assert.NilError(t, err)
	return loaded
}

func TestClientsAreAdmittedByTheirCertificate(t *testing.T) {
	t.Parallel()
	ours, others := certstest.New(t, "ours"), certstest.New(t, "others")
	cert, key := ours.Issue(t, "server")
	served := load(t, certs.Config{Cert: cert, Key: key, ClientCA: ours.Path})
	must, may, open := serve(t, served.Server(tls.RequireAndVerifyClientCert)), serve(t, served.Server(tls.VerifyClientCertIfGiven)), serve(t, served.Server(tls.NoClientCert))

	client := func(of *certstest.Authority, name string, usages ...x509.ExtKeyUsage) *certs.Certs {
		cert, key := of.Issue(t, name, usages...)
		return load(t, certs.Config{Cert: cert, Key: key, ServerCA: ours.Path})
	}
	known, stranger, server := client(ours, "known"), client(others, "stranger"), client(ours, "only-server", x509.ExtKeyUsageServerAuth)
	without := load(t, certs.Config{ServerCA: ours.Path})
	for _, tt := range []struct {
		rule    string
		url     string
		as      *certs.Certs
		saw     string
		refused bool
	}{
		{"one of ours is known by its name", must, known, "known", false},
		{"one of others does not get in", must, stranger, "", true},
		{"one without a certificate does not get in", must, without, "", true},
		{"a certificate of servers is not one of clients", must, server, "", true},
		{"where it is a choice, ours is known", may, known, "known", false},
		{"where it is a choice, one without gets in", may, without, "", false},
		{"where it is a choice, one that the server would refuse is not shown", may, stranger, "", false},
		{"where it is a choice, one of servers is not shown", may, server, "", false},
		{"where none is asked for, none is seen", open, known, "", false},
	} {
		saw, _, err := ask(t, tt.url, tt.as)
		if (err != nil) != tt.refused || saw != tt.saw {
			t.Errorf("%s: saw %q, %v", tt.rule, saw, err)
		}
	}
	if _, _, err := ask(t, open, load(t, certs.Config{})); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("a private authority is trusted without being named: %v", err)
	}
}

func TestCertificatesFollowTheirFiles(t *testing.T) {
	t.Parallel()
	ours := certstest.New(t, "ours")
	cert, key := ours.Issue(t, "server")
	var reloads, refusals atomic.Int64
	served, err := certs.New(certs.Config{Cert: cert, Key: key}, func(err error) {
		if err != nil {
			refusals.Add(1)
		} else {
			reloads.Add(1)
		}
	})
	assert.NilError(t, err)
	url, client := serve(t, served.Server(tls.NoClientCert)), load(t, certs.Config{ServerCA: ours.Path})
	_, first, err := ask(t, url, client)
	assert.NilError(t, err)

	ours.Issue(t, "server") // in the same files
	eventually(t, "the new certificate is shown", func() bool {
		_, shown, err := ask(t, url, client)
		return err == nil && !bytes.Equal(shown.Raw, first.Raw)
	})
	_, second, err := ask(t, url, client)
	if err != nil || reloads.Load() != 1 {
		t.Errorf("%v, %d reloads, want one", err, reloads.Load())
	}

	assert.NilError(t, os.WriteFile(cert, []byte("half of a certif"), 0o600))
	eventually(t, "the fault is told of", func() bool {
		_, shown, err := ask(t, url, client)
		if err != nil || !bytes.Equal(shown.Raw, second.Raw) {
			t.Fatalf("while the files are broken another certificate is shown: %v", err)
		}
		return refusals.Load() > 0
	})
	ours.Issue(t, "server")
	eventually(t, "the mended certificate is shown", func() bool {
		_, shown, err := ask(t, url, client)
		return err == nil && !bytes.Equal(shown.Raw, second.Raw)
	})
	if refusals.Load() != 1 {
		t.Errorf("one fault is told of %d times", refusals.Load())
	}
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen that " + what)
		}
	}
}

func TestFilesThatCannotBeUsedAreNamed(t *testing.T) {
	t.Parallel()
	ours := certstest.New(t, "ours")
	cert, key := ours.Issue(t, "server")
	_, otherKey := ours.Issue(t, "other")
	for _, tt := range []struct {
		rule   string
		config certs.Config
		field  string // "": none is wrong
	}{
		{"nothing is needed", certs.Config{}, ""},
		{"all of it", certs.Config{Cert: cert, Key: key, ClientCA: ours.Path, ServerCA: ours.Path}, ""},
		{"a certificate without its key", certs.Config{Cert: cert}, "Cert"},
		{"a key without its certificate", certs.Config{Key: key}, "Key"},
		{"a key of another certificate", certs.Config{Cert: cert, Key: otherKey}, "Cert"},
		{"a file that is not there", certs.Config{Cert: cert + ".no", Key: key}, "Cert"},
		{"clients are asked over TLS only", certs.Config{ClientCA: ours.Path}, "ClientCA"},
		{"authorities that are none", certs.Config{ServerCA: key}, "ServerCA"},
		{"authorities of clients that are none", certs.Config{Cert: cert, Key: key, ClientCA: key}, "ClientCA"},
	} {
		_, err := certs.New(tt.config, func(error) {})
		invalid, ok := errors.AsType[*certs.Invalid](err)
		if tt.field == "" && err != nil || tt.field != "" && (!ok || invalid.Field != tt.field) {
			t.Errorf("%s: %v, want a fault of %q", tt.rule, err, tt.field)
		}
	}
}
