package redisclient_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/redisclient"
)

func dial(t *testing.T, url string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(url)
	assert.NilError(t, err)
	options.DisableIdentity = true
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// connect returns a client as the services make it.
func connect(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	client, err := redisstore.Connect(url, nil)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// TestEachPrimaryOfAClusterCounts: one that is not as it should be is reported, whichever it is.
func TestEachPrimaryOfAClusterCounts(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t)
	client := connect(t, cluster.URL())
	if err := errors.Join(redisclient.Usable(client)(t.Context()), redisclient.Durable(client, 1)(t.Context())); err != nil {
		t.Fatalf("a whole cluster: %v", err)
	}
	if err := redisclient.Durable(client, 2)(t.Context()); err == nil || !strings.Contains(err.Error(), "1 replicas") {
		t.Errorf("each has one replica, and two are asked for: %v", err)
	}
	one := dial(t, cluster.Primaries[1].URL())
	set := func(name, value string) {
		t.Helper()
		assert.NilError(t, one.ConfigSet(t.Context(), name, value).Err())
	}
	set("appendonly", "no")
	if err := redisclient.Durable(client, 1)(t.Context()); err == nil || !strings.Contains(err.Error(), "no append-only file") {
		t.Errorf("one does not persist: %v", err)
	}
	set("maxmemory", "100mb")
	set("maxmemory-policy", "allkeys-lru")
	if err := redisclient.Usable(client)(t.Context()); err == nil || !strings.Contains(err.Error(), "maxmemory-policy allkeys-lru") {
		t.Errorf("one forgets tokens: %v", err)
	}
}

// TestUsableSaysWhatIsWrongWithARedis asks real servers of each kind.
func TestUsableSaysWhatIsWrongWithARedis(t *testing.T) {
	t.Parallel()
	primary, watched, cluster := redistest.Start(t), redistest.StartWatched(t, 0, time.Minute), redistest.StartCluster(t)
	host, port, _ := net.SplitHostPort(primary.Addr())
	for _, tt := range []struct {
		rule, want string // want: part of the sentence; "": it is usable
		url        func(t *testing.T) string
	}{
		{"a primary can be used", "", func(*testing.T) string { return primary.URL() }},
		{"a replica cannot", "leads to a replica, which takes no changes: give an address that leads to the primary, which is " + primary.Addr(), func(t *testing.T) string {
			t.Helper()
			return redistest.Start(t, "--replicaof", host+" "+port).URL()
		}},
		{"nor a node of a cluster", "give redis+cluster://", func(t *testing.T) string {
			t.Helper()
			return redistest.Start(t, "--cluster-enabled", "yes").URL()
		}},
		{"nor one that forgets tokens when it is short of memory", "maxmemory-policy allkeys-lru", func(t *testing.T) string {
			t.Helper()
			return redistest.Start(t, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru").URL()
		}},
		{"one that is never short of memory can", "", func(t *testing.T) string {
			t.Helper()
			return redistest.Start(t, "--maxmemory-policy", "allkeys-lru").URL()
		}},
		{"a user who may not ask is told which rule is missing", "add +ping +info", func(t *testing.T) string {
			t.Helper()
			admin := dial(t, primary.URL())
			assert.NilError(t, admin.Do(t.Context(), "ACL", "SETUSER", "blind", "on", ">secret", "+ping").Err())
			return "redis://blind:secret@" + primary.Addr()
		}},
		{"one that is not there is told of", "does not answer", func(t *testing.T) string {
			t.Helper()
			gone := redistest.Start(t)
			gone.Kill()
			return gone.URL()
		}},
		{"a Sentinel cannot", "give redis+sentinel://", func(t *testing.T) string { t.Helper(); return sentinel(t) }},
		{"Sentinels that know the primary can", "", func(*testing.T) string { return watched.URL() }},
		{"Sentinels that do not know it by this name cannot", "know no primary by the name", func(*testing.T) string {
			return "redis+sentinel://" + strings.Join(watched.Addrs(), ",") + "/another"
		}},
		{"a cluster can", "", func(*testing.T) string { return cluster.URL() }},
		{"a cluster that is one server cannot", "is not part of a cluster", func(*testing.T) string { return "redis+cluster://" + primary.Addr() }},
		{"a cluster without slots cannot", "Redis Cluster", func(t *testing.T) string {
			t.Helper()
			return "redis+cluster://" + redistest.Start(t, "--cluster-enabled", "yes").Addr()
		}},
		{"a user who may not ask a cluster for its slots is told which rules are missing", "+cluster|slots +cluster|info", func(t *testing.T) string {
			t.Helper()
			for _, s := range cluster.Nodes() {
				assert.NilError(t, dial(t, s.URL()).Do(t.Context(), "ACL", "SETUSER", "lost", "on", ">secret", "+ping", "+info").Err())
			}
			return strings.Replace(cluster.URL(), "://", "://lost:secret@", 1)
		}},
		{"one that is too old cannot", "Redis 6.0.16 is too old", func(t *testing.T) string {
			t.Helper()
			return answering(t, "redis_mode:standalone\r\nrole:master\r\nmaxmemory:0\r\nredis_version:6.0.16")
		}},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			err := redisclient.Usable(connect(t, tt.url(t)))(ctx)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the sentence has the password: %v", err)
			}
		})
	}
}

