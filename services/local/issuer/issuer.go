package issuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Audience is the claim "aud" of the tokens that the services take.
const Audience = "devrev-scim"

// Path is where the issuer lies below the address of a run.
const Path = "/issuer"

// How long signed tokens live.
const (
	adminTokenLife  = 24 * time.Hour // of AdminToken: a day of trying things out
	accessTokenLife = 10 * time.Minute
)

// Client is the one program that people sign in to.
type Client struct {
	ID          string
	RedirectURI string // where a code goes, exactly
	SignedOut   string // where a browser may be led after signing out, exactly
}

// Config defines who can sign in, and to what.
type Config struct {
	Address       string   // scheme, host and port of the run, such as http://127.0.0.1:8080
	Organisations []string // whose people the sign-in page offers
	Client        Client   // the zero value: nothing, and there is no page
}

// Issuer signs tokens and publishes its key. The key and the sessions live as long as the process.
type Issuer struct {
	config Config
	name   string // the claim "iss"
	signer jose.Signer
	keys   jose.JSONWebKeySet
	mux    *http.ServeMux

	mu       sync.Mutex
	codes    map[string]grant   // not redeemed yet
	sessions map[string]session // browsers that are signed in
}

// New returns an Issuer with a fresh key.
func New(config Config) (*Issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of admin tokens: %w", err)
	}
	id := rand.Text()
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.ES256,
		Key:       jose.JSONWebKey{Key: key, KeyID: id, Algorithm: string(jose.ES256)},
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("make the signer of admin tokens: %w", err)
	}
	public := jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: string(jose.ES256), Use: "sig"}
	i := &Issuer{
		config: config, name: config.Address + Path, signer: signer, keys: jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}},
		codes: map[string]grant{}, sessions: map[string]session{},
	}
	i.mux = i.routes()
	return i, nil
}

// Name returns the claim "iss" of the tokens signed here; discovery is below it.
func (i *Issuer) Name() string { return i.name }

// JWKSURL returns where the key set is.
func (i *Issuer) JWKSURL() string { return i.name + "/jwks" }

// ServeHTTP answers below Path.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }

// KeySet verifies tokens within this process.
func (i *Issuer) KeySet() oidc.KeySet {
	return &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{i.keys.Keys[0].Key}}
}

// AdminToken returns a token of an administrator of org, for scripts.
func (i *Issuer) AdminToken(org string) (string, error) {
	token, err := i.sign(Audience, "local-admin", adminTokenLife, Person{Role: Administrator, Organisation: org}.claims())
	if err != nil {
		return "", fmt.Errorf("sign an admin token: %w", err)
	}
	return token, nil
}

func (i *Issuer) sign(audience, subject string, life time.Duration, more map[string]any) (string, error) {
	now := time.Now()
	return jwt.Signed(i.signer).Claims(jwt.Claims{
		Issuer:   i.name,
		Audience: jwt.Audience{audience},
		Subject:  subject,
		IssuedAt: jwt.NewNumericDate(now),
		Expiry:   jwt.NewNumericDate(now.Add(life)),
	}).Claims(more).Serialize()
}
