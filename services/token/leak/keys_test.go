package leak_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/services/token/leak"
	"github.com/devrev/scim/services/token/leak/leaktest"
)

// clock is a time that moves when the test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// verify lets k judge a body that GitHub signs under the key.
func verify(t *testing.T, k *leak.Keys, key leaktest.Key) error {
	t.Helper()
	body := []byte(`[]`)
	return judge(t, k, key.ID, key.Sign(t, body), body)
}

func wantError(t *testing.T, rule string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", rule, err, want)
	}
}

func TestANewKeyIsFoundAndAWithdrawnOneForgotten(t *testing.T) {
	t.Parallel()
	github, c := leaktest.New(t), newClock()
	k := github.Keys(t, c.Now)
	first := github.Current()
	wantError(t, "the first key", verify(t, k, first), nil)
	second := github.Rotate(t)
	wantError(t, "a new key within the interval", verify(t, k, second), leak.ErrSignature)
	c.pass(5 * time.Minute)
	wantError(t, "a new key after it", verify(t, k, second), nil)
	wantError(t, "the old key, which is listed still", verify(t, k, first), nil)
	github.Withdraw(first)
	wantError(t, "a withdrawn key in its first hour", verify(t, k, first), nil)
	c.pass(time.Hour)
	wantError(t, "a withdrawn key after it", verify(t, k, first), leak.ErrSignature)
	wantError(t, "the other key", verify(t, k, second), nil)
}

func TestKeysGoOnForADayWithoutGitHub(t *testing.T) {
	t.Parallel()
	github, c := leaktest.New(t), newClock()
	k := github.Keys(t, c.Now)
	known := github.Current()
	wantError(t, "before", verify(t, k, known), nil)
	unknown := github.Rotate(t)
	github.Break(http.StatusServiceUnavailable)
	c.pass(5 * time.Minute)
	wantError(t, "of an unknown key nothing is known", verify(t, k, unknown), leak.ErrUnavailable)
	c.pass(23 * time.Hour)
	wantError(t, "a known key goes on", verify(t, k, known), nil)
	c.pass(time.Hour)
	wantError(t, "but not for ever", verify(t, k, known), leak.ErrUnavailable)
	github.Break(0)
	wantError(t, "nor is GitHub called again at once", verify(t, k, known), leak.ErrUnavailable)
	c.pass(leak.RetryAfter)
	wantError(t, "but then", verify(t, k, known), nil)
}

func TestAFloodOfInventedKeysIsOneFetchAnInterval(t *testing.T) {
	t.Parallel()
	github, c := leaktest.New(t), newClock()
	k := github.Keys(t, c.Now)
	for _, tt := range []struct {
		rule   string
		status int // of GitHub
		want   error
		asked  int32 // after it, in all
	}{
		{"at first", 0, leak.ErrSignature, 1},
		{"an interval later", 0, leak.ErrSignature, 2},
		{"while GitHub refuses", http.StatusTooManyRequests, leak.ErrUnavailable, 3},
	} {
		github.Break(tt.status)
		var flood sync.WaitGroup
		for i := range 200 {
			flood.Go(func() {
				key := github.Current()
				key.ID = "invented-" + strconv.Itoa(i)
				wantError(t, tt.rule, verify(t, k, key), tt.want)
			})
		}
		flood.Wait()
		if got := github.Asked(); got != tt.asked {
			t.Errorf("%s: %d requests in all, want %d", tt.rule, got, tt.asked)
		}
		c.pass(5 * time.Minute)
	}
}

// TestOnlyAWholeKeySetIsAnAnswer: with anything else no report is refused.
func TestOnlyAWholeKeySetIsAnAnswer(t *testing.T) {
	t.Parallel()
	for rule, serve := range map[string]http.HandlerFunc{
		"a page":         func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"another object": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") },
		"no keys":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"public_keys":[]}`) },
		"a redirect":     func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"an invalid key": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"public_keys":[{"key_identifier":"k","key":"k"}]}`)
		},
		"a set without end": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(append([]byte(`{"public_keys":["`), bytes.Repeat([]byte("k"), 2<<20)...))
		},
		"a connection that breaks": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		github := leaktest.New(t)
		key := github.Current()
		github.Serve(serve)
		wantError(t, rule, verify(t, github.Keys(t, time.Now), key), leak.ErrUnavailable)
	}
}

func TestKeysOfAnotherKindArePassedOver(t *testing.T) {
	t.Parallel()
	github := leaktest.New(t)
	p384 := github.AddP384(t)
	k := github.Keys(t, time.Now)
	wantError(t, "P-256", verify(t, k, github.Current()), nil)
	wantError(t, "P-384", verify(t, k, p384), leak.ErrSignature)
}

func TestTheURLOfTheKeysHasToBeSafe(t *testing.T) {
	t.Parallel()
	for url, good := range map[string]bool{
		leak.GitHubKeysURL: true, "http://127.0.0.1:8080/keys": true, "https://keys.example.com": true,
		"http://keys.example.com": false, "": false, "keys": false, "file:///keys": false, "https://": false, "http://localhost.example.com": false,
	} {
		if _, err := leak.NewKeys(url, nil, time.Now); (err == nil) != good {
			t.Errorf("%q: got %v, want good %t", url, err, good)
		}
	}
}
