package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
)

func openFile(t *testing.T) *embedded.File {
	t.Helper()
	f, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	assert.NilError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func entryOf(u directory.User) activity.Entry {
	return activity.Entry{
		ID: uuid.Must(uuid.NewV7()).String(), At: u.Created, Kind: activity.KindChange, Effect: directory.EffectCreated,
		Request: activity.Request{Resource: activity.Resource{Type: "User", ID: string(u.ID)}},
	}
}

// A change and what is made of it can be one unit, of which many are under way; some fail and some
// do not belong to any.
func TestUnitsAreWholeBesideChangesThatFail(t *testing.T) {
	t.Parallel()
	f := openFile(t)
	const callers, rounds = 16, 20
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			for round := range rounds {
				u := directorytest.NewUser(fmt.Sprintf("user%d.%d@example.com", caller, round))
				ctx, complete := f.Together(t.Context())
				if caller%4 == 0 {
					ctx, complete = t.Context(), func() error { return nil }
				}
				if err := f.Directory().CreateUser(ctx, tenant, u); err != nil {
					t.Error(err)
				}
				if err := f.Directory().CreateUser(t.Context(), tenant, directorytest.NewUser(u.UserName())); !isDuplicate(err) {
					t.Errorf("a second user of one name: %v, want a duplicate", err)
				}
				if err := errors.Join(f.Activity().Record(ctx, tenant, entryOf(u), nil), complete()); err != nil {
					t.Error(err)
				}
				if _, err := f.Directory().User(t.Context(), tenant, u.ID); err != nil {
					t.Errorf("a user who is complete: %v", err)
				}
			}
		})
	}
	all.Wait()
	page, err := f.Directory().ListUsers(t.Context(), tenant, directory.Query{})
	if err != nil || page.Total != callers*rounds {
		t.Errorf("there are %d users (%v), want %d", page.Total, err, callers*rounds)
	}
	entries, err := f.Activity().List(t.Context(), tenant, activity.Query{Limit: 10 * callers * rounds})
	if err != nil || len(entries) != callers*rounds {
		t.Errorf("there are %d entries (%v), want %d", len(entries), err, callers*rounds)
	}
}

// A change that is done again, since one beside it failed, is done as it was: what its caller has
// got may be in use, and may have been changed.
func TestWhatIsDoneAgainIsTheSame(t *testing.T) {
	t.Parallel()
	f := openFile(t)
	d, at := f.Directory(), time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	u, cause := directorytest.NewUser("a@example.com"), directory.Cause{RequestID: "the request"}
	g := directorytest.NewGroup("Staff", u.ID)
	assert.NilError(t, errors.Join(
		d.CreateUser(t.Context(), tenant, u), d.CreateGroup(t.Context(), tenant, g),
		d.Keep(t.Context(), tenant, guard.Held{Hold: "h", User: u.ID, State: guard.Waiting, At: at})))

	ctx, complete := f.Together(t.Context())
	u.Cause, u.Was = cause, u.State
	u.State = directory.StateDeactivated
	stored, err := d.ReplaceUser(ctx, tenant, u)
	assert.NilError(t, err)
	g.Cause = cause
	_, change, err := d.UpdateGroup(ctx, tenant, g, directory.MemberDelta{Remove: []directory.UserID{u.ID}})
	assert.NilError(t, err)
	settled, err := d.Settle(ctx, tenant, "h", []guard.HeldID{guard.HeldPerson(u.ID)}, guard.HeldRejected, at)
	assert.NilError(t, err)
	if err := d.CreateUser(t.Context(), tenant, directorytest.NewUser("a@example.com")); !isDuplicate(err) {
		t.Fatalf("got %v, want a duplicate", err)
	}
	assert.NilError(t, complete())

	if len(change.Removed) != 1 || settled != 1 || stored.Cause != (directory.Cause{}) {
		t.Errorf("got %+v, settled: %d, and the user with the cause %+v", change, settled, stored.Cause)
	}
	events, err := d.Events(t.Context(), tenant, 3, 9) // after those of what is made above
	assert.NilError(t, err)
	if len(events) != 2 {
		t.Fatalf("there are %d events, want 2: %+v", len(events), events)
	}
	for _, e := range events {
		if e.Cause.RequestID != cause.RequestID {
			t.Errorf("the event %s is of request %q", e.Type, e.Cause.RequestID)
		}
	}
	want := history.Transition{Before: directory.StateShadow, After: directory.StateDeactivated}
	if events[0].Change.State != want {
		t.Errorf("the state changed as %+v, want %+v", events[0].Change.State, want)
	}
}

