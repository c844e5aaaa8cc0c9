package redisstore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
)

// ReplicationID returns the server's replication id: it changes when the server restarts, when
// another server is behind the address, and when this one becomes the primary. After any of these
// the last changes may be missing. On a cluster it holds those of all primaries, and is an error
// while one of them is away.
func (s *Store) ReplicationID(ctx context.Context) (name string, err error) {
	err = s.do(ctx, "read replication id", func(ctx context.Context) error {
		var mu sync.Mutex
		var names []string
		err := eachPrimary(ctx, s.client, func(ctx context.Context, c redis.Cmdable) error {
			name, err := replicationID(ctx, c)
			mu.Lock()
			defer mu.Unlock()
			names = append(names, name)
			return err
		})
		slices.Sort(names)
		name = strings.Join(names, ", ")
		return err
	})
	if err != nil {
		return "", err
	}
	return name, nil
}

func replicationID(ctx context.Context, server redis.Cmdable) (string, error) {
	var replication, process *redis.StringCmd
	_, err := server.Pipelined(ctx, func(p redis.Pipeliner) error {
		replication, process = p.Info(ctx, "replication"), p.Info(ctx, "server")
		return nil
	})
	if err != nil {
		return "", err
	}
	history, run := infoField(replication.Val(), "master_replid"), infoField(process.Val(), "run_id")
	if history == "" || run == "" {
		return "", errors.New("INFO names no master_replid or no run_id")
	}
	return history + " " + run, nil
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
