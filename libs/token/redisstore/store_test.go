package redisstore_test

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	t.Parallel()
	url := redistest.URL(t)
	tokentest.RunStore(t, func(t *testing.T) token.Store { return redisstore.New(dial(t, url)) })
}

// A cluster refuses a script or transaction whose keys are not in one slot, even if all slots are
// on one node.
func TestStoreOnCluster(t *testing.T) {
	t.Parallel()
	server := startCluster(t)
	tokentest.RunStore(t, func(t *testing.T) token.Store {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr()}, ReadTimeout: forGood, ContextTimeoutEnabled: true})
		t.Cleanup(func() { _ = client.Close() })
		return redisstore.New(client)
	})
}

// announcing returns a store with replicas that have to have each change, and have the time for it
// that a busy machine needs.
func announcing(client redis.UniversalClient, replicas int) *redisstore.Announcing {
	return redisstore.PatientAnnouncing(redisstore.NewAnnouncing(client, replicas))
}

// patiently returns the URL with the time that a busy machine needs: what a store answers is
// another question than how soon, which the tests of outages ask.
func patiently(url string) string {
	if strings.Contains(url, "?") {
		return url
	}
	return url + "?dial_timeout=1m&read_timeout=1m&write_timeout=1m&pool_timeout=1m"
}

// dial returns a client as the services make it, except that it waits longer.
func dial(tb testing.TB, url string) *redis.Client {
	tb.Helper()
	return dialInTime(tb, patiently(url))
}

// dialInTime returns a client as the services make it.
func dialInTime(tb testing.TB, url string) *redis.Client {
	tb.Helper()
	o, err := redisstore.Options(url)
	assert.NilError(tb, err)
	client := redis.NewClient(o)
	tb.Cleanup(func() { _ = client.Close() })
	return client
}

// startCluster starts a cluster of one node.
func startCluster(t *testing.T) *redistest.Server {
	t.Helper()
	server := redistest.Start(t, "--cluster-enabled", "yes")
	client := dial(t, server.URL())
	assert.NilError(t, client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
	for deadline := time.Now().Add(forGood); ; time.Sleep(10 * time.Millisecond) {
		err := client.Set(t.Context(), "up", "yes", 0).Err() // the node takes a moment to notice
		if err == nil {
			return server
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// TestARefusedTransactionSaysWhy: EXECABORT, which Redis answers to EXEC, reports only that an
// earlier command was refused.
func TestARefusedTransactionSaysWhy(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	host, port, _ := net.SplitHostPort(primary.Addr())
	for rule, tt := range map[string]struct{ url, want string }{
		"a replica takes no changes":       {redistest.Start(t, "--replicaof", host+" "+port).URL(), "READONLY"},
		"a node of a cluster has no slots": {redistest.Start(t, "--cluster-enabled", "yes").URL(), "CLUSTERDOWN"},
	} {
		err := redisstore.New(dial(t, tt.url)).PutOrganisation(t.Context(), newOrganisation())
		if !errors.Is(err, token.ErrUnavailable) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "EXECABORT") {
			t.Errorf("%s: got %v, want %s", rule, err, tt.want)
		}
	}
}
