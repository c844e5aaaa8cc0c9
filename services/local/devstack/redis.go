package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token/redistest/freeport"
)

// pair is a Redis as production has it: a primary, and a replica that must have each change of a
// token.
type pair struct{ primary, replica *Process }

// startPair starts both with their data below folder and returns once the replica follows.
func startPair(ctx context.Context, folder string, logs io.Writer) (*pair, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("redis-server is not installed; `make setup` installs it")
	}
	p := &pair{}
	start := func(name string, args ...string) (*Process, error) {
		addr, err := freeport.Addr()
		if err != nil {
			return nil, err
		}
		own := filepath.Join(folder, name)
		if err := os.MkdirAll(own, 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of Redis: %w", err)
		}
		_, port, _ := net.SplitHostPort(addr)
		server := &Process{name: name, path: path, addr: addr, logs: logs, args: append([]string{
			"--port", port, "--bind", "127.0.0.1", "--dir", own, "--appendonly", "yes", "--save", "", "--repl-diskless-sync-delay", "0",
		}, args...)}
		return server, server.Start(ctx)
	}
	if p.primary, err = start("redis", "--appendfsync", "always"); err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(p.primary.addr)
	if p.replica, err = start("redis-replica", "--replicaof", host+" "+port); err == nil {
		err = p.follow(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// follow returns once the replica receives what is written to the primary.
func (p *pair) follow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: p.primary.addr})
	defer func() { _ = client.Close() }() // nothing is left to be sent
	for {
		if err := client.Set(ctx, "devstack:follows", "?", time.Minute).Err(); err != nil {
			return fmt.Errorf("write to Redis: %w", err)
		}
		if have, err := client.Wait(ctx, 1, 100*time.Millisecond).Result(); have == 1 || err != nil {
			return err
		}
	}
}

func (p *pair) stop() error {
	var errs []error
	for _, server := range []*Process{p.replica, p.primary} {
		if server != nil {
			errs = append(errs, server.Stop())
		}
	}
	return errors.Join(errs...)
}
