package overlay_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/mongostore"
	"github.com/devrev/scim/services/scim/overlay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// org is the tenant of the tests that are not the contract's.
const org = directory.Tenant("acme")

// most is more than any case writes.
const most = 100_000

// stores are the real ones that an overlay may cover.
func stores(t *testing.T) map[string]directory.Store {
	t.Helper()
	return map[string]directory.Store{"embedded": file(t), "mongodb": mongo(t)}
}

func mongo(t *testing.T) directory.Store {
	t.Helper()
	s := mongostore.New(mongotest.Database(t))
	assert.NilError(t, s.Prepare(t.Context()))
	return s
}

func file(t *testing.T) directory.Store {
	t.Helper()
	f, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	assert.NilError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f.Directory()
}

// TestItKeepsTheContract: over a store that is empty, and over one that has half of what a case
// creates. Nothing is found in the empty one, whichever it is: make test has the file alone, make
// torture MongoDB as well.
func TestItKeepsTheContract(t *testing.T) {
	t.Parallel()
	for name, below := range stores(t) {
		if name != "mongodb" || os.Getenv("TORTURE") == "1" {
			t.Run("over an empty store/"+name, func(t *testing.T) {
				t.Parallel()
				directorytest.RunStore(t, func(*testing.T) directory.Store { return overlay.New(below, most) })
			})
		}
		t.Run("over a filled store/"+name, func(t *testing.T) {
			t.Parallel()
			directorytest.RunStore(t, func(*testing.T) directory.Store { return newHalf(below) })
		})
	}
}

// TestItFindsWhatOneStoreFinds: a directory of which half is below gives the same pages as one that
// is in one store.
func TestItFindsWhatOneStoreFinds(t *testing.T) {
	t.Parallel()
	directorytest.RunOracle(t, file(t), newHalf(file(t)))
}

// half is an overlay below which every second user and group is created, where that store takes it.
type half struct {
	directory.Store

	below directory.Store
	mu    sync.Mutex
	n     int
}

func newHalf(below directory.Store) *half {
	return &half{Store: overlay.New(below, most), below: below}
}

func (h *half) turn() bool {
	h.n++
	return h.n%2 == 1
}

func (h *half) CreateUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := h.UserByName(ctx, t, u.NameKey); h.turn() && errors.Is(err, directory.ErrNotFound) {
		if h.below.CreateUser(ctx, t, u) == nil {
			return nil
		}
	}
	return h.Store.CreateUser(ctx, t, u)
}

func (h *half) CreateGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, err := h.below.KnownUsers(ctx, t, g.Members)
	if err != nil {
		return err
	}
	wanted, err := h.KnownUsers(ctx, t, g.Members)
	if err != nil {
		return err
	}
	if h.turn() && len(known) == len(wanted) && !h.named(ctx, t, g.NameKey) {
		if h.below.CreateGroup(ctx, t, g) == nil {
			return nil
		}
	}
	return h.Store.CreateGroup(ctx, t, g)
}

func (h *half) named(ctx context.Context, t directory.Tenant, key string) bool {
	groups, err := h.ListGroups(ctx, t, directory.Query{Limit: 1000})
	return err != nil || slices.ContainsFunc(groups.Items, func(g directory.Group) bool { return g.NameKey == key })
}

// TestNothingReachesTheStoreBelow: every kind of write on a filled store leaves it as it was.
func TestNothingReachesTheStoreBelow(t *testing.T) {
	t.Parallel()
	for name, below := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			must := func(err error) {
				t.Helper()
				assert.NilError(t, err)
			}
			users := make([]directory.User, 20)
			for i := range users {
				users[i] = directorytest.NewUser(fmt.Sprintf("user%d@example.com", i), "externalId", fmt.Sprint(i))
				must(below.CreateUser(t.Context(), org, users[i]))
			}
			must(below.DeleteUser(t.Context(), org, users[19]))
			groups := make([]directory.Group, 4)
			for i := range groups {
				groups[i] = directorytest.NewGroup(fmt.Sprintf("Group %d", i), users[i].ID, users[i+4].ID)
				must(below.CreateGroup(t.Context(), org, groups[i]))
			}
			before := export(t, below)

			s := overlay.New(below, most)
			must(s.CreateUser(t.Context(), org, directorytest.NewUser("new@example.com")))
			renamed := users[1].Clone()
			renamed.NameKey = "renamed@example.com"
			renamed.Document.Set("userName", "renamed@example.com")
			_, err := s.ReplaceUser(t.Context(), org, renamed)
			must(err)
			must(s.DeleteUser(t.Context(), org, users[0]))
			must(s.CreateGroup(t.Context(), org, directorytest.NewGroup("New", users[2].ID)))
			_, _, err = s.UpdateGroup(t.Context(), org, groups[1], directory.MemberDelta{Add: []directory.UserID{users[9].ID}, Remove: []directory.UserID{users[5].ID}})
			must(err)
			_, _, err = s.UpdateGroup(t.Context(), org, groups[2], directory.MemberDelta{Reset: true})
			must(err)
			must(s.DeleteGroup(t.Context(), org, directory.Group{ID: groups[3].ID}))
			must(s.Repair(t.Context()))

			if diff := cmp.Diff(before, export(t, below)); diff != "" {
				t.Errorf("the store below (-before +after):\n%s", diff)
			}
			if cmp.Equal(before, export(t, s)) {
				t.Error("the overlay does not show what was written")
			}
		})
	}
}

