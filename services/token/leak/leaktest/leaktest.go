// Package leaktest is GitHub's part of secret scanning, for tests: a server of keys, and reports
// signed under them.
package leaktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/token/leak"
)

// GitHub lists keys and signs reports. It is safe for concurrent use.
type GitHub struct {
	server *httptest.Server
	asked  atomic.Int32

	mu    sync.Mutex
	keys  []Key // the current one first
	serve http.HandlerFunc
}

// Key is one of GitHub's keys.
type Key struct {
	ID      string
	private *ecdsa.PrivateKey
}

// New starts a GitHub with one key. It ends with the test.
func New(tb testing.TB) *GitHub {
	tb.Helper()
	g := &GitHub{}
	g.Break(0)
	g.Rotate(tb)
	g.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.asked.Add(1)
		g.mu.Lock()
		serve := g.serve
		g.mu.Unlock()
		serve(w, r)
	}))
	tb.Cleanup(g.server.Close)
	return g
}

// URL is where the keys are.
func (g *GitHub) URL() string { return g.server.URL + "/meta/public_keys/secret_scanning" }

// Keys returns the keys as a service sees them.
func (g *GitHub) Keys(tb testing.TB, now func() time.Time) *leak.Keys {
	tb.Helper()
	k, err := leak.NewKeys(g.URL(), g.server.Client(), now)
	assert.NilError(tb, err)
	return k
}

// Asked returns how often the keys were fetched.
func (g *GitHub) Asked() int32 { return g.asked.Load() }

// Current returns the key under which GitHub signs.
func (g *GitHub) Current() Key {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.keys[0]
}

// Rotate makes a new key the current one. The others stay listed.
func (g *GitHub) Rotate(tb testing.TB) Key {
	tb.Helper()
	k := newKey(tb, elliptic.P256())
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys = slices.Insert(g.keys, 0, k)
	return k
}

// AddP384 lists a key on another curve.
func (g *GitHub) AddP384(tb testing.TB) Key {
	tb.Helper()
	k := newKey(tb, elliptic.P384())
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys = append(g.keys, k)
	return k
}

// Withdraw lists the key no more.
func (g *GitHub) Withdraw(k Key) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.keys = slices.DeleteFunc(g.keys, func(other Key) bool { return other.ID == k.ID })
}

// Break lets GitHub answer with this status and nothing else; 0 mends it.
func (g *GitHub) Break(status int) {
	if status == 0 {
		g.Serve(g.list)
		return
	}
	g.Serve(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
}

// Serve lets GitHub answer otherwise.
func (g *GitHub) Serve(serve http.HandlerFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.serve = serve
}

func (g *GitHub) list(w http.ResponseWriter, _ *http.Request) {
	type listed struct {
		KeyIdentifier string `json:"key_identifier"`
		Key           string `json:"key"`
		IsCurrent     bool   `json:"is_current"`
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]listed, len(g.keys))
	for i, k := range g.keys {
		all[i] = listed{k.ID, k.pem(), i == 0}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"public_keys": all}) // the client may be gone
}

func newKey(tb testing.TB, curve elliptic.Curve) Key {
	tb.Helper()
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	assert.NilError(tb, err)
	k := Key{private: private}
	sum := sha256.Sum256([]byte(k.pem()))
	k.ID = hex.EncodeToString(sum[:])
	return k
}

func (k Key) pem() string {
	der, err := x509.MarshalPKIXPublicKey(&k.private.PublicKey)
	if err != nil {
		panic(err) // of a key that was just made
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// Sign returns the signature of a body, as it is in the header.
func (k Key) Sign(tb testing.TB, body []byte) string {
	tb.Helper()
	sum := sha256.Sum256(body)
	signature, err := ecdsa.SignASN1(rand.Reader, k.private, sum[:])
	assert.NilError(tb, err)
	return base64.StdEncoding.EncodeToString(signature)
}

// Found is one match of a report.
type Found struct {
	Token  string `json:"token"`
	Type   string `json:"type"`
	URL    string `json:"url"`
	Source string `json:"source"`
}

// Body returns a report of these.
func Body(tb testing.TB, found ...Found) []byte {
	tb.Helper()
	body, err := json.Marshal(found)
	assert.NilError(tb, err)
	return body
}
