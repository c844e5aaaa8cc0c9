// Package devstack runs the production wiring on one machine, for development and for tests:
// redis-server, a MongoDB engine, tokend, scimd and consoled as processes of their own, behind one
// address.
package devstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/devrev/scim/libs/token/redistest/freeport"
	"github.com/devrev/scim/services/internal/mongodb/mongoengine"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/issuer"
)

// Config describes a stack.
type Config struct {
	Options local.Options
	Bin     string    // folder of the built programs
	Logs    io.Writer // of all processes
	// RedisURL and MongoURI name running servers; where one is "", a server of the stack's own is
	// started below Options.Data.
	RedisURL, MongoURI string
	// Patience is how long the Redis of the stack's own may take to answer. 0: as long as any may.
	Patience time.Duration
	// Replicas is how many replicas of the server at RedisURL must have a change of a token before
	// it is acknowledged.
	Replicas int
	// Database is the name of the MongoDB database; "" is devrev_scim.
	Database string
	// DrainDelay is how long tokend and scimd keep serving after SIGTERM. 0: not at all, as there
	// is no load balancer to wait for.
	DrainDelay time.Duration
	// Console has consoled started as well, where a browser on this machine reaches Options.Addr.
	Console bool
	// Scimds and Tokends are how many there are of each behind Options.Addr, which leads each
	// request to the next one that is ready. 0: one.
	Scimds, Tokends int
}

// Stack is a running stack.
type Stack struct {
	Ready           local.Ready
	Tokend, Scimd   *Process   // the first ones
	Tokends, Scimds []*Process // all behind Options.Addr
	Consoled        *Process   // the last that was started; nil without a console

	redis     *pair
	engine    func() error
	processes []*Process // every scimd, tokend and consoled
	consoles  farm
	config    Config
	env       []string // of tokend and scimd
	front     *http.Server
	watched   context.CancelFunc // of the farms
	watching  sync.WaitGroup
	keys      *http.Server
	failure   chan error
}

