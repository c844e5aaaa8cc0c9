package overlay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/devrev/scim/services/scim/directory"
)

// ErrFull is why a write is refused that would exceed what the overlay may hold. It comes wrapped
// in directory.ErrUnavailable.
var ErrFull = errors.New("the overlay is full")

// Below is what the overlay asks of the store that it covers: to read, and no more.
type Below interface {
	User(ctx context.Context, t directory.Tenant, id directory.UserID) (directory.User, error)
	UserByName(ctx context.Context, t directory.Tenant, nameKey string) (directory.User, error)
	UsersByExternalID(ctx context.Context, t directory.Tenant, externalID string) ([]directory.User, error)
	ListUsers(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.User], error)
	UsersByAddress(ctx context.Context, t directory.Tenant, addresses []string, limit int) ([]directory.User, error)
	Drifting(ctx context.Context, t directory.Tenant, kind directory.Drift, after directory.UserID, limit int) ([]directory.User, error)
	CountDrifting(ctx context.Context, t directory.Tenant, kind directory.Drift, most int) (int, error)
	KnownUsers(ctx context.Context, t directory.Tenant, ids []directory.UserID) ([]directory.UserID, error)
	NamesOf(ctx context.Context, t directory.Tenant, ids []directory.UserID) (map[directory.UserID]string, error)
	DriftingGroups(ctx context.Context, t directory.Tenant, kind directory.Drift, after directory.GroupID, limit int) ([]directory.Group, error)
	Group(ctx context.Context, t directory.Tenant, id directory.GroupID, withMembers bool) (directory.Group, error)
	ListGroups(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.Group], error)
	CountMembers(ctx context.Context, t directory.Tenant, groups []directory.GroupID) (map[directory.GroupID]int, error)
	GroupsOf(ctx context.Context, t directory.Tenant, users []directory.UserID) (map[directory.UserID][]directory.GroupRef, error)
	Waiting(ctx context.Context, t directory.Tenant, q directory.WaitingQuery) ([]directory.Waiting, error)
	Awaited(ctx context.Context) ([]directory.Awaited, error)
}

// Store is a directory.Store over another one, for one rehearsal or dry run. What is below may
// change meanwhile: the overlay shows it as it is at the moment, except for what was written here.
type Store struct {
	below Below

	mu      sync.Mutex
	room    int // writes of users, groups and memberships that may still come
	tenants map[directory.Tenant]*written
	trace   Trace
}

// Trace is what happened on a Store.
type Trace struct {
	// Users and Groups are the versions of those that were read below one by one, the latest of
	// each: what was answered rests on them.
	Users   map[directory.UserID]int64
	Groups  map[directory.GroupID]int64
	Created []string // the ids of users and groups that were created, in this order
	Full    bool     // a write was refused with ErrFull
}

// Trace returns what happened up to now.
func (s *Store) Trace() Trace {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.trace
	t.Users, t.Groups, t.Created = maps.Clone(t.Users), maps.Clone(t.Groups), slices.Clone(t.Created)
	return t
}

var _ directory.Store = (*Store)(nil)

// New returns a Store that takes at most so many writes of users, groups and memberships.
func New(below Below, most int) *Store {
	return &Store{
		below: below, room: most, tenants: map[directory.Tenant]*written{},
		trace: Trace{Users: map[directory.UserID]int64{}, Groups: map[directory.GroupID]int64{}},
	}
}

// Repair finds nothing to do: a write is whole or was never there.
func (s *Store) Repair(ctx context.Context) error { return ended(ctx) }

// written is what was written of one tenant.
type written struct {
	users       map[directory.UserID]directory.User
	groups      map[directory.GroupID]*directory.Group // without members; nil: deleted here
	memberships map[directory.GroupID]roster
	waiting     map[spot]*directory.Waiting // nil: it waits below and not here
	awaited     map[directory.UserID]bool   // false: below and not here
}

// roster is in what the members of a group differ from those below: true is a member here alone,
// false one below alone.
type roster map[directory.UserID]bool

// part is one tenant's part of the store during one call, below and here.
type part struct {
	*written

	store *Store
	ctx   context.Context //nolint:containedctx // of one call, no longer than it
	t     directory.Tenant
}

// on runs call on the tenant's part. Calls run one after the other.
func (s *Store) on(ctx context.Context, t directory.Tenant, call func(part) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ended(ctx); err != nil {
		return err
	}
	w := s.tenants[t]
	if w == nil {
		w = &written{
			users: map[directory.UserID]directory.User{}, groups: map[directory.GroupID]*directory.Group{},
			memberships: map[directory.GroupID]roster{}, waiting: map[spot]*directory.Waiting{}, awaited: map[directory.UserID]bool{},
		}
		s.tenants[t] = w
	}
	return call(part{w, s, ctx, t})
}

// take makes room for n writes of users, groups or memberships. It comes before the first of them,
// so that a change is there whole or not at all.
func (in part) take(n int) error {
	if in.store.room < n {
		in.store.trace.Full = true
		return fmt.Errorf("%w: %w", directory.ErrUnavailable, ErrFull)
	}
	in.store.room -= n
	return nil
}

// ended returns what a Store answers once ctx has ended, nil before.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", directory.ErrUnavailable, err)
	}
	return nil
}
