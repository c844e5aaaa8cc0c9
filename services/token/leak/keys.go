package leak

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/devrev/scim/services/internal/keyset"
)

// GitHubKeysURL is where GitHub publishes the keys.
const GitHubKeysURL = "https://api.github.com/meta/public_keys/secret_scanning"

// Times of the key set. GitHub allows an address 60 requests an hour, and several processes may
// share one.
const (
	fetchInterval = 5 * time.Minute  // between fetches; so long may a new key go unnoticed
	fetchRetry    = 30 * time.Second // after one that failed
	fresh         = time.Hour        // an older key is fetched again, so that a withdrawn one is dropped
	stale         = 24 * time.Hour   // so long it goes on if that fails
)

// RetryAfter is the time after which a request may be repeated after ErrUnavailable.
const RetryAfter = fetchRetry

const maxKeys = 100

// Keys are the public keys that reports are signed under, by their ids. Made by NewKeys; safe for
// concurrent use.
type Keys struct {
	url    string
	client *http.Client
	now    func() time.Time
	known  atomic.Pointer[keySet]
}

type keySet struct {
	keys map[string]*ecdsa.PublicKey
	at   time.Time // of the fetch, or up to fetchInterval after it
}

// NewKeys returns the keys at a URL, which are fetched with the first report. A nil client is one
// with http.DefaultTransport. The URL must have https: an attacker who can change the keys can sign
// reports.
func NewKeys(keysURL string, client *http.Client, now func() time.Time) (*Keys, error) {
	u, err := url.Parse(keysURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !net.ParseIP(u.Hostname()).IsLoopback()) {
		return nil, errors.New("the URL of the keys must be absolute, with https")
	}
	k := &Keys{url: keysURL, now: now}
	k.client = keyset.NewClient(keyset.Config{
		Client: client, Now: now, Interval: fetchInterval, Retry: fetchRetry,
		Check: func(body []byte) error { _, err := parseKeys(body); return err },
	})
	return k, nil
}

// key returns the key with this id. The error is ErrSignature if there is none, and wraps
// ErrUnavailable if the keys could not be fetched.
func (k *Keys) key(ctx context.Context, id string) (*ecdsa.PublicKey, error) {
	if key, ok := k.remembered(id, fresh); ok {
		return key, nil
	}
	keys, err := k.fetch(ctx)
	if err != nil {
		if key, ok := k.remembered(id, stale); ok {
			return key, nil
		}
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	k.known.Store(&keySet{keys: keys, at: k.now()})
	if key, ok := keys[id]; ok {
		return key, nil
	}
	return nil, fmt.Errorf("%w: unknown key", ErrSignature)
}

func (k *Keys) remembered(id string, most time.Duration) (*ecdsa.PublicKey, bool) {
	known := k.known.Load()
	if known == nil || k.now().Sub(known.at) >= most {
		return nil, false
	}
	key, ok := known.keys[id]
	return key, ok
}

func (k *Keys) fetch(ctx context.Context) (map[string]*ecdsa.PublicKey, error) {
	r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, k.url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch keys: %w", err)
	}
	r.Header.Set("Accept", "application/json")
	resp, err := k.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body) // which is bounded
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	return parseKeys(body)
}

// parseKeys returns the keys that are on P-256. Others are ignored, so that future kinds of keys do
// not make these unusable. Whether a key is the current one does not matter: what GitHub lists it
// has not withdrawn.
func parseKeys(body []byte) (map[string]*ecdsa.PublicKey, error) {
	var set struct {
		PublicKeys []struct {
			KeyIdentifier string `json:"key_identifier"`
			Key           string `json:"key"`
		} `json:"public_keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("decode keys: %w", err)
	}
	if len(set.PublicKeys) > maxKeys {
		return nil, fmt.Errorf("%d keys, more than %d", len(set.PublicKeys), maxKeys)
	}
	keys := make(map[string]*ecdsa.PublicKey)
	for _, k := range set.PublicKeys {
		if key, ok := parseKey(k.Key); ok && k.KeyIdentifier != "" {
			keys[k.KeyIdentifier] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("no key on P-256")
	}
	return keys, nil
}

func parseKey(text string) (*ecdsa.PublicKey, bool) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, false
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, false
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	return key, ok && key.Curve == elliptic.P256()
}
