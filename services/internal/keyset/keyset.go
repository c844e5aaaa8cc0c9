// Package keyset fetches the public keys under which others sign what they send us. A client that
// sends something with an invented key id makes us ask for the keys again; the bounds here keep
// that from overloading the key server.
package keyset

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	timeout = 5 * time.Second
	maxBody = 1 << 20 // bytes
)

// ErrFetch marks every way in which the keys could not be had.
var ErrFetch = errors.New("fetch key set")

// Config is what fetchers differ in. All but Client are required.
type Config struct {
	Client   *http.Client // nil: http.DefaultTransport
	Now      func() time.Time
	Interval time.Duration           // between fetches; so long may a new key go unnoticed
	Retry    time.Duration           // after a fetch that failed
	Check    func(body []byte) error // an error if the body is not a whole key set
}

// NewClient returns a client for one URL that asks the network at most once in an interval and
// answers from memory in between, failures too, whose errors wrap ErrFetch. It follows no redirect:
// only a whole key set with status 200 is an answer. Fetching is on no one's behalf, so requests
// should not end with those of others.
func NewClient(c Config) *http.Client {
	bounded := http.Client{}
	if c.Client != nil {
		bounded = *c.Client
	}
	bounded.Timeout = cmp.Or(bounded.Timeout, timeout)
	next := bounded.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	bounded.Transport = &fetcher{Config: c, next: next}
	return &bounded
}

type fetcher struct {
	Config
	next http.RoundTripper

	mu    sync.Mutex // held while fetching
	until time.Time  // what is in body and err is the answer
	body  []byte
	err   error
}

// RoundTrip implements http.RoundTripper.
func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.Now().Before(f.until) {
		interval := f.Interval
		if f.body, f.err = f.fetch(r); f.err != nil {
			interval = f.Retry
		}
		f.until = f.Now().Add(interval)
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
		return nil, fmt.Errorf("%w: %w", ErrFetch, err)
	}
	defer func() { _ = resp.Body.Close() }() // its answer is known by then
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: status %d", ErrFetch, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("%w: read: %w", ErrFetch, err)
	}
	if err := f.Check(body); err != nil {
		return nil, fmt.Errorf("%w: the answer is not a key set: %w", ErrFetch, err)
	}
	return body, nil
}