// Start starts everything and announces the organisations. Whatever it started is ended if it
// fails.
func Start(ctx context.Context, c Config) (s *Stack, err error) {
	s = &Stack{failure: make(chan error, 2)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if err := local.Folder(c.Options.Data); err != nil {
		return s, err
	}
	listener, err := net.Listen("tcp", c.Options.Addr)
	if err != nil {
		return s, fmt.Errorf("%s cannot be listened on: %w", c.Options.Addr, err)
	}
	if err := s.stores(ctx, &c); err != nil {
		return s, errors.Join(err, listener.Close())
	}
	s.config = c
	issuer, err := local.NewIssuer(c.Options, listener.Addr().String())
	if err != nil {
		return s, errors.Join(err, listener.Close())
	}
	if err := s.services(ctx, issuer, listener); err != nil {
		return s, err
	}
	return s, s.Ready.Prepare(ctx, c.Options, issuer)
}

// Patient returns the address of the Redis at url, which has no options, for clients that wait so
// long for an answer.
func Patient(url string, patience time.Duration) string {
	return fmt.Sprintf("%s?read_timeout=%[2]v&write_timeout=%[2]v&pool_timeout=%[2]v", url, patience)
}

// stores starts the stores that are not given, and writes their addresses into c.
func (s *Stack) stores(ctx context.Context, c *Config) error {
	if c.RedisURL == "" {
		var err error
		if s.redis, err = startPair(ctx, c.Options.Data, c.Logs); err != nil {
			return err
		}
		c.RedisURL = "redis://" + s.redis.primary.addr
		if c.Patience > 0 {
			c.RedisURL = Patient(c.RedisURL, c.Patience)
		}
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

// services starts tokend and scimd, and the front before them on listener.
func (s *Stack) services(ctx context.Context, people *issuer.Issuer, listener net.Listener) error {
	c := s.config
	pepper, err := local.Secret(c.Options.Data, "pepper")
	if err != nil {
		return err
	}
	credential, err := local.Secret(c.Options.Data, "platform-credential")
	if err != nil {
		return err
	}
	s.Ready = local.NewReady(c.Options, listener.Addr().String(), credential)
	keys, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for key requests: %w", err)
	}
	s.keys = s.serve(keys, people)

	replicas := c.Replicas
	if s.redis != nil {
		replicas = 1
	}
	s.env = []string{
		"DRAIN_DELAY=" + c.DrainDelay.String(),
		"SCIM_BASE_URL=" + s.Ready.SCIMBaseURL,
		"REDIS_URL=" + c.RedisURL,
		"MONGODB_URI=" + c.MongoURI,
		"MONGODB_DATABASE=" + s.Database(),
		"TOKEN_PEPPERS=local:" + pepper,
		"OIDC_ISSUER=" + people.Name(),
		"OIDC_AUDIENCE=" + issuer.Audience,
		"OIDC_JWKS_URL=http://" + keys.Addr().String() + issuer.Path + "/jwks",
		"PLATFORM_CREDENTIAL=" + credential,
		"TOKEND_REDIS_REPLICAS=" + strconv.Itoa(replicas),
		"SCIMD_RATE=" + strconv.Itoa(c.Options.Rate),
	}
	var tokends, scimds farm
	for range max(c.Tokends, 1) {
		p, err := s.start(ctx, "tokend", s.env...)
		if err != nil {
			return err
		}
		s.Tokends = append(s.Tokends, p)
		tokends.add(p, proxy(p.addr))
	}
	for range max(c.Scimds, 1) {
		p, err := s.StartScimd(ctx)
		if err != nil {
			return err
		}
		s.Scimds = append(s.Scimds, p)
		scimds.add(p, proxy(p.addr), proxy(p.api))
	}
	s.Tokend, s.Scimd = s.Tokends[0], s.Scimds[0]
	front := local.Front{Tokend: tokends.route(0), Protocol: scimds.route(0), API: scimds.route(1)}
	if !c.Console {
		s.Ready.ConsoleURL = ""
	}
	if s.Ready.ConsoleURL != "" {
		if err := s.StartConsoled(ctx); err != nil {
			return err
		}
		front.Console, front.Issuer, front.Host = s.consoles.route(0), people, local.BrowserHost(listener.Addr().String())
	}
	watch, end := context.WithCancel(context.WithoutCancel(ctx))
	s.watched = end
	for _, f := range []*farm{&tokends, &scimds, &s.consoles} {
		s.watching.Go(func() { f.watch(watch) })
	}
	s.front = s.serve(listener, front)
	return nil
}

// start starts a program, which ends with the stack.
func (s *Stack) start(ctx context.Context, name string, env ...string) (*Process, error) {
	p, err := NewProgram(s.config.Bin, name, s.config.Logs, env...)
	if err != nil {
		return nil, err
	}
	s.processes = append(s.processes, p)
	return p, p.Start(ctx)
}

// StartConsoled starts a consoled behind the front, beside the one that may be there, as a client
// of tokend and scimd. People sign in at the issuer, which is behind the front.
func (s *Stack) StartConsoled(ctx context.Context) error {
	key, err := local.Secret(s.config.Options.Data, "console-session-key")
	if err != nil {
		return err
	}
	tokend, scimd := "http://"+s.Tokend.addr+terms.APIPath, "http://"+s.Scimd.api+terms.APIPath
	if len(s.Tokends) > 1 || len(s.Scimds) > 1 {
		tokend, scimd = s.Ready.APIBaseURL, s.Ready.APIBaseURL
	}
	p, err := s.start(ctx, "consoled", append(slices.Clone(s.env),
		"CONSOLE_URL="+strings.TrimSuffix(s.Ready.ConsoleURL, "/"),
		"CONSOLE_CLIENT_ID="+local.ClientID,
		"CONSOLE_SESSION_KEYS="+key,
		"CONSOLE_TOKEND_URL="+tokend,
		"CONSOLE_SCIMD_URL="+scimd,
	)...)
	if err != nil {
		return err
	}
	s.Consoled = p
	s.consoles.add(p, proxy(p.addr))
	return nil
}

// Database returns the name of the MongoDB database.
func (s *Stack) Database() string { return cmp.Or(s.config.Database, "devrev_scim") }

// MongoURI returns the connection string of the MongoDB that the stack uses.
func (s *Stack) MongoURI() string { return s.config.MongoURI }

// StartScimd starts one more scimd, which is not behind the stack's front. It ends with the stack.
func (s *Stack) StartScimd(ctx context.Context) (*Process, error) {
	return s.start(ctx, "scimd", s.env...)
}

// NewProgram returns one more process of the program in folder bin, on the stack's stores, with its
// secrets and issuer. It is not started, and not behind the stack's front; the caller ends it.
func (s *Stack) NewProgram(bin, name string) (*Process, error) {
	return NewProgram(bin, name, s.config.Logs, s.env...)
}

// NewProgram returns a process of the program in folder bin that listens on free loopback
// addresses, with these variables in addition to those of this process. It is not started.
func NewProgram(bin, name string, logs io.Writer, env ...string) (*Process, error) {
	p := &Process{name: name, path: filepath.Join(bin, name), logs: logs, env: slices.Clone(env)}
	prefix := strings.ToUpper(name)
	if name == "consoled" {
		prefix = "CONSOLE"
	}
	listeners := map[string]*string{prefix + "_ADDR": &p.addr, prefix + "_OPS_ADDR": &p.ops}
	if name == "scimd" {
		listeners["SCIMD_API_ADDR"] = &p.api
	}
	for variable, address := range listeners {
		var err error
		if *address, err = freeport.Addr(); err != nil {
			return nil, err
		}
		p.env = append(p.env, variable+"="+*address)
	}
	return p, nil
}

func proxy(addr string) http.Handler {
	p := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
	p.Transport = &http.Transport{MaxIdleConnsPerHost: 256, ExpectContinueTimeout: time.Second}
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

// Wait returns when ctx is done, or with an error when a part of the stack has ended on its own.
func (s *Stack) Wait(ctx context.Context) error {
	var consoled chan struct{} // of no console, which never ends
	if s.Consoled != nil {
		consoled = s.Consoled.done
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failure:
		return err
	case <-s.Tokend.done:
		return errors.New("tokend has ended")
	case <-s.Scimd.done:
		return errors.New("scimd has ended")
	case <-consoled:
		return errors.New("consoled has ended")
	}
}

// Stop ends everything, the fronts first and the stores last.
func (s *Stack) Stop() error {
	var errs []error
	for _, server := range []*http.Server{s.front, s.keys} {
		if server != nil {
			errs = append(errs, server.Close())
		}
	}
	if s.watched != nil {
		s.watched()
		s.watching.Wait()
	}
	for _, p := range slices.Backward(s.processes) {
		errs = append(errs, p.Stop())
	}
	if s.redis != nil {
		errs = append(errs, s.redis.stop())
	}
	if s.engine != nil {
		errs = append(errs, s.engine())
		s.engine = nil
	}
	return errors.Join(errs...)
}
