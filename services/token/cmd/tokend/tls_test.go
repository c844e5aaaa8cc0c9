package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/access/accesstest"
	"github.com/devrev/scim/services/internal/certs"
	"github.com/devrev/scim/services/internal/certs/certstest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

// TestTokendSpeaksTLSOnly runs it with REQUIRE_TLS: its listeners, a real Redis and the way to a
// real MongoDB that let in only clients with a certificate, and an issuer, all of a private
// authority.
func TestTokendSpeaksTLSOnly(t *testing.T) {
	t.Parallel()
	ours := certstest.New(t, "ours")
	cert, key := ours.Issue(t, "tokend")
	of, err := certs.New(certs.Config{Cert: cert, Key: key, ClientCA: ours.Path, ServerCA: ours.Path}, func(error) {})
	assert.NilError(t, err)
	redisCert, redisKey := ours.Issue(t, "redis")
	_, redisPort, _ := net.SplitHostPort(harness.FreeAddr(t))
	redistest.Start(t, "--tls-port", redisPort, "--tls-cert-file", redisCert, "--tls-key-file", redisKey, "--tls-ca-cert-file", ours.Path, "--tls-auth-clients", "yes")

	people := accesstest.New(t)
	keys, err := url.Parse(people.Config().JWKSURL)
	assert.NilError(t, err)
	issuer := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: keys.Scheme, Host: keys.Host}))
	pair, err := tls.LoadX509KeyPair(cert, key)
	assert.NilError(t, err)
	issuer.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	issuer.StartTLS()
	defer issuer.Close()

	api, operations := harness.FreeAddr(t), harness.FreeAddr(t)
	d := harness.RunHere(t, run,
		"REQUIRE_TLS=true", "TLS_CERT_FILE="+cert, "TLS_KEY_FILE="+key, "TLS_CLIENT_CA_FILE="+ours.Path, "TLS_CA_FILE="+ours.Path,
		"TOKEND_ADDR="+api, "TOKEND_OPS_ADDR="+operations, "TOKEND_REDIS_REPLICAS=0",
		"SCIM_BASE_URL=https://scim.example.com/scim/v2", "REDIS_URL=rediss://127.0.0.1:"+redisPort,
		"MONGODB_URI="+behindTLS(t, mongotest.URI(t), of.Server(tls.RequireAndVerifyClientCert)), "MONGODB_DATABASE="+mongotest.Database(t).Name(),
		"TOKEN_PEPPERS=k1:"+strings.Repeat("c2Vj", 12), "PLATFORM_CREDENTIAL="+accesstest.PlatformCredential,
		"OIDC_ISSUER="+people.Config().Issuer, "OIDC_AUDIENCE="+people.Config().Audience, "OIDC_JWKS_URL=https://"+issuer.Listener.Addr().String()+keys.Path)

	known, unknown := of.Transport(), &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: poolOf(t, ours.Path)}}
	defer known.CloseIdleConnections()
	defer unknown.CloseIdleConnections()
	status := func(by http.RoundTripper, addr, path, credential string) int {
		return harness.Client{Base: "https://" + addr, HTTP: &http.Client{Transport: by}}.Try(t, http.MethodGet, path, nil, "Authorization", credential).Status
	}
	// Both stores have to be reached for that, and health asks for no certificate.
	d.HTTP = &http.Client{Transport: unknown}
	d.Wait("https://"+operations+"/readyz", http.StatusOK)
	const organisation = "/api/v1/organisations/org-a"
	for _, tt := range []struct {
		rule string
		got  int
		want int // 0: no answer
	}{
		{"the platform gets in with a certificate", status(known, api, organisation, accesstest.Platform()), http.StatusNotFound},
		{"the issuer's keys are fetched", status(known, api, organisation+"/scim", people.Person(t, "org-a", "scim-admin")), http.StatusNotFound},
		{"the platform does not get in without one", status(unknown, api, organisation, accesstest.Platform()), 0},
		{"plain text does not get in", harness.Client{Base: "http://" + api}.Try(t, http.MethodGet, organisation, nil).Status, http.StatusBadRequest},
		{"metrics are for clients with a certificate", status(known, operations, "/metrics", ""), http.StatusOK},
		{"metrics are not for others", status(unknown, operations, "/metrics", ""), http.StatusForbidden},
		{"liveness is for all", status(unknown, operations, "/livez", ""), http.StatusOK},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.rule, tt.got, tt.want)
		}
	}
	d.Stop()
}

// behindTLS returns the connection string of a listener with TLS that leads to the server of uri.
func behindTLS(t *testing.T, uri string, secured *tls.Config) string {
	t.Helper()
	host, _, _ := strings.Cut(strings.TrimPrefix(uri, "mongodb://"), "/")
	target, err := url.PathUnescape(host) // the engine of the tests may have a socket
	assert.NilError(t, err)
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // it is closed below
			}
			running.Go(func() { carry(tls.Server(conn, secured), target) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
	return "mongodb://" + listener.Addr().String() + "/?directConnection=true&tls=true"
}

// carry passes bytes between conn and the server at addr, until one of them ends.
func carry(conn net.Conn, addr string) {
	defer func() { _ = conn.Close() }()
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	server, err := net.Dial(network, addr)
	if err != nil {
		return
	}
	var both sync.WaitGroup
	pass := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // either end may be gone
		_ = to.Close()
	}
	both.Go(func() { pass(server, conn) })
	both.Go(func() { pass(conn, server) })
	both.Wait()
}

func poolOf(t *testing.T, path string) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(path)
	assert.NilError(t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}
