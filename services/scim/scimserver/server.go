package scimserver

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/environment"
	"github.com/devrev/scim/services/internal/required"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/doctor"
	"github.com/devrev/scim/services/scim/drift"
	"github.com/devrev/scim/services/scim/erasure"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/limits"
	"github.com/devrev/scim/services/scim/orghttp"
	"github.com/devrev/scim/services/scim/scimhttp"
	"github.com/devrev/scim/services/scim/undo"
)

const (
	repairEvery = 30 * time.Second // so long may work that a crashed process left stay undone
	retryEvery  = 2 * time.Second  // after a failure
)

// Deps are the dependencies of a Server.
type Deps struct {
	Directory  directory.Store
	Activity   activity.Store
	History    history.Store // of Directory
	Holds      guard.Store   // of Directory
	Audit      audit.Book    // of the organisations, which tokend writes too
	Undos      undo.Store
	Tenants    erasure.Store      // what Directory and Activity have, to be erased
	Departures erasure.Departures // the organisations that have left
	Tokens     Tokens
	Keyring    token.Keyring
	Access     *access.Verifier
	Protection Protection           `need:"optional"` // zero: one process, without rates
	Telemetry  *telemetry.Telemetry `need:"optional"` // nil: off

	// TrustedProxies are the addresses and CIDR blocks whose X-Forwarded-For is believed. Behind a
	// proxy that is not among them all clients have one address, and a client that guesses is
	// stopped less precisely.
	TrustedProxies []string `need:"optional"`
	// Environment keeps requests out while Tokens and Directory are of two environments. nil: they
	// are in one store.
	Environment *environment.Guard `need:"optional"`
	// Capacity is what requests may hold at a time; zero: limits.Default.
	Capacity limits.Capacity `need:"optional"`

	// Together has what is changed in Directory and recorded in Activity stored at once. nil: they
	// are two stores.
	Together scimhttp.Together `need:"optional"`

	// Prepare makes Directory, Activity and Audit ready for use; Run calls it until it succeeds.
	// nil: they are ready.
	Prepare func(context.Context) error `need:"optional"`
}

// Tokens is what the service needs of the token store. It writes there only when a token was used.
type Tokens interface {
	token.Lookuper
	Organisation(ctx context.Context, org string) (token.Organisation, error)
	List(ctx context.Context, org string) ([]token.Record, error)
	RecordUsage(ctx context.Context, tag string, used map[string]token.Usage) error
}

// Server is the SCIM service. Make it with New.
type Server struct {
	protocol, api http.Handler
	users         *directory.Users
	organisations *organisations
	store         directory.Store
	history       history.Store
	activity      *activity.Log
	undo          *undo.Undo
	eraser        *erasure.Eraser
	environment   *environment.Guard
	turnedAway    *turnedAway
	guard         *guard.Watch
	usage         *token.UsageRecorder
	feed          token.Feed
	cache         *token.Cache // nil: without a feed
	metrics       *telemetry.Metrics
	log           *slog.Logger
	gate          *web.Gate // closed as long as the directory's indexes may be missing: without them nothing would be unique
}