// TestItIsBounded: a write that would exceed the bound is refused and changes nothing.
func TestItIsBounded(t *testing.T) {
	t.Parallel()
	s := overlay.New(file(t), 4)
	users := []directory.User{directorytest.NewUser("a@example.com"), directorytest.NewUser("b@example.com")}
	for _, u := range users {
		assert.NilError(t, s.CreateUser(t.Context(), org, u))
	}
	before := export(t, s)
	full := s.CreateGroup(t.Context(), org, directorytest.NewGroup("Both", users[0].ID, users[1].ID))
	if !errors.Is(full, overlay.ErrFull) || !errors.Is(full, directory.ErrUnavailable) {
		t.Errorf("got %v", full)
	}
	if !s.Trace().Full {
		t.Error("it does not know that it was full")
	}
	if diff := cmp.Diff(before, export(t, s)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
	if err := s.CreateGroup(t.Context(), org, directorytest.NewGroup("One", users[0].ID)); err != nil {
		t.Error(err)
	}
	if err := s.DeleteUser(t.Context(), org, users[0]); !errors.Is(err, overlay.ErrFull) {
		t.Errorf("got %v", err)
	}
}

// TestItKnowsWhatItRestsOn: what was read below one by one, at the version of then, and what was
// created.
func TestItKnowsWhatItRestsOn(t *testing.T) {
	t.Parallel()
	below := file(t)
	users := []directory.User{directorytest.NewUser("a@example.com", "externalId", "1"), directorytest.NewUser("b@example.com")}
	group := directorytest.NewGroup("Group", users[0].ID)
	must := func(err error) {
		t.Helper()
		assert.NilError(t, err)
	}
	must(below.CreateUser(t.Context(), org, users[0]))
	must(below.CreateUser(t.Context(), org, users[1]))
	must(below.CreateGroup(t.Context(), org, group))
	s := overlay.New(below, most)
	if got := s.Trace(); len(got.Users)+len(got.Groups)+len(got.Created) > 0 || got.Full {
		t.Errorf("before anything happens it is %+v", got)
	}
	again, err := below.ReplaceUser(t.Context(), org, users[1])
	must(err)
	_, err = s.UserByName(t.Context(), org, users[1].NameKey)
	must(err)
	_, err = s.UsersByExternalID(t.Context(), org, "1")
	must(err)
	_, err = s.Group(t.Context(), org, group.ID, false)
	must(err)
	made := directorytest.NewUser("new@example.com")
	must(s.CreateUser(t.Context(), org, made))
	_, err = s.User(t.Context(), org, made.ID)
	must(err)
	want := overlay.Trace{
		Users:   map[directory.UserID]int64{users[0].ID: 1, users[1].ID: again.Version},
		Groups:  map[directory.GroupID]int64{group.ID: 1},
		Created: []string{string(made.ID)},
	}
	if diff := cmp.Diff(want, s.Trace()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// export returns everything that a store has of the tenant.
func export(t *testing.T, s directory.Store) any {
	t.Helper()
	users, err := s.ListUsers(t.Context(), org, directory.Query{Limit: 1000})
	assert.NilError(t, err)
	deleted, err := s.ListUsers(t.Context(), org, directory.Query{Limit: 1000, Deleted: true})
	assert.NilError(t, err)
	groups, err := s.ListGroups(t.Context(), org, directory.Query{Limit: 1000, WithMembers: true})
	assert.NilError(t, err)
	return []any{users, deleted, groups}
}
