// Package accesstest is an identity provider of administrators for tests: it signs what it is asked
// to and publishes its keys.
package accesstest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc/oidctest"
	"github.com/go-jose/go-jose/v4"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/access"
)

// PlatformCredential is the credential of the platform in Config.
const PlatformCredential = "platform-credential-of-the-tests-0123456789"

const audience = "scim-admin-api"

// Provider is an identity provider with one signing key at a time. It is safe for concurrent use.
type Provider struct {
	server *httptest.Server

	mu     sync.Mutex
	key    *ecdsa.PrivateKey
	kid    string
	keys   jose.JSONWebKeySet
	broken bool

	fetches atomic.Int64
}

// New starts a Provider that ends with the test.
func New(tb testing.TB) *Provider {
	tb.Helper()
	p := &Provider{}
	p.Rotate(tb)
	p.server = httptest.NewServer(http.HandlerFunc(p.serveKeys))
	tb.Cleanup(p.server.Close)
	return p
}

// Config makes an access.Verifier believe this provider, and PlatformCredential.
func (p *Provider) Config() access.Config {
	return access.Config{
		Issuer: p.server.URL, Audience: audience, JWKSURL: p.server.URL + "/keys",
		PlatformCredentials: []string{PlatformCredential},
	}
}

// Verifier returns one of Config.
func (p *Provider) Verifier(tb testing.TB) *access.Verifier {
	tb.Helper()
	v, err := access.New(p.Config(), access.Deps{})
	assert.NilError(tb, err)
	return v
}

// Person returns the Authorization header of a person with these roles in org.
func (p *Provider) Person(tb testing.TB, org string, roles ...string) string {
	tb.Helper()
	return "Bearer " + p.Sign(tb, p.Claims(org, roles...))
}

// Platform returns the Authorization header of the platform.
func Platform() string { return "Bearer " + PlatformCredential }

// Claims returns good claims, for a test to spoil. The subject names the organisation, and is no
// person's name.
func (p *Provider) Claims(org string, roles ...string) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": p.server.URL, "aud": audience, "sub": "user-of-" + org, "org": org, "roles": roles,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

// Sign returns a JWT of the claims under the current key.
func (p *Provider) Sign(tb testing.TB, claims map[string]any) string {
	tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	return SignWith(tb, p.key, p.kid, "ES256", claims)
}

// SignText returns a JWT of a payload as it is written, under the current key.
func (p *Provider) SignText(payload string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return oidctest.SignIDToken(p.key, p.kid, "ES256", payload)
}

// SignWith returns a JWT of the claims under any key, as an attacker would make it.
func SignWith(tb testing.TB, key crypto.PrivateKey, kid, alg string, claims map[string]any) string {
	tb.Helper()
	payload, err := json.Marshal(claims)
	assert.NilError(tb, err)
	return oidctest.SignIDToken(key, kid, alg, string(payload))
}

// Rotate makes a new key the current one, and the only published one.
func (p *Provider) Rotate(tb testing.TB) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	assert.NilError(tb, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.kid = key, "key-"+strconv.FormatInt(time.Now().UnixNano(), 36)
	p.keys.Keys = []jose.JSONWebKey{{Key: key.Public(), KeyID: p.kid, Algorithm: "ES256", Use: "sig"}}
}

// Key returns the current public key and its id, which everybody can read in the key set.
func (p *Provider) Key() (key *ecdsa.PublicKey, kid string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return &p.key.PublicKey, p.kid
}

// Break makes the provider answer for its keys with status 500 from now on, or mends it.
func (p *Provider) Break(broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = broken
}

// Fetches returns how often the keys were asked for.
func (p *Provider) Fetches() int { return int(p.fetches.Load()) }

func (p *Provider) serveKeys(w http.ResponseWriter, _ *http.Request) {
	p.fetches.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken {
		http.Error(w, "broken", http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(p.keys) // to the test's own client
}
