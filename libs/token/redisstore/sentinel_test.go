package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

// TestOnSentinel is on a primary with two replicas and three Sentinels, and kills the primary in
// the end. It runs alone, as TestOnACluster does.
func TestOnSentinel(t *testing.T) {
	w := redistest.StartWatched(t, 2, 2*time.Second)
	client := connect(t, w.URL())
	s, a := redisstore.New(client), redisstore.NewAnnouncing(client, 1)
	t.Run("the store keeps its contract", func(t *testing.T) {
		tokentest.RunStore(t, func(*testing.T) token.Store { return announcing(client, 1) })
	})
	t.Run("an acknowledged revocation outlives the primary, and the next one is acknowledged by its successor", func(t *testing.T) {
		before, err := s.ReplicationID(t.Context())
		assert.NilError(t, err)
		var revoked []issued
		revoke := func(i issued) bool {
			_, err := a.Revoke(t.Context(), i.record.Org, i.record.ID, time.Now())
			if err == nil {
				revoked = append(revoked, i)
			}
			return err == nil
		}
		next := issue(t, s)
		for range 20 {
			i := issue(t, s)
			waitUntil(t, func() bool { return revoke(i) })
		}
		w.Primary.Kill()
		for deadline := time.Now().Add(3 * forGood); !revoke(next); {
			if time.Now().After(deadline) {
				t.Fatal("no revocation is acknowledged long after the primary was killed")
			}
		}
		for _, i := range revoked {
			r, _, err := s.Lookup(t.Context(), i.record.Tag, i.record.ID)
			if err != nil || r.RevokedAt.IsZero() {
				t.Errorf("after the failover a token is revoked at %v, error %v", r.RevokedAt, err)
			}
		}
		if after, err := s.ReplicationID(t.Context()); err != nil || after == before {
			t.Errorf("after the failover the replication id is %q, %v; before %q", after, err, before)
		}
	})
}

func TestConnectReadsWhereRedisIs(t *testing.T) {
	t.Parallel()
	const accepted = ""
	for _, tt := range []struct{ rule, url, want string }{
		{"one server", "redis://user:p%40ss@a:6379/1", accepted},
		{"Sentinels", "redis+sentinel://user:p%40ss@a:26379,b:26379,c:26379/tokens", accepted},
		{"Sentinels with their own port, a database and credentials of theirs", "rediss+sentinel://a,b,[::1]/tokens/2?sentinel_username=u&sentinel_password=p%26&read_timeout=1s", accepted},
		{"a cluster", "redis+cluster://user:pass@a,b:7001?pool_size=9", accepted},
		{"Sentinels are asked for a name", "redis+sentinel://a:26379", "which primary"},
		{"a database is a number", "redis+sentinel://a/tokens/hunter2", "must have the form"},
		{"an address has a port", "redis+cluster://a:hunter2", "host[:port]"},
		{"an address has a host", "redis+cluster://a,,b", "host[:port]"},
		{"there is no space between addresses", "redis+cluster://a, b:70000", "host[:port]"},
		{"a cluster has no databases", "redis+cluster://a/1", "a cluster has one only"},
		{"nor as an option", "redis+cluster://a?db=1", "a cluster has one only"},
		{"an option exists", "redis+sentinel://:hunter2@a/tokens?hunter2=1", "does not exist"},
		{"certificates are verified", "rediss+cluster://:hunter2@a?skip_verify=true", "skip_verify must not be set"},
		{"there is no other kind", "redis+ring://:hunter2@a", "redis[s]+sentinel://"},
		{"there is no other transport", "http+cluster://:hunter2@a", "redis[s]+cluster://"},
	} {
		client, err := redisstore.Connect(tt.url, nil)
		if client != nil {
			_ = client.Close()
		}
		if tt.want == accepted && err != nil || tt.want != accepted && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v, want %q", tt.rule, err, tt.want)
		}
	}
}

func TestWhereNamesNoUserAndNoOption(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"redis://user:hunter2@a/1?read_timeout=1s":                             "a:6379/1",
		"redis+sentinel://user:hunter2@a,b:1/tokens?sentinel_password=hunter2": "a:26379,b:1/tokens/0",
		"rediss+cluster://user:hunter2@a,b:1":                                  "a:6379,b:1",
	} {
		if got, err := redisstore.Where(url); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}
