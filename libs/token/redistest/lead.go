package redistest

import (
	"net"

	"github.com/redis/go-redis/v9"
)

// Lead returns the server that the Sentinels take for the primary, nil if none of them answers.
func (w *Watched) Lead() *Server {
	for _, s := range w.sentinels {
		address, err := asked(s, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", PrimaryName).StringSlice()
		if err == nil && len(address) == 2 {
			lead := net.JoinHostPort(address[0], address[1])
			for _, server := range append([]*Server{w.Primary}, w.Replicas...) {
				if w.address(server) == lead {
					return server
				}
			}
			return nil
		}
	}
	return nil
}

// Lead returns the server that has the key, of those that the servers agree on; nil as long as the
// slot of the key has none that answers.
func (c *Cluster) Lead(key string) *Server {
	slot := -1
	for _, s := range c.Nodes() {
		if n, err := asked(s, "CLUSTER", "KEYSLOT", key).Int(); err == nil {
			slot = n
			break
		}
	}
	for _, s := range c.Nodes() {
		role, err := asked(s, "ROLE").Slice()
		if err != nil || len(role) == 0 || role[0] != "master" {
			continue
		}
		for _, held := range slotsOf(s) {
			if held.Start <= slot && slot <= held.End && len(held.Nodes) > 0 && held.Nodes[0].Addr == c.address(s) {
				return s
			}
		}
	}
	return nil
}

func slotsOf(s *Server) []redis.ClusterSlot {
	client := direct(s)
	defer func() { _ = client.Close() }()
	found, _ := client.ClusterSlots(s.tb.Context()).Result() //nolint:staticcheck // Redis 6.2, which is supported, has no ClusterShards; without an answer there are none
	return found
}

// asked returns what a server answers to a command; it may be gone.
func asked(s *Server, command ...any) *redis.Cmd {
	client := direct(s)
	defer func() { _ = client.Close() }()
	return client.Do(s.tb.Context(), command...)
}

func direct(s *Server) *redis.Client {
	return redis.NewClient(&redis.Options{Addr: s.Addr(), DisableIdentity: true, MaxRetries: -1})
}

// Replicated reports whether the server is a primary that a replica follows.
func (s *Server) Replicated() bool {
	role, err := asked(s, "ROLE").Slice()
	if err != nil || len(role) < 3 || role[0] != "master" {
		return false
	}
	followers, _ := role[2].([]any)
	return len(followers) > 0
}