// New returns a Server that answers requests and has begun nothing else; Run does the rest. baseURL
// is the public SCIM base URL that clients were given; every link in an answer begins with it.
func New(baseURL string, d Deps) (*Server, error) {
	if err := required.Check(d); err != nil {
		return nil, err
	}
	d.Telemetry = cmp.Or(d.Telemetry, telemetry.Off())
	users := directory.NewUsers(d.Directory, time.Now)
	groups := directory.NewGroups(d.Directory, time.Now)
	told := activity.NewLog(d.Activity, d.Keyring.Derive("scim activity names"))
	organisations, err := newOrganisations(d.Tokens)
	if err != nil {
		return nil, err
	}

	s := &Server{
		users: users, organisations: organisations,
		store: d.Directory, history: d.History, activity: told, eraser: erasure.New(d.Departures, d.Tenants), environment: d.Environment, turnedAway: newTurnedAway(d.Tokens, told), usage: token.NewUsageRecorder(d.Tokens.RecordUsage), feed: d.Protection.shared.Feed,
		metrics: d.Telemetry.Metrics(), log: d.Telemetry.Logger(), gate: web.NewGate("directory", d.Prepare),
	}
	d.Telemetry.Metrics().QueueLength("usage", s.usage.Waiting)
	d.Telemetry.Metrics().QueueLength("tally", told.Waiting)

	s.undo, err = undo.New(undo.Deps{
		Directory: d.Directory, History: d.History, Activity: told, Store: d.Undos, Now: time.Now, Organisation: organisations.byID,
	})
	if err != nil {
		return nil, err
	}
	s.guard, err = guard.New(guard.Deps{
		Counter: counterOf(d.Protection), Holds: d.Holds, Users: users, Groups: groups, Activity: told, Audit: d.Audit, Now: time.Now,
		Count: func(ctx context.Context, outcome guard.Outcome, n int) { s.metrics.Guard(ctx, string(outcome), n) },
		Tag: func(ctx context.Context, t directory.Tenant) (string, error) {
			org, err := d.Tokens.Organisation(ctx, string(t))
			return org.Tag, err
		},
		Organisation: organisations.guarded,
		Since:        organisations.since,
		Failed:       func(ctx context.Context, err error) { s.log.WarnContext(ctx, "guard", "error", err) },
	})
	if err != nil {
		return nil, err
	}

	protocol := web.NewEngine(engineOfProtocol(d.Telemetry))
	if err := web.TrustProxies(protocol, d.TrustedProxies); err != nil {
		return nil, fmt.Errorf("scimserver: %w", err)
	}
	protocol.Use(web.Handle(d.Environment.Handle), web.Handle(s.gate.Handle))
	err = scimhttp.Register(protocol, scimhttp.Deps{
		Users: users, Groups: groups, Activity: told,
		Verify:       s.verifier(d).Verify,
		Allow:        rates{d.Protection.shared.Limiter, d.Protection.rate, s.metrics}.allow,
		RecordUsage:  s.usage.Record,
		TurnedAway:   s.turnedAway.note,
		Admit:        s.guard.Admit,
		Changed:      s.guard.Note,
		Organisation: organisations.ofToken,
		BaseURL:      baseURL,
		Metrics:      d.Telemetry.Metrics(),
		CursorKey:    d.Keyring.Derive("scim cursor"),
		Capacity:     cmp.Or(d.Capacity, limits.Default()),
		Places:       d.Protection.shared.Places,
		Together:     d.Together,
	})
	if err != nil {
		return nil, err
	}
	api := web.NewEngine(engineOfAPI(d.Telemetry))
	if err := web.TrustProxies(api, d.TrustedProxies); err != nil {
		return nil, fmt.Errorf("scimserver: %w", err)
	}
	api.Use(web.Handle(d.Environment.Handle), web.Handle(s.gate.Handle))
	doctor, err := doctor.New(doctor.Deps{
		Tokens: d.Tokens, Users: users, Groups: groups, Activity: told, BaseURL: baseURL, Directory: d.Directory, Protocol: staged(baseURL), Now: time.Now,
		Guard: func(over directory.Store) (doctor.Guard, error) { return s.guard.Preview(over) },
	})
	if err != nil {
		return nil, err
	}
	err = orghttp.Register(api, orghttp.Deps{
		Users: users, Groups: groups, Activity: told, Events: history.NewFeed(d.History), Audit: d.Audit, People: erasure.People{Users: users, Activity: told, Audit: d.Audit, Store: d.Tenants},
		Doctor:       doctor,
		Guard:        s.guard,
		Undo:         s.undo,
		Drift:        drift.NewReport(users, groups, d.Holds),
		Verify:       d.Access.Verify,
		Organisation: organisations.byID,
	})
	if err != nil {
		return nil, err
	}
	s.protocol, s.api = web.Normalise(protocol), web.Normalise(api)
	return s, nil
}

// counterOf returns what counts who left: for all processes, if there are others.
func counterOf(p Protection) guard.Counter {
	if p.shared.Left != nil {
		return p.shared.Left
	}
	return guard.NewLocal()
}

func engineOfProtocol(tel *telemetry.Telemetry) web.Config {
	return web.Config{Name: "scim", Telemetry: tel, WriteError: scimhttp.WriteError, Public: true}
}

func engineOfAPI(tel *telemetry.Telemetry) web.Config {
	return web.Config{Name: "organisation", Telemetry: tel, WriteError: orghttp.WriteError}
}

// Starting returns what answers in the places of a Server's Protocol and API before there is one.
func Starting(tel *telemetry.Telemetry) (protocol, api http.Handler) {
	return web.Starting(engineOfProtocol(tel)), web.Starting(engineOfAPI(tel))
}

// Protocol answers the identity providers. It is for a public listener.
func (s *Server) Protocol() http.Handler { return s.protocol }

// API answers DevRev's platform and the organisations' admins. It is for an internal listener.
func (s *Server) API() http.Handler { return s.api }

// Prepared is the check that the directory's indexes are what the rules rest on.
func (s *Server) Prepared() web.Check { return s.gate.Check() }