// sentinel returns the URL of a Sentinel, which is redis-server in another mode.
func sentinel(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	host, port, _ := net.SplitHostPort(l.Addr().String())
	file := filepath.Join(t.TempDir(), "sentinel.conf")
	assert.NilError(t, errors.Join(l.Close(), os.WriteFile(file, []byte("bind "+host+"\nport "+port+"\n"), 0o600)))
	cmd := exec.CommandContext(t.Context(), "redis-server", file, "--sentinel")
	assert.NilError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	client := dial(t, "redis://"+net.JoinHostPort(host, port))
	for client.Ping(t.Context()).Err() != nil {
		time.Sleep(20 * time.Millisecond) // until the test's own time is up
	}
	return "redis://" + net.JoinHostPort(host, port)
}

// answering returns the URL of what answers every PING and INFO, as a version does that is not
// installed here.
func answering(t *testing.T, info string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				for lines := bufio.NewScanner(c); lines.Scan(); {
					switch strings.ToLower(strings.TrimSpace(lines.Text())) {
					case "ping":
						_, _ = fmt.Fprint(c, "+PONG\r\n")
					case "info":
						_, _ = fmt.Fprintf(c, "$%d\r\n%s\r\n", len(info), info)
					case "hello":
						_, _ = fmt.Fprint(c, "-ERR unknown command\r\n")
					}
				}
			}()
		}
	}()
	return "redis://" + l.Addr().String()
}

func TestDurableSaysWhatWouldBeLost(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	volatile := redistest.Start(t, "--appendonly", "no")
	host, port, _ := net.SplitHostPort(primary.Addr())
	for _, tt := range []struct {
		rule, want string
		url        string
		replicas   int
	}{
		{"it persists, and no replica is asked for", "", primary.URL(), 0},
		{"it does not persist", "no append-only file", volatile.URL(), 0},
		{"a replica is missing", "0 replicas that follow it, and TOKEND_REDIS_REPLICAS asks for 1", primary.URL(), 1},
	} {
		err := redisclient.Durable(dial(t, tt.url), tt.replicas)(t.Context())
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.rule, err, tt.want)
		}
	}
	redistest.Start(t, "--replicaof", host+" "+port, "--repl-diskless-sync-delay", "0")
	for redisclient.Durable(dial(t, primary.URL()), 1)(t.Context()) != nil {
		time.Sleep(20 * time.Millisecond) // until the test's own time is up
	}
}
