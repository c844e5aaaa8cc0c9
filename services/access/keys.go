package access

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Bounds of fetching the key set. Whoever sends a token with an invented key id makes go-oidc ask for the keys again; these
// keep that from becoming a load on the identity provider.
const (
	fetchInterval = 10 * time.Second // between fetches; so long may a new key go unnoticed
	fetchRetry    = time.Second      // after one that failed
	fetchTimeout  = 5 * time.Second
	maxKeySet     = 1 << 20 // bytes
)

// errFetch marks every way in which the keys could not be had.
var errFetch = errors.New("fetch key set")

func newRemoteKeys(url string, client *http.Client, now func() time.Time) oidc.KeySet {
	bounded := http.Client{}
	if client != nil {
		bounded = *client
	}
	bounded.Timeout = cmp.Or(bounded.Timeout, fetchTimeout)
	next := bounded.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	bounded.Transport = &fetcher{next: next, now: now}
	// go-oidc takes a context for a bag of options here; fetching is on nobody's behalf.
	return oidc.NewRemoteKeySet(oidc.ClientContext(context.Background(), &bounded), url)
}

// fetcher is a transport for one URL that asks the network at most once in an interval and answers from memory in between,
// failures too. It follows no redirect: only a whole key set with status 200 is an answer.
type fetcher struct {
	next http.RoundTripper
	now  func() time.Time

	mu    sync.Mutex // held while fetching; go-oidc asks one at a time anyhow
	until time.Time  // what is in body and err is the answer
	body  []byte
	err   error
}

// RoundTrip implements http.RoundTripper. Its errors wrap errFetch.
func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.now().Before(f.until) {
		interval := fetchInterval
		if f.body, f.err = f.fetch(r); f.err != nil {
			interval = fetchRetry
		}
		f.until = f.now().Add(interval)
	}
	if f.err != nil {
		return nil, f.err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(bytes.NewReader(f.body)), ContentLength: int64(len(f.body)),
	}, nil
}

func (f *fetcher) fetch(r *http.Request) ([]byte, error) {
	resp, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFetch, err)
	}
	defer func() { _ = resp.Body.Close() }() // its answer is known by then
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", errFetch, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet))
	if err != nil {
		return nil, fmt.Errorf("%w: read: %w", errFetch, err)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil || set.Keys == nil {
		return nil, fmt.Errorf("%w: the answer is not a key set", errFetch)
	}
	return body, nil
}