// Run prepares the directory and then, now and then until ctx is done, finishes what crashed
// processes have left, stores what was counted and removes activity that is too old. All the while
// it writes down which tokens are used, and hears which are revoked. So end it when there are no
// requests any more: one that came later would be let in by what was heard before, and its use
// would be lost. The uses are written last.
func (s *Server) Run(ctx context.Context) {
	var uses, background sync.WaitGroup
	using, endUses := context.WithCancel(context.WithoutCancel(ctx))
	defer uses.Wait()
	defer endUses()
	defer background.Wait()
	uses.Go(func() {
		s.usage.Run(using, func(err error) { s.log.WarnContext(ctx, "token usage not written; will retry", "error", err) })
	})
	background.Go(func() {
		s.turnedAway.run(ctx, func(err error) { s.log.WarnContext(ctx, "refused token not recorded in the activity", "error", err) })
	})
	background.Go(func() { s.erase(ctx) })
	background.Go(func() { s.takeBack(ctx) })
	background.Go(func() {
		s.history.Relay(ctx, func(err error) { s.log.WarnContext(ctx, "events not told; will retry", "error", err) })
	})
	background.Go(func() { s.decide(ctx) })
	background.Go(func() {
		s.guard.Run(ctx, func(err error) { s.log.WarnContext(ctx, "mass changes are not noticed", "error", err) })
	})
	if s.cache != nil {
		background.Go(func() { s.cache.Run(ctx, s.feed, func(err error) { s.lost(ctx, err) }) })
	}
	for {
		pause := repairEvery
		if err := s.Tend(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "directory maintenance failed", "error", err)
			pause = retryEvery
		}
		select {
		case <-ctx.Done():
			s.leave(ctx)
			return
		case <-time.After(pause):
		}
	}
}

// Tend does once what Run does now and then: it opens the service once the directory is prepared,
// finishes and tells what crashed processes have left, stores what was counted and removes what is
// old.
func (s *Server) Tend(ctx context.Context) error {
	if err := s.gate.Open(ctx); err != nil {
		return err
	}
	return errors.Join(s.store.Repair(ctx), s.attachAwaited(ctx), s.history.CatchUp(ctx), s.activity.Flush(ctx), s.activity.Prune(ctx, time.Now()), s.history.Prune(ctx, time.Now()), s.undo.Store.Prune(ctx, time.Now()))
}

// attachAwaited makes users members of the groups where that waited, if a process died between
// their coming and that.
func (s *Server) attachAwaited(ctx context.Context) error {
	awaited, err := s.users.Awaited(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range awaited {
		org, err := s.organisations.byID(ctx, string(a.Tenant))
		if e, ok := errors.AsType[*scim.Error](err); ok && e.Status == http.StatusNotFound {
			continue // its data are to be erased
		}
		if err == nil {
			// No request does this, and the id leads from its events to its entries.
			by := activity.Request{RequestID: rand.Text(), By: activity.VoiceService, Method: http.MethodPatch}
			made := &directory.Change{Cause: by.Cause()}
			err = s.users.Attach(ctx, org, a.ID, made)
			err = errors.Join(err, s.activity.RecordGroups(ctx, org, by, made))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// decide carries out, until ctx is done, what was decided about what the guard holds, and decides
// what nobody has decided in time.
func (s *Server) decide(ctx context.Context) {
	for {
		pause := repairEvery
		if !s.gate.IsOpen() || !s.environment.IsOpen() {
			pause = retryEvery
		} else if err := s.guard.Tend(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "what was decided about held changes is not carried out; will retry", "error", err)
			pause = retryEvery
		}
		select {
		case <-ctx.Done():
			return
		case <-s.guard.Decided():
		case <-time.After(pause):
		}
	}
}

// erase removes, until ctx is done, what is here of organisations that have left. It takes its
// time, and keeps nothing else waiting.
func (s *Server) erase(ctx context.Context) {
	for {
		pause := repairEvery
		switch removed, err := s.eraseSome(ctx); {
		case errors.Is(err, errClosed):
			pause = retryEvery
		case err != nil && ctx.Err() == nil:
			s.log.ErrorContext(ctx, "erasure failed; will retry", "error", err)
		case removed > 0:
			s.log.InfoContext(ctx, "organisations that have left are erased", "removed", removed)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// takeBack runs undos until ctx is done, once the stores are ready.
func (s *Server) takeBack(ctx context.Context) {
	for !s.gate.IsOpen() || !s.environment.IsOpen() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryEvery):
		}
	}
	s.undo.Run(ctx, func(err error) { s.log.ErrorContext(ctx, "undo interrupted; will go on", "error", err) })
}

// errClosed: the stores are not ready, or belong to two environments.
var errClosed = errors.New("requests are not let in")

func (s *Server) eraseSome(ctx context.Context) (removed int, err error) {
	if !s.gate.IsOpen() || !s.environment.IsOpen() {
		return 0, errClosed
	}
	return s.eraser.Round(ctx)
}

// leave stores what was counted up to now, if that can be done at once.
func (s *Server) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := s.activity.Flush(ctx); err != nil {
		s.log.ErrorContext(ctx, "counts of coercions are lost", "error", err)
	}
}
