// Package devstack runs the production wiring on one machine, for development and for tests: redis-server, a MongoDB engine, tokend and
// scimd as processes of their own, behind one address.
package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/devrev/scim/services/localrun"
	"github.com/devrev/scim/services/mongoengine"
)

// Config says what a stack is made of.
type Config struct {
	Options localrun.Options
	Bin     string    // folder of the built tokend and scimd
	Logs    io.Writer // of all processes
	// RedisURL and MongoURI name running servers; where one is "", a server of the stack's own is started below Options.Data.
	RedisURL, MongoURI string
	// Database is the name of the MongoDB database; "" is devrev_scim.
	Database string
}

// Stack is a running stack.
type Stack struct {
	Ready         localrun.Ready
	Tokend, Scimd *Process

	redis   *Process
	engine  func() error
	front   *http.Server
	keys    *http.Server
	failure chan error
}

// Start starts everything and announces the organisations. Whatever it started is ended if it fails.
func Start(ctx context.Context, c Config) (s *Stack, err error) {
	s = &Stack{failure: make(chan error, 2)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if err := localrun.Folder(c.Options.Data); err != nil {
		return s, err
	}
	listener, err := net.Listen("tcp", c.Options.Addr)
	if err != nil {
		return s, fmt.Errorf("%s cannot be listened on: %w", c.Options.Addr, err)
	}
	if err := s.stores(ctx, &c); err != nil {
		return s, errors.Join(err, listener.Close())
	}
	issuer, err := localrun.NewIssuer()
	if err != nil {
		return s, errors.Join(err, listener.Close())
	}
	if err := s.services(ctx, c, issuer, listener); err != nil {
		return s, err
	}
	return s, s.Ready.Prepare(ctx, c.Options, issuer)
}

// stores starts what is not given, and writes into c where it is.
func (s *Stack) stores(ctx context.Context, c *Config) error {
	if c.RedisURL == "" {
		addr, err := FreeAddr()
		if err != nil {
			return err
		}
		path, err := exec.LookPath("redis-server")
		if err != nil {
			return errors.New("redis-server is not installed; `make setup` installs it")
		}
		folder := filepath.Join(c.Options.Data, "redis")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return fmt.Errorf("make the folder of Redis: %w", err)
		}
		_, port, _ := net.SplitHostPort(addr)
		s.redis = &Process{name: "redis-server", path: path, addr: addr, logs: c.Logs, args: []string{
			"--port", port, "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
		}}
		if err := s.redis.Start(ctx); err != nil {
			return err
		}
		c.RedisURL = "redis://" + addr
	}
	if c.MongoURI == "" {
		uri, stop, err := mongoengine.Start(context.WithoutCancel(ctx), filepath.Join(c.Options.Data, "mongodb"))
		if err != nil {
			return err
		}
		s.engine, c.MongoURI = stop, uri
	}
	return nil
}

// services starts tokend and scimd, and the door before them on listener.
func (s *Stack) services(ctx context.Context, c Config, issuer *localrun.Issuer, listener net.Listener) error {
	pepper, err := localrun.Secret(c.Options.Data, "pepper")
	if err != nil {
		return err
	}
	credential, err := localrun.Secret(c.Options.Data, "platform-credential")
	if err != nil {
		return err
	}
	s.Ready = localrun.NewReady(listener.Addr().String(), credential)
	keys, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for key requests: %w", err)
	}
	s.keys = s.serve(keys, issuer)

	addrs := make([]string, 5)
	for i := range addrs {
		if addrs[i], err = FreeAddr(); err != nil {
			return err
		}
	}
	database := c.Database
	if database == "" {
		database = "devrev_scim"
	}
	env := []string{
		"DRAIN_DELAY=0s", // there is no load balancer to wait for
		"SCIM_BASE_URL=" + s.Ready.SCIMBaseURL,
		"REDIS_URL=" + c.RedisURL,
		"MONGODB_URI=" + c.MongoURI,
		"MONGODB_DATABASE=" + database,
		"TOKEN_PEPPERS=local:" + pepper,
		"OIDC_ISSUER=" + localrun.IssuerName,
		"OIDC_AUDIENCE=" + localrun.Audience,
		"OIDC_JWKS_URL=http://" + keys.Addr().String(),
		"PLATFORM_CREDENTIAL=" + credential,
	}
	s.Tokend = &Process{name: "tokend", path: filepath.Join(c.Bin, "tokend"), addr: addrs[0], ops: addrs[1], logs: c.Logs, env: append(env[:len(env):len(env)], "TOKEND_ADDR="+addrs[0], "TOKEND_OPS_ADDR="+addrs[1])}
	s.Scimd = &Process{name: "scimd", path: filepath.Join(c.Bin, "scimd"), addr: addrs[2], ops: addrs[4], logs: c.Logs, env: append(env[:len(env):len(env)], "SCIMD_ADDR="+addrs[2], "SCIMD_API_ADDR="+addrs[3], "SCIMD_OPS_ADDR="+addrs[4])}
	for _, p := range []*Process{s.Tokend, s.Scimd} {
		if err := p.Start(ctx); err != nil {
			return err
		}
	}
	s.front = s.serve(listener, localrun.Front(proxy(addrs[0]), proxy(addrs[3]), proxy(addrs[2])))
	return nil
}

func proxy(addr string) http.Handler {
	p := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
	p.Transport = &http.Transport{MaxIdleConnsPerHost: 256}
	return p
}

func (s *Stack) serve(l net.Listener, h http.Handler) *http.Server {
	server := &http.Server{Handler: h, ReadHeaderTimeout: startBound}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failure <- err
		}
	}()
	return server
}

// Wait returns when ctx is done, or with an error when a part of the stack has ended by itself.
func (s *Stack) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failure:
		return err
	case <-s.Tokend.done:
		return errors.New("tokend has ended")
	case <-s.Scimd.done:
		return errors.New("scimd has ended")
	}
}

// Stop ends everything, the doors first and the stores last.
func (s *Stack) Stop() error {
	var errs []error
	for _, server := range []*http.Server{s.front, s.keys} {
		if server != nil {
			errs = append(errs, server.Close())
		}
	}
	for _, p := range []*Process{s.Scimd, s.Tokend, s.redis} {
		if p != nil {
			errs = append(errs, p.Stop())
		}
	}
	if s.engine != nil {
		errs = append(errs, s.engine())
	}
	return errors.Join(errs...)
}
