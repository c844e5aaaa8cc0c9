// Package tokenserver puts the token service together: its API before the issuer, and the issuer's stores.
package tokenserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/access"
	"github.com/devrev/scim/services/environment"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/tokenhttp"
	"github.com/devrev/scim/services/web"
)

const (
	reconcileEvery = time.Minute     // so long may the token store be without what it lost
	reconcileRetry = 2 * time.Second // after a failure
)

// Deps is what a Server stands on. The first four are required.
type Deps struct {
	Tokens        token.Store
	Organisations issuer.Store
	Keyring       token.Keyring
	Access        *access.Verifier
	Telemetry     *telemetry.Telemetry // nil: off

	// Prepare makes Organisations ready for use; Run calls it until it succeeds, and requests are refused until then. nil: it is ready.
	Prepare func(context.Context) error
	// TrustedProxies are the addresses and CIDR blocks whose X-Forwarded-For is believed; it ends up in the audit. None: nobody's.
	TrustedProxies []string
}

// Server is the token service. Make it with New.
type Server struct {
	handler  http.Handler
	issuer   *issuer.Issuer
	expiry   *expiryWatch
	log      *slog.Logger
	prepare  func(context.Context) error
	prepared atomic.Bool
}

// New returns a Server that answers requests and has begun nothing else; Run does the rest. baseURL is the public SCIM base URL, which
// administrators copy into their identity provider.
func New(baseURL string, d Deps) (*Server, error) {
	if d.Tokens == nil || d.Organisations == nil || d.Access == nil {
		return nil, errors.New("tokenserver: tokens, organisations and access are required")
	}
	if err := environment.CheckBaseURL(baseURL); err != nil {
		return nil, fmt.Errorf("tokenserver: %w", err)
	}
	d.Telemetry = cmp.Or(d.Telemetry, telemetry.Off())
	s := &Server{
		issuer:  issuer.New(issuer.Deps{Store: d.Organisations, Tokens: d.Tokens, Keyring: d.Keyring, Now: time.Now}),
		log:     d.Telemetry.Logger(),
		prepare: d.Prepare,
	}
	s.expiry = &expiryWatch{expiries: issuer.NewExpiries(s.issuer), metrics: d.Telemetry.Metrics()}
	s.prepared.Store(d.Prepare == nil)
	engine := web.NewEngine(web.Config{Name: "tokens", Telemetry: d.Telemetry, WriteError: tokenhttp.WriteError})
	if err := engine.SetTrustedProxies(d.TrustedProxies); err != nil {
		return nil, fmt.Errorf("tokenserver: trusted proxies: %w", err)
	}
	engine.ForwardedByClientIP = len(d.TrustedProxies) > 0
	engine.Use(web.Handle(s.gate))
	tokenhttp.Register(engine, tokenhttp.Deps{Issuer: s.issuer, Verify: d.Access.Verify, SCIMBaseURL: baseURL})
	s.handler = web.Normalise(engine)
	return s, nil
}

// Handler answers DevRev's settings page and platform, under tokenhttp.Prefix. It is for an internal listener.
func (s *Server) Handler() http.Handler { return s.handler }

// gate keeps requests out as long as indexes may be missing: without them two organisations could get one tag.
func (s *Server) gate(*gin.Context) error {
	if s.prepared.Load() {
		return nil
	}
	return fmt.Errorf("%w: not prepared yet", issuer.ErrUnavailable)
}

// Prepared is the check that requests are let in.
func (s *Server) Prepared() web.Check {
	return web.Check{Name: "organisations", Probe: func(context.Context) error {
		if s.prepared.Load() {
			return nil
		}
		return errors.New("the organisations' store is not prepared yet")
	}}
}

// Run prepares the organisations' store and brings back what the token store may have lost, now and every minute, until ctx is done. Every
// 15 minutes it tells of tokens whose end is near.
func (s *Server) Run(ctx context.Context) {
	for {
		pause := reconcileEvery
		if err := s.reconcile(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "reconcile failed", "error", err)
			pause = reconcileRetry
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (s *Server) reconcile(ctx context.Context) error {
	if !s.prepared.Load() {
		if err := s.prepare(ctx); err != nil {
			return fmt.Errorf("prepare the organisations' store: %w", err)
		}
		s.prepared.Store(true)
	}
	if err := s.issuer.Reconcile(ctx); err != nil {
		return err
	}
	return s.expiry.look(ctx, time.Now())
}
