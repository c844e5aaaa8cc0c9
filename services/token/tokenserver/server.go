package tokenserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/environment"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/leak"
	"github.com/devrev/scim/services/token/tokenhttp"
)

const (
	reconcileEvery = time.Minute     // how long the token store may lack what it lost
	reconcileRetry = 2 * time.Second // after a failure; once prepared, twice as long after each further one, up to reconcileEvery
)

// Deps are the dependencies of a Server.
type Deps struct {
	Tokens        token.Store
	Organisations issuer.Store
	Keyring       token.Keyring
	Access        *access.Verifier
	Telemetry     *telemetry.Telemetry `need:"optional"` // nil: off

	// Replay is Tokens as used to restore what a failover lost; see issuer.Deps. nil: Tokens.
	Replay token.Store `need:"optional"`
	// Grace is how long an organisation that leaves is kept. 0: issuer.DefaultGrace.
	Grace time.Duration `need:"optional"`
	// Prepare makes Organisations ready for use; Run calls it until it succeeds, and requests are
	// refused until then. nil: it is ready.
	Prepare func(context.Context) error `need:"optional"`
	// Heartbeat is kept up by Run. nil: no cache follows Tokens, and it never falls back to an
	// earlier state.
	Heartbeat Heartbeat `need:"optional"`
	// Environment keeps requests out, and the token store untouched, while Tokens and Organisations
	// are of two environments. nil: they are in one store.
	Environment *environment.Guard `need:"optional"`
	// LeakKeys are the keys that reports of leaked tokens are signed under. nil: no reports are
	// taken, and Public is nil.
	LeakKeys *leak.Keys `need:"optional"`
	// TrustedProxies are the addresses and CIDR blocks whose X-Forwarded-For is trusted; it is
	// recorded in the audit. Empty: none is trusted.
	TrustedProxies []string `need:"optional"`
}

// Server is the token service. Make it with New.
type Server struct {
	handler   http.Handler
	public    http.Handler // nil: there is none
	issuer    *issuer.Issuer
	expiry    *expiryWatch
	log       *slog.Logger
	metrics   *telemetry.Metrics
	heartbeat Heartbeat
	guard     *environment.Guard
	awake     chan struct{} // see wake
	gate      *web.Gate     // closed as long as indexes may be missing: without them two organisations could get one tag

	reconciled atomic.Int64 // when the last whole round ended, in ns since 1970
}

// New returns a Server that answers requests and has begun nothing else; Run does the rest. baseURL
// is the public SCIM base URL, which administrators copy into their identity provider.
func New(baseURL string, d Deps) (*Server, error) {
	if err := required.Check(d); err != nil {
		return nil, err
	}
	if err := config.CheckBaseURL(baseURL); err != nil {
		return nil, fmt.Errorf("tokenserver: %w", err)
	}
	d.Telemetry = cmp.Or(d.Telemetry, telemetry.Off())
	rules, err := issuer.New(issuer.Deps{Store: d.Organisations, Tokens: d.Tokens, Replay: d.Replay, Keyring: d.Keyring, Grace: d.Grace})
	if err != nil {
		return nil, err
	}
	s := &Server{
		issuer:    rules,
		log:       d.Telemetry.Logger(),
		metrics:   d.Telemetry.Metrics(),
		heartbeat: d.Heartbeat,
		guard:     d.Environment,
		awake:     make(chan struct{}, 1),
		gate:      web.NewGate("organisations", d.Prepare),
	}
	s.expiry = &expiryWatch{expiries: issuer.NewExpiries(s.issuer), metrics: d.Telemetry.Metrics()}
	s.reconciled.Store(time.Now().UnixNano())
	s.metrics.ReconcileAge(s.reconcileAge)
	api, err := s.engine(engineOfAPI(d.Telemetry), d)
	if err != nil {
		return nil, err
	}
	if err := tokenhttp.Register(api, tokenhttp.Deps{Issuer: s.issuer, Verify: d.Access.Verify, SCIMBaseURL: baseURL, Metrics: s.metrics}); err != nil {
		return nil, err
	}
	s.handler = web.Normalise(api)
	if d.LeakKeys != nil {
		public, err := s.engine(engineOfLeaks(d.Telemetry), d)
		if err != nil {
			return nil, err
		}
		if err := tokenhttp.RegisterLeaks(public, tokenhttp.LeakDeps{Issuer: s.issuer, Keys: d.LeakKeys, Metrics: s.metrics, Log: s.log}); err != nil {
			return nil, err
		}
		s.public = web.Normalise(public)
	}
	return s, nil
}

