package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/devrev/scim/services/console/session"
	"github.com/devrev/scim/services/internal/access"
)

// signOn is OpenID Connect with the issuer: the authorization code with PKCE (RFC 6749, RFC 7636).
// No refresh token is asked for: a token that has ended is renewed by way of the issuer, where only
// the person's own browser is known.
type signOn struct {
	config Config
	client *http.Client
	access *access.Verifier
	now    func() time.Time

	mu       sync.Mutex
	provider *oidc.Provider // nil: not asked yet
}

func newSignOn(c Config, d Deps) *signOn {
	return &signOn{config: c, client: d.Client, access: d.Access, now: d.Now}
}

// discover returns the issuer as its discovery document describes it, which is read once.
func (s *signOn) discover(ctx context.Context) (*oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider != nil {
		return s.provider, nil
	}
	// The provider keeps the context for its keys, so it must not end with this request.
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), s.client)
	provider, err := oidc.NewProvider(ctx, s.config.Issuer)
	if err != nil {
		return nil, unavailable("DevRev's sign-in cannot be reached. Try again in a minute.", err)
	}
	s.provider = provider
	return provider, nil
}

func (s *signOn) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: s.config.ClientID, ClientSecret: s.config.ClientSecret, Endpoint: p.Endpoint(),
		RedirectURL: s.config.URL + "/callback", Scopes: []string{oidc.ScopeOpenID},
	}
}

// begin returns where the browser goes to sign in, and the verifier that redeems the code. again
// has the person prove who they are, signed in or not.
func (s *signOn) begin(ctx context.Context, state, nonce string, again bool) (to, verifier string, err error) {
	p, err := s.discover(ctx)
	if err != nil {
		return "", "", err
	}
	verifier = oauth2.GenerateVerifier()
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce), oauth2.SetAuthURLParam("audience", s.config.Audience),
		oauth2.SetAuthURLParam("max_age", "28800"), // and so auth_time comes back (OpenID Connect Core, section 2)
	}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	return s.oauth(p).AuthCodeURL(state, options...), verifier, nil
}

// finish redeems the code, and returns the session of the person: without its times, and without
// its salt.
func (s *signOn) finish(ctx context.Context, code string, begun session.Login) (session.Session, error) {
	refused := func(cause error) (session.Session, error) {
		return session.Session{}, &refusal{
			status: http.StatusForbidden, title: "You are not signed in", detail: "DevRev's sign-in did not confirm who you are. Sign in again.", cause: cause,
		}
	}
	p, err := s.discover(ctx)
	if err != nil {
		return session.Session{}, err
	}
	ctx = oidc.ClientContext(ctx, s.client)
	tokens, err := s.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(begun.Verifier))
	if err != nil {
		if _, said := errors.AsType[*oauth2.RetrieveError](err); said {
			return refused(errors.New("the issuer refused the code")) // its words may quote the code
		}
		return session.Session{}, unavailable("DevRev's sign-in does not answer. Try again in a minute.", err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := p.VerifierContext(ctx, &oidc.Config{
		ClientID: s.config.ClientID, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.EdDSA}, Now: s.now,
	}).Verify(ctx, raw)
	if err != nil {
		return refused(err)
	}
	if id.Nonce != begun.Nonce {
		return refused(errors.New("the nonce is another one"))
	}
	var claims struct {
		Name     string `json:"name"`
		AuthTime int64  `json:"auth_time"`
	}
	if err := id.Claims(&claims); err != nil {
		return refused(err)
	}
	return s.open(ctx, tokens, claims.Name, time.Unix(claims.AuthTime, 0))
}

// open checks the access token as the services will, and what it lets its holder do here.
func (s *signOn) open(ctx context.Context, tokens *oauth2.Token, name string, proved time.Time) (session.Session, error) {
	actor, err := s.access.Verify(ctx, "Bearer "+tokens.AccessToken)
	switch {
	case errors.Is(err, access.ErrUnavailable):
		return session.Session{}, unavailable("DevRev's sign-in does not answer. Try again in a minute.", err)
	case err != nil:
		return session.Session{}, &refusal{
			status: http.StatusForbidden, title: "You are not signed in", detail: "DevRev's sign-in gave the console a token that the SCIM services do not take. Tell DevRev's support.", cause: err,
		}
	case !mayLook(actor):
		return session.Session{}, &refusal{
			status: http.StatusForbidden, title: "You need a role for this",
			detail: "Ask an administrator of your organisation for the role " + access.ScimAdmin + ", or " + access.Auditor + " to look only, and sign in again.",
		}
	}
	expires := tokens.Expiry
	if expires.IsZero() {
		expires = s.now().Add(5 * time.Minute)
	}
	return session.Session{
		AccessToken: tokens.AccessToken, Expires: expires, Subject: actor.Subject, Name: name, Org: actor.Org, Roles: actor.Roles, AuthTime: proved,
	}, nil
}

func mayLook(a access.Actor) bool {
	return a.Staff || a.Org != "" && (slices.Contains(a.Roles, access.ScimAdmin) || slices.Contains(a.Roles, access.Auditor))
}

// endSession returns where the browser ends its session with the issuer (OpenID Connect
// RP-Initiated Logout 1.0); "" if the issuer has none.
func (s *signOn) endSession(ctx context.Context) string {
	p, err := s.discover(ctx)
	if err != nil {
		return ""
	}
	var document struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := p.Claims(&document); err != nil || document.EndSession == "" {
		return ""
	}
	u, err := url.Parse(document.EndSession)
	if err != nil {
		return ""
	}
	query := u.Query()
	query.Set("client_id", s.config.ClientID)
	query.Set("post_logout_redirect_uri", s.config.URL+"/signed-out")
	u.RawQuery = query.Encode()
	return u.String()
}
