// Package scimserver puts the SCIM service together: the protocol's door and the organisation's door before one directory.
package scimserver

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/access"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/orghttp"
	"github.com/devrev/scim/services/scim/scimhttp"
	"github.com/devrev/scim/services/web"
)

// repairEvery is how often work that a crashed process left is looked for.
const repairEvery = 30 * time.Second

// Deps is what a Server stands on. All are required but Telemetry.
type Deps struct {
	Directory directory.Store
	Tokens    Tokens
	Keyring   token.Keyring
	Access    *access.Verifier
	Telemetry *telemetry.Telemetry // nil: off
}

// Tokens is what the service reads of the token store. It never writes there but when a token was used.
type Tokens interface {
	token.Lookuper
	Organisation(ctx context.Context, org string) (token.Organisation, error)
}

// Server is the SCIM service. Make it with New.
type Server struct {
	protocol, api http.Handler
	store         directory.Store
	log           *slog.Logger
}

// New returns a Server that answers requests and has begun nothing else; Run does the rest. baseURL is the public SCIM base URL that clients
// were given; every link in an answer begins with it.
func New(baseURL string, d Deps) (*Server, error) {
	if baseURL == "" || d.Directory == nil || d.Tokens == nil || d.Access == nil {
		return nil, errors.New("scimserver: base URL, directory, tokens and access are required")
	}
	if d.Telemetry == nil {
		d.Telemetry = telemetry.Off()
	}
	users := directory.NewUsers(d.Directory, nil)
	groups := directory.NewGroups(d.Directory, nil)
	organisations := organisations{d.Tokens, schema.Load(directory.Fold)}

	protocol := web.NewEngine(web.Config{Name: "scim", Telemetry: d.Telemetry, WriteError: scimhttp.WriteError, Public: true})
	scimhttp.Register(protocol, scimhttp.Deps{
		Users: users, Groups: groups,
		Verify:       token.NewVerifier(d.Tokens, d.Keyring, nil).Verify,
		Organisation: organisations.ofToken,
		BaseURL:      baseURL,
		Metrics:      d.Telemetry.Metrics(),
	})
	api := web.NewEngine(web.Config{Name: "organisation", Telemetry: d.Telemetry, WriteError: orghttp.WriteError})
	orghttp.Register(api, orghttp.Deps{
		Users: users, Groups: groups,
		Verify:       d.Access.Verify,
		Organisation: organisations.byID,
	})
	return &Server{web.Normalise(protocol), web.Normalise(api), d.Directory, d.Telemetry.Logger()}, nil
}

// Protocol answers the identity providers. It is for a public listener.
func (s *Server) Protocol() http.Handler { return s.protocol }

// API answers DevRev's platform and the organisations' admins. It is for an internal listener.
func (s *Server) API() http.Handler { return s.api }

// Run finishes what crashed processes have left, now and then, until ctx is done.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(repairEvery)
	defer tick.Stop()
	for {
		if err := s.store.Repair(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "repair failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