func isDuplicate(err error) bool {
	_, ok := errors.AsType[*directory.Duplicate](err)
	return ok
}

func TestAUnitReadsWhatItWrote(t *testing.T) {
	t.Parallel()
	f := openFile(t)
	ctx, complete := f.Together(t.Context())
	u := directorytest.NewUser("a@example.com")
	assert.NilError(t, f.Directory().CreateUser(ctx, tenant, u))
	if _, err := f.Directory().User(ctx, tenant, u.ID); err != nil {
		t.Errorf("read before the unit is complete: %v", err)
	}
	if err := errors.Join(f.Activity().Record(ctx, tenant, entryOf(u), nil), complete(), complete()); err != nil {
		t.Error(err)
	}
}

// A unit whose request ended in the middle keeps no one waiting.
func TestAUnitThatIsLeftIsStored(t *testing.T) {
	t.Parallel()
	f := openFile(t)
	ctx, _ := f.Together(t.Context())
	left, next := directorytest.NewUser("left@example.com"), directorytest.NewUser("next@example.com")
	assert.NilError(t, errors.Join(f.Directory().CreateUser(ctx, tenant, left), f.Directory().CreateUser(t.Context(), tenant, next)))
	for _, u := range []directory.User{left, next} {
		if _, err := f.Directory().User(t.Context(), tenant, u.ID); err != nil {
			t.Errorf("%s: %v", u.UserName(), err)
		}
	}
}

// What is in an open transaction when the file is closed is on the disk.
func TestCloseKeepsWhatAUnitHas(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "scim.db")
	f, err := embedded.Open(path)
	assert.NilError(t, err)
	ctx, complete := f.Together(t.Context())
	u := directorytest.NewUser("a@example.com")
	assert.NilError(t, errors.Join(f.Directory().CreateUser(ctx, tenant, u), f.Close(), complete()))
	again, err := embedded.Open(path)
	assert.NilError(t, err)
	defer func() { _ = again.Close() }()
	if _, err := again.Directory().User(t.Context(), tenant, u.ID); err != nil {
		t.Error(err)
	}
}

// A change after one that was lost does not take place.
func TestNothingFollowsAChangeThatWasLost(t *testing.T) {
	t.Parallel()
	f := openFile(t)
	ctx, cancel := context.WithCancel(t.Context())
	ctx, complete := f.Together(ctx)
	u := directorytest.NewUser("a@example.com")
	assert.NilError(t, f.Directory().CreateUser(ctx, tenant, u))
	embedded.LoseOpenTransaction(f)
	if err := f.Activity().Record(context.WithoutCancel(ctx), tenant, entryOf(u), nil); !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("the entry of a lost change: %v, want %v", err, directory.ErrUnavailable)
	}
	if err := complete(); !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("complete: %v, want %v", err, directory.ErrUnavailable)
	}
	cancel()
	entries, err := f.Activity().List(t.Context(), tenant, activity.Query{Limit: 10})
	if err != nil || len(entries) != 0 {
		t.Errorf("there are %d entries (%v), want none", len(entries), err)
	}
	if _, err := f.Directory().User(t.Context(), tenant, u.ID); !errors.Is(err, directory.ErrNotFound) {
		t.Errorf("the user: %v, want %v", err, directory.ErrNotFound)
	}
}
