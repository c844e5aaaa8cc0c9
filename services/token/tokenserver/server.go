// Package tokenserver puts the token service together: its API before the issuer, and the issuer's stores.
package tokenserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/access"
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

	// Prepare makes Organisations ready for use; Run calls it until it succeeds. nil: it is ready.
	Prepare func(context.Context) error
	// TrustedProxies are the addresses and CIDR blocks whose X-Forwarded-For is believed; it ends up in the audit. None: nobody's.
	TrustedProxies []string
}

// Server is the token service. Make it with New.
type Server struct {
	handler http.Handler
	issuer  *issuer.Issuer
	prepare func(context.Context) error
	log     *slog.Logger
}

// New returns a Server that answers requests and has begun nothing else; Run does the rest. baseURL is the public SCIM base URL, which
// administrators copy into their identity provider.
func New(baseURL string, d Deps) (*Server, error) {
	if d.Tokens == nil || d.Organisations == nil || d.Access == nil {
		return nil, errors.New("tokenserver: tokens, organisations and access are required")
	}
	if err := checkBaseURL(baseURL); err != nil {
		return nil, err
	}
	d.Telemetry = cmp.Or(d.Telemetry, telemetry.Off())
	s := &Server{
		issuer:  issuer.New(issuer.Deps{Store: d.Organisations, Tokens: d.Tokens, Keyring: d.Keyring, Now: time.Now}),
		prepare: d.Prepare,
		log:     d.Telemetry.Logger(),
	}
	engine := web.NewEngine(web.Config{Name: "tokens", Telemetry: d.Telemetry, WriteError: tokenhttp.WriteError})
	if err := engine.SetTrustedProxies(d.TrustedProxies); err != nil {
		return nil, fmt.Errorf("tokenserver: trusted proxies: %w", err)
	}
	engine.ForwardedByClientIP = len(d.TrustedProxies) > 0
	tokenhttp.Register(engine, tokenhttp.Deps{Issuer: s.issuer, Verify: d.Access.Verify, SCIMBaseURL: baseURL})
	s.handler = web.Normalise(engine)
	return s, nil
}

// Handler answers DevRev's settings page and platform, under tokenhttp.Prefix. It is for an internal listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Run brings back what the token store may have lost, now and every minute, until ctx is done.
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
	if s.prepare != nil {
		if err := s.prepare(ctx); err != nil {
			return fmt.Errorf("prepare the organisations' store: %w", err)
		}
		s.prepare = nil
	}
	return s.issuer.Reconcile(ctx)
}

// checkBaseURL refuses what an identity provider could not use, before an administrator gets to copy it.
func checkBaseURL(base string) error {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(base, "/") {
		return errors.New("the SCIM base URL must be an absolute http(s) URL without a slash at its end, such as https://scim.example.com/scim/v2")
	}
	return nil
}
