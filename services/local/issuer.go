package local

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/devrev/scim/services/internal/access"
)

// IssuerName and Audience are the claims of the admin tokens of a local run. Nothing answers at the name; it stands in the tokens.
const (
	IssuerName = "http://issuer.localhost"
	Audience   = "devrev-scim"
)

// adminTokenLife is long enough for a day of trying things out.
const adminTokenLife = 24 * time.Hour

// Issuer stands for DevRev's identity provider of admins: it signs their tokens and publishes its key. The key lives as long as the process.
type Issuer struct {
	signer jose.Signer
	keys   jose.JSONWebKeySet
}

// NewIssuer returns an Issuer with a fresh key.
func NewIssuer() (*Issuer, error) {
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
	return &Issuer{signer, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}}}, nil
}

// AdminToken returns a token of an admin of org.
func (i *Issuer) AdminToken(org string) (string, error) {
	now := time.Now()
	token, err := jwt.Signed(i.signer).Claims(jwt.Claims{
		Issuer:   IssuerName,
		Audience: jwt.Audience{Audience},
		Subject:  "local-admin",
		IssuedAt: jwt.NewNumericDate(now),
		Expiry:   jwt.NewNumericDate(now.Add(adminTokenLife)),
	}).Claims(map[string]any{"org": org, "roles": []string{access.ScimAdmin}}).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign an admin token: %w", err)
	}
	return token, nil
}

// ServeHTTP answers with the key set (RFC 7517), for services in processes of their own.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	_ = json.NewEncoder(w).Encode(i.keys) // the client has gone
}

// KeySet verifies admin tokens within this process.
func (i *Issuer) KeySet() oidc.KeySet {
	return &oidc.StaticKeySet{PublicKeys: []crypto.PublicKey{i.keys.Keys[0].Key}}
}
