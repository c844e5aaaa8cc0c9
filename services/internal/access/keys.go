package access

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/devrev/scim/services/internal/keyset"
)

const (
	fetchInterval = 10 * time.Second // between fetches; so long may a new key go unnoticed
	fetchRetry    = time.Second      // after one that failed
)

func newRemoteKeys(url string, client *http.Client, now func() time.Time) oidc.KeySet {
	bounded := keyset.NewClient(keyset.Config{
		Client: client, Now: now, Interval: fetchInterval, Retry: fetchRetry, Check: checkKeySet,
	})
	// go-oidc takes a context for a bag of options here; fetching is on no one's behalf.
	return oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), bounded), url)
}

// checkKeySet wants a JWK set, RFC 7517 section 5.
func checkKeySet(body []byte) error {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return err
	}
	if set.Keys == nil {
		return errors.New("no member keys")
	}
	return nil
}
