package redistest

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"
)

const (
	primaries = 3
	slots     = 16384
)

// Cluster is a Redis Cluster of three primaries, each with a third of the slots and with a replica.
type Cluster struct {
	Primaries, Replicas []*Server // a replica is at the place of its primary
	Links               []*Link   // over which clients and replicas reach the primaries; none: they reach them directly
	tb                  testing.TB
}

// StartCluster starts a Cluster of servers with args behind the standard ones, and waits until
// every server knows it whole and the replicas have what their primaries have.
func StartCluster(tb testing.TB, args ...string) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb}
	c.complete(args)
	return c
}

// StartClusterOverLinks is StartCluster with Links. The nodes watch each other beside the links.
func StartClusterOverLinks(tb testing.TB, args ...string) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb}
	for range primaries {
		c.Links = append(c.Links, NewLink(tb, ""))
	}
	c.complete(args)
	return c
}

// complete starts the servers and makes a cluster of them.
func (c *Cluster) complete(args []string) {
	tb := c.tb
	tb.Helper()
	var buses []string
	node := func(more ...string) *Server {
		_, bus, _ := net.SplitHostPort(freeAddr(tb))
		buses = append(buses, bus)
		return Start(tb, slices.Concat([]string{"--cluster-enabled", "yes", "--cluster-port", bus, "--repl-diskless-sync-delay", "0"}, more, args)...)
	}
	for i := range primaries {
		var announced []string
		if c.Links != nil {
			_, port, _ := net.SplitHostPort(c.Links[i].Addr())
			announced = []string{"--cluster-announce-port", port}
		}
		c.Primaries, c.Replicas = append(c.Primaries, node(announced...)), append(c.Replicas, node())
		if c.Links != nil {
			c.Links[i].Retarget(c.Primaries[i].Addr())
		}
	}
	for i, s := range c.Primaries {
		c.do(s, "CLUSTER", "SET-CONFIG-EPOCH", i+1)
		c.do(s, "CLUSTER", "ADDSLOTSRANGE", slots*i/primaries, slots*(i+1)/primaries-1)
		for n, other := range [][]*Server{c.Primaries, c.Replicas} {
			host, port, _ := net.SplitHostPort(other[i].Addr())
			c.do(c.Primaries[0], "CLUSTER", "MEET", host, port, buses[2*i+n])
		}
	}
	for i, replica := range c.Replicas {
		id := c.do(c.Primaries[i], "CLUSTER", "MYID")
		settle(tb, replica, "primary known", func(client *redis.Client) bool {
			return client.Do(tb.Context(), "CLUSTER", "REPLICATE", id).Err() == nil
		})
	}
	for i, s := range c.Nodes() {
		settle(tb, s, "whole cluster", func(client *redis.Client) bool {
			state := client.ClusterInfo(tb.Context()).Val()
			found, err := client.ClusterSlots(tb.Context()).Result() //nolint:staticcheck // Redis 6.2, which is supported, has no ClusterShards
			whole := err == nil && len(found) == primaries
			for _, slot := range found {
				whole = whole && len(slot.Nodes) == 2
			}
			return whole && strings.Contains(state, "cluster_state:ok") &&
				(i >= primaries || strings.Contains(client.Info(tb.Context(), "replication").Val(), "state=online"))
		})
	}
}

// Nodes returns the primaries, then the replicas.
func (c *Cluster) Nodes() []*Server {
	return append(append([]*Server{}, c.Primaries...), c.Replicas...)
}

// URL returns redis+cluster://... with the primaries.
func (c *Cluster) URL() string {
	var known []string
	for _, s := range c.Primaries {
		known = append(known, c.address(s))
	}
	return "redis+cluster://" + strings.Join(known, ",")
}

// address returns host:port by which clients and replicas know the server.
func (c *Cluster) address(s *Server) string {
	if n := slices.Index(c.Primaries, s); n >= 0 && c.Links != nil {
		return c.Links[n].Addr()
	}
	return s.Addr()
}

// Home returns the place in Primaries of the one that has the key.
func (c *Cluster) Home(key string) int {
	c.tb.Helper()
	slot, err := strconv.Atoi(c.do(c.Primaries[0], "CLUSTER", "KEYSLOT", key))
	assert.NilError(c.tb, err)
	for i := range c.Primaries {
		if slot < slots*(i+1)/primaries {
			return i
		}
	}
	c.tb.Fatalf("slot %d of %q is on no primary", slot, key)
	return 0
}

// do returns what a server answers to a command.
func (c *Cluster) do(s *Server, command ...any) string {
	c.tb.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Addr(), DisableIdentity: true})
	defer func() { _ = client.Close() }()
	answer, err := client.Do(c.tb.Context(), command...).Result()
	if err != nil {
		c.tb.Fatalf("redis-server at %s: %v: %v", s.Addr(), command, err)
	}
	switch answer := answer.(type) {
	case string:
		return answer
	case int64:
		return strconv.FormatInt(answer, 10)
	default:
		return ""
	}
}