func engineOfAPI(tel *telemetry.Telemetry) web.Config {
	return web.Config{Name: "tokens", Telemetry: tel, WriteError: tokenhttp.WriteError}
}

func engineOfLeaks(tel *telemetry.Telemetry) web.Config {
	return web.Config{Name: "leaks", Telemetry: tel, WriteError: tokenhttp.WriteError, Public: true, Body: tokenhttp.LeakPace()}
}

// Starting returns what answers in the places of a Server's Handler and Public before there is one.
func Starting(tel *telemetry.Telemetry) (handler, public http.Handler) {
	return web.Starting(engineOfAPI(tel)), web.Starting(engineOfLeaks(tel))
}

// engine returns one without routes that refuses every request until the server is prepared.
func (s *Server) engine(c web.Config, d Deps) (*gin.Engine, error) {
	engine := web.NewEngine(c)
	if err := web.TrustProxies(engine, d.TrustedProxies); err != nil {
		return nil, fmt.Errorf("tokenserver: %w", err)
	}
	engine.Use(web.Handle(d.Environment.Handle), web.Handle(s.gate.Handle))
	return engine, nil
}

// Handler answers DevRev's settings page and platform, under tokenhttp.Prefix. It is for an
// internal listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Public answers GitHub's reports of leaked tokens, at tokenhttp.LeakPath, and nothing else. It is
// for a listener that the internet reaches; nil without LeakKeys.
func (s *Server) Public() http.Handler { return s.public }

// Prepared is the check that requests are let in.
func (s *Server) Prepared() web.Check { return s.gate.Check() }

// Run prepares the organisations' store and restores what the token store may have lost, now, every
// minute and when that store's replication id changes, until ctx is done. Every 15 minutes it
// reports tokens whose end is near. All the while it keeps up the heartbeat.
func (s *Server) Run(ctx context.Context) {
	var beating sync.WaitGroup
	defer beating.Wait()
	if s.heartbeat != nil {
		beating.Go(func() { s.keepBeating(ctx, s.heartbeat) })
	}
	retry := reconcileRetry
	for {
		pause := reconcileEvery
		if err := s.tend(ctx); err == nil {
			retry = reconcileRetry
		} else if ctx.Err() == nil {
			s.log.ErrorContext(ctx, "reconcile failed", "error", err)
			pause = retry
			if s.gate.IsOpen() {
				retry = min(2*retry, reconcileEvery)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-s.awake:
		case <-time.After(pause):
		}
	}
}

// tend prepares the store if that is not done, and makes both rounds. A failure of one does not
// stop the other. Nothing is done where the token store may be another environment's.
func (s *Server) tend(ctx context.Context) error {
	if err := s.guard.Probe(ctx); err != nil {
		return err
	}
	if err := s.gate.Open(ctx); err != nil {
		return err
	}
	return errors.Join(s.reconcile(ctx), s.expiry.look(ctx, time.Now()))
}

// reconcile makes one round and reports what it corrected, even if the round was not complete.
func (s *Server) reconcile(ctx context.Context) error {
	mended, err := s.issuer.Reconcile(ctx)
	if mended > 0 {
		s.log.WarnContext(ctx, "token store restored after data loss", "mended", mended)
		s.metrics.TokenEvents(ctx, eventReconciled)
	}
	if err == nil {
		s.reconciled.Store(time.Now().UnixNano())
	}
	return err
}

// reconcileAge is the time since the last whole round; before the first one, since the server was
// made.
func (s *Server) reconcileAge() time.Duration { return time.Since(time.Unix(0, s.reconciled.Load())) }
