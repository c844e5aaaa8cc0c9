// Package historytest proves that a history.Store keeps its contract.
package historytest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/history"
)

// Store is a directory and its history.
type Store interface {
	directory.Store
	history.Store
}

// testCase proves one rule of the contract on a Store.
type testCase struct {
	rule string
	run  func(w world)
}

// RunStore runs every case of the contract as a parallel subtest named after its rule. newStore may
// return a new Store or always the same: each case has tenants of its own.
func RunStore(t *testing.T, newStore func(t *testing.T) Store) {
	t.Helper()
	for _, c := range slices.Concat(userCases(), groupCases(), feedCases(), raceCases(), changeCases()) {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			c.run(world{t, newStore(t), directory.Tenant("org-" + uuid.NewString())})
		})
	}
}

// world is what a case plays in: a Store, and a tenant of which no one else knows.
type world struct {
	*testing.T
	Store
	tenant directory.Tenant
}

func (w world) ok(err error) {
	w.Helper()
	assert.NilError(w, err)
}

func same[T any](w world, want, got T) {
	w.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("-want +got:\n%s", diff)
	}
}

// at is the given number of minutes after one fixed beginning.
func at(minutes int) time.Time {
	return time.Date(2026, time.March, 2, 9, 0, 0, 123e6, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// cause is that of the nth request of a case.
func cause(n int) directory.Cause {
	return directory.Cause{
		RequestID: fmt.Sprintf("request %d", n), TraceID: "trace", TokenID: "token", Client: "okta", By: "administrator", Actor: "ann",
	}
}

// told is cause as events have it.
func told(n int) history.Cause {
	return history.Cause{
		RequestID: fmt.Sprintf("request %d", n), TraceID: "trace", TokenID: "token", Client: "okta", By: "administrator", Actor: "ann",
	}
}

// user creates a user by request 1.
func (w world) user(userName string, pairs ...any) directory.User {
	w.Helper()
	u := directorytest.NewUser(userName, pairs...)
	u.Cause = cause(1)
	w.ok(w.CreateUser(w.Context(), w.tenant, u))
	u.Cause = directory.Cause{}
	return u
}

// users creates so many.
func (w world) users(n int) (ids []directory.UserID) {
	w.Helper()
	for i := range n {
		ids = append(ids, w.user(fmt.Sprintf("user%d@example.com", i)).ID)
	}
	return ids
}

// group creates a group by request 1.
func (w world) group(name string, members ...directory.UserID) directory.Group {
	w.Helper()
	g := directorytest.NewGroup(name, members...)
	g.Cause = cause(1)
	w.ok(w.CreateGroup(w.Context(), w.tenant, g))
	g.Cause, g.Members = directory.Cause{}, nil
	return g
}

// replace stores u by the nth request.
func (w world) replace(n int, u directory.User) directory.User {
	w.Helper()
	u.Cause, u.Modified = cause(n), at(n)
	u, err := w.ReplaceUser(w.Context(), w.tenant, u)
	w.ok(err)
	return u
}

// remove deletes u by the nth request.
func (w world) remove(n int, u directory.User) {
	w.Helper()
	u.Cause, u.Modified, u.State = cause(n), at(n), directory.StateDeactivated
	w.ok(w.DeleteUser(w.Context(), w.tenant, u))
}

// update stores g by the nth request.
func (w world) update(n int, g directory.Group, d directory.MemberDelta) directory.Group {
	w.Helper()
	g.Cause, g.Modified = cause(n), at(n)
	g, _, err := w.UpdateGroup(w.Context(), w.tenant, g, d)
	w.ok(err)
	return g
}

// events returns all events once everything is told, which must be without a gap. It has another
// process tell everything twice.
func (w world) events() []history.Event {
	w.Helper()
	w.ok(w.CatchUp(w.Context()))
	w.ok(w.CatchUp(w.Context()))
	events, err := w.Events(w.Context(), w.tenant, 0, 100_000)
	w.ok(err)
	last, err := w.LastSeq(w.Context(), w.tenant)
	w.ok(err)
	same(w, int64(len(events)), last)
	ids := map[string]bool{}
	for i, e := range events {
		same(w, int64(i+1), e.Seq)
		if ids[e.ID] {
			w.Fatalf("two events have the id %s", e.ID)
		}
		ids[e.ID] = true
	}
	return events
}

// about returns the events of one resource.
func (w world) about(id string) (events []history.Event) {
	w.Helper()
	for _, e := range w.events() {
		if e.Resource.ID == id {
			events = append(events, e)
		}
	}
	return events
}

// line is what most cases compare of an event.
type line struct {
	Type    history.Type
	Version int64
	Cause   string
}

// lines returns those of one resource.
func (w world) lines(id string) (lines []line) {
	w.Helper()
	for _, e := range w.about(id) {
		lines = append(lines, line{e.Type, e.Version, e.Cause.RequestID})
	}
	return lines
}

// records returns the records of a resource, latest first.
func (w world) records(kind, id string) []history.Record {
	w.Helper()
	w.ok(w.CatchUp(w.Context()))
	records, err := w.Records(w.Context(), w.tenant, history.Resource{Type: kind, ID: id}, 0, 100)
	w.ok(err)
	return records
}
