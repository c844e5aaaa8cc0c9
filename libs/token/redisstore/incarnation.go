package redisstore

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Incarnation returns the server's replication id: it changes when the server restarts, when another server is behind
// the address, and when this one becomes the primary. After any of these the last changes may be missing.
func (s *Store) Incarnation(ctx context.Context) (name string, err error) {
	err = do(ctx, "read incarnation", func(ctx context.Context) error {
		var replication, server *redis.StringCmd
		_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			replication, server = p.Info(ctx, "replication"), p.Info(ctx, "server")
			return nil
		})
		if err != nil {
			return err
		}
		history, process := infoField(replication.Val(), "master_replid"), infoField(server.Val(), "run_id")
		if history == "" || process == "" {
			return errors.New("INFO names no master_replid or no run_id")
		}
		name = history + " " + process
		return nil
	})
	return name, err
}

// infoField returns a field of what INFO answers: lines of name:value.
func infoField(info, name string) string {
	for line := range strings.Lines(info) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
