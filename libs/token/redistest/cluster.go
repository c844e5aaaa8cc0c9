package redistest

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	primaries = 3
	slots     = 16384
)

// Cluster is a Redis Cluster of three primaries, each with a third of the slots and with a replica.
type Cluster struct {
	Primaries, Replicas []*Server // a replica is at the place of its primary
	tb                  testing.TB
}

// StartCluster starts a Cluster of servers with args behind the standard ones, and waits until
// every server knows it whole and the replicas have what their primaries have.
func StartCluster(tb testing.TB, args ...string) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb}
	var buses []string
	node := func() *Server {
		_, bus, _ := net.SplitHostPort(freeAddr(tb))
		buses = append(buses, bus)
		return Start(tb, append([]string{"--cluster-enabled", "yes", "--cluster-port", bus, "--repl-diskless-sync-delay", "0"}, args...)...)
	}
	for range primaries {
		c.Primaries, c.Replicas = append(c.Primaries, node()), append(c.Replicas, node())
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
	return c
}

// Nodes returns the primaries, then the replicas.
func (c *Cluster) Nodes() []*Server {
	return append(append([]*Server{}, c.Primaries...), c.Replicas...)
}

// URL returns redis+cluster://... with the primaries.
func (c *Cluster) URL() string { return "redis+cluster://" + strings.Join(addresses(c.Primaries), ",") }

// Home returns the place in Primaries of the one that has the key.
func (c *Cluster) Home(key string) int {
	c.tb.Helper()
	slot, err := strconv.Atoi(c.do(c.Primaries[0], "CLUSTER", "KEYSLOT", key))
	if err != nil {
		c.tb.Fatal(err)
	}
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
