package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	o, err := redisstore.Options("rediss://tokend:pass@redis.example.com:6380/2?read_timeout=2s&max_retries=3")
	assert.NilError(t, err)
	if o.Addr != "redis.example.com:6380" || o.DB != 2 || o.Username != "tokend" || o.Password != "pass" || o.TLSConfig == nil {
		t.Error("the URL is not followed")
	}
	if o.ReadTimeout != 2*time.Second || o.MaxRetries != 3 {
		t.Errorf("the URL's options are ignored: read timeout %v, %d retries", o.ReadTimeout, o.MaxRetries)
	}
	if o.WriteTimeout != 500*time.Millisecond || o.DialTimeout != 300*time.Millisecond || !o.ContextTimeoutEnabled {
		t.Errorf("the options that the URL leaves open are not set: write timeout %v, dial timeout %v", o.WriteTimeout, o.DialTimeout)
	}
}

// TestACallTakesTwoAttemptsAtReadingAnAnswer at most, of which the URL says how long one takes.
func TestACallTakesTwoAttemptsAtReadingAnAnswer(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]time.Duration{
		"redis://127.0.0.1:1":                                  time.Second,
		"redis://127.0.0.1:1?read_timeout=2s":                  4 * time.Second,
		"redis://127.0.0.1:1?read_timeout=0":                   time.Second, // no limit for one
		"redis://127.0.0.1:1?read_timeout=100ms":               time.Second, // replicas have a part of it
		"redis+cluster://127.0.0.1:1?read_timeout=2s":          4 * time.Second,
		"redis+sentinel://127.0.0.1:1/primary?read_timeout=2s": 4 * time.Second,
		"redis+sentinel://127.0.0.1:1,127.0.0.1:2/primary":     time.Second,
	} {
		client, err := redisstore.Connect(url, nil)
		assert.NilError(t, err)
		if got := redisstore.Budget(client); got != want {
			t.Errorf("%s: a call takes %v, want %v", url, got, want)
		}
		assert.NilError(t, client.Close())
	}
}

func TestOptionsErrorKeepsThePassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "redis.example.com:6379", "http://:hunter2@redis.example.com", "redis://user:hunter2%@redis.example.com",
		"redis://user:pa/hunter2@redis.example.com", "redis://user:1/hunter2@redis.example.com",
		"redis://redis.example.com?hunter2=1", "redis://redis.example.com:hunter2",
	} {
		if _, err := redisstore.Options(url); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Options(%q): %v", url, err)
		}
	}
}
