// Package erasuretest proves that an erasure.Store erases a tenant whole, and no other.
package erasuretest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/activity/activitytest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/erasure"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/history/historytest"
	"github.com/devrev/scim/services/scim/undo"
)

// Stores are what the SCIM service keeps, on one database or file.
type Stores struct {
	Directory historytest.Store
	Holds     guard.Store
	Activity  activity.Store
	Undos     undo.Store
	Tenants   erasure.Store
}

// Yes is the answer that an organisation has left.
func Yes(context.Context) (bool, error) { return true, nil }

// RunStore proves the contract of erasure.Store; each rule has tenants of its own.
func RunStore(t *testing.T, s Stores) {
	t.Helper()
	for rule, run := range map[string]func(t *testing.T, s Stores){
		"a tenant goes whole, and leaves others as they are": func(t *testing.T, s Stores) {
			gone, stays := newTenant(), newTenant()
			Fill(t, s, gone, 3)
			Fill(t, s, stays, 3)
			before := look(t, s, stays)
			Erase(t, s, gone)
			if got := look(t, s, gone); got != (seen{}) {
				t.Errorf("after the erasure there is %+v", got)
			}
			if got := look(t, s, stays); got != before {
				t.Errorf("of another tenant there is %+v, before %+v", got, before)
			}
		},
		"a tenant that was erased can be filled again": func(t *testing.T, s Stores) {
			tenant := newTenant()
			Fill(t, s, tenant, 2)
			before := look(t, s, tenant)
			Erase(t, s, tenant)
			Fill(t, s, tenant, 2)
			if got := look(t, s, tenant); got != before {
				t.Errorf("there is %+v, want %+v", got, before)
			}
		},
		"a tenant that has nothing has nothing to remove": func(t *testing.T, s Stores) {
			if n, err := s.Tenants.EraseSome(t.Context(), newTenant(), Yes); n != 0 || err != nil {
				t.Errorf("removed %d, %v", n, err)
			}
		},
		"a deleted user goes for good, and the name is free": func(t *testing.T, s Stores) {
			tenant := newTenant()
			Fill(t, s, tenant, 1)
			u, err := s.Directory.UserByName(t.Context(), tenant, "leaver@example.com")
			must(t, err)
			for range 2 { // again is no error
				must(t, s.Tenants.EraseUser(t.Context(), tenant, u.ID))
			}
			if _, err := s.Directory.User(t.Context(), tenant, u.ID); !errors.Is(err, directory.ErrNotFound) {
				t.Errorf("the user: %v", err)
			}
			if found, err := s.Directory.UsersByExternalID(t.Context(), tenant, "ext leaver@example.com"); err != nil || len(found) != 0 {
				t.Errorf("by externalId: %v, %v", found, err)
			}
			for _, id := range []guard.HeldID{guard.HeldPerson(u.ID), guard.HeldMember("group", u.ID)} {
				if _, err := s.Holds.Held(t.Context(), tenant, id); !errors.Is(err, directory.ErrNotFound) {
					t.Errorf("%s, which was held of the user: %v", id, err)
				}
			}
			if got := look(t, s, tenant); got.deleted != 0 || got.leaverIsKnown || got.items != 0 {
				t.Errorf("after the erasure there is %+v", got)
			}
			must(t, s.Directory.CatchUp(t.Context()))
			records, err := s.Directory.Records(t.Context(), tenant, history.Resource{Type: history.User, ID: string(u.ID)}, 0, 10)
			if err != nil || len(records) != 0 {
				t.Errorf("what the user was before: %v, %v", records, err)
			}
			must(t, s.Directory.CreateUser(t.Context(), tenant, directorytest.NewUser("leaver@example.com")))
		},
		"a user who is not deleted stays": func(t *testing.T, s Stores) {
			tenant := newTenant()
			Fill(t, s, tenant, 1)
			u, err := s.Directory.UserByName(t.Context(), tenant, "user0@example.com")
			must(t, err)
			if err := s.Tenants.EraseUser(t.Context(), tenant, u.ID); !errors.Is(err, directory.ErrVersionConflict) {
				t.Errorf("EraseUser: %v", err)
			}
			if err := s.Tenants.EraseUser(t.Context(), newTenant(), u.ID); err != nil {
				t.Errorf("EraseUser in another tenant: %v", err)
			}
			_, err = s.Directory.User(t.Context(), tenant, u.ID)
			must(t, err)
		},
		"what undos say of a person goes, and what they say of others stays": func(t *testing.T, s Stores) {
			tenant := newTenant()
			Fill(t, s, tenant, 1)
			leaver, err := s.Directory.UserByName(t.Context(), tenant, "leaver@example.com")
			must(t, err)
			jobs, err := s.Undos.Jobs(t.Context(), tenant, "", "", 1)
			must(t, err)
			group, other := history.Resource{Type: history.Group, ID: uuid.NewString()}, history.Resource{Type: history.User, ID: uuid.NewString()}
			with := func(ids ...directory.UserID) []undo.Item {
				named := func(id directory.UserID) string {
					if !slices.Contains(ids, id) {
						return ""
					}
					return string(id)
				}
				stays := directory.UserID(other.ID)
				return []undo.Item{
					{N: 1, Resource: group, Result: undo.Result{
						Added: slices.Concat(ids, []directory.UserID{stays}), MembersIn: 2, Removed: slices.Clone(ids), MembersOut: 1,
						Conflicts: []undo.Clash{{What: undo.Members, User: named(leaver.ID), Why: "gone"}},
					}},
					{N: 2, Resource: other, Result: undo.Result{Conflicts: []undo.Clash{{What: undo.States, Holder: named(leaver.ID), Why: "held"}}}},
				}
			}
			must(t, s.Undos.PutItems(t.Context(), tenant, jobs[0].ID, jobs[0].At, with(leaver.ID)))
			must(t, s.Tenants.EraseUser(t.Context(), tenant, leaver.ID))
			left, err := s.Undos.Items(t.Context(), tenant, jobs[0].ID, 0, 9)
			must(t, err)
			if diff := cmp.Diff(with(), left, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		},
		"entries go by their ids": func(t *testing.T, s Stores) {
			tenant := newTenant()
			goes, stays := activitytest.NewEntry(time.Now()), activitytest.NewEntry(time.Now())
			for _, e := range []activity.Entry{goes, stays} {
				must(t, s.Activity.Record(t.Context(), tenant, e, nil))
			}
			must(t, s.Tenants.EraseEntries(t.Context(), newTenant(), []string{stays.ID}))
			for range 2 {
				must(t, s.Tenants.EraseEntries(t.Context(), tenant, []string{goes.ID}))
			}
			for by, q := range map[string]activity.Query{
				"time":     {},
				"resource": {Resource: goes.Resource},
				"request":  {RequestID: goes.RequestID},
				"trace":    {TraceID: goes.TraceID},
				"kind":     {Kinds: []activity.Kind{goes.Kind}},
				"effect":   {Effects: []directory.Effect{goes.Effect}},
			} {
				q.Limit = 10
				left, err := s.Activity.List(t.Context(), tenant, q)
				if err != nil || slices.ContainsFunc(left, func(e activity.Entry) bool { return e.ID != stays.ID }) {
					t.Errorf("by %s, left are %+v, %v", by, left, err)
				}
				if by == "time" && len(left) != 1 {
					t.Errorf("left are %+v", left)
				}
			}
		},
		"nothing goes of a tenant that has not left": func(t *testing.T, s Stores) {
			tenant := newTenant()
			Fill(t, s, tenant, 1)
			before, away := look(t, s, tenant), errors.New("away")
			for _, answer := range []error{nil, away} {
				n, err := s.Tenants.EraseSome(t.Context(), tenant, func(context.Context) (bool, error) { return false, answer })
				if n != 0 || !errors.Is(err, answer) {
					t.Errorf("removed %d, %v; want 0, %v", n, err, answer)
				}
			}
			if got := look(t, s, tenant); got != before {
				t.Errorf("there is %+v, before %+v", got, before)
			}
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			run(t, s)
		})
	}
}

func newTenant() directory.Tenant { return directory.Tenant("org-" + uuid.NewString()) }

// Fill gives the tenant so many users, one more who is deleted, a group with all of them, a deleted
// group, their history and events, and activity of each kind that a store keeps.
func Fill(t *testing.T, s Stores, tenant directory.Tenant, users int) {
	t.Helper()
	var ids []directory.UserID
	var moved []activity.Moved
	create := func(name string) directory.User {
		u := directorytest.NewUser(name, "externalId", "ext "+name, "title", "Title of "+name)
		must(t, s.Directory.CreateUser(t.Context(), tenant, u))
		ids, moved = append(ids, u.ID), append(moved, activity.Moved{User: u.ID, Joined: true})
		return u
	}
	for n := range users {
		create(fmt.Sprintf("user%d@example.com", n))
	}
	leaver := create("leaver@example.com")
	must(t, s.Directory.CreateGroup(t.Context(), tenant, directorytest.NewGroup("Guides", ids...)))
	short := directorytest.NewGroup("Short-lived", ids...)
	must(t, s.Directory.CreateGroup(t.Context(), tenant, short))
	must(t, s.Directory.DeleteGroup(t.Context(), tenant, short))
	must(t, s.Directory.DeleteUser(t.Context(), tenant, leaver))
	if _, err := s.Directory.ListUsers(t.Context(), tenant, directory.Query{}); err != nil {
		t.Fatal(err)
	}
	e := activitytest.NewEntry(time.Now())
	e.Coercions = []activity.Coercion{{Coercion: scim.StringBoolean}}
	for len(moved) < 2500 { // more than one document of MongoDB holds
		moved = append(moved, activity.Moved{User: directory.UserID(uuid.NewString()), Joined: true})
	}
	must(t, s.Activity.Record(t.Context(), tenant, e, moved))
	must(t, s.Directory.CatchUp(t.Context()))
	j := undo.Job{ID: uuid.NewString(), At: directory.Now(time.Now()), State: undo.Running, Slot: "open 1", Key: "key"}
	must(t, s.Undos.Create(t.Context(), tenant, j))
	item := undo.Item{Resource: history.Resource{Type: history.User, ID: string(leaver.ID)}, Result: undo.Result{Name: leaver.UserName()}}
	must(t, s.Undos.PutItems(t.Context(), tenant, j.ID, j.At, []undo.Item{item}))
	must(t, s.Holds.PutHold(t.Context(), tenant, guard.Hold{ID: "hold", Version: 1, State: guard.HoldOpen, Opened: time.Now()}))
	for _, id := range ids {
		held := guard.Held{Hold: "hold", User: id, State: guard.Waiting, At: time.Now()}
		member := held
		member.Group = "group"
		must(t, s.Holds.Keep(t.Context(), tenant, held, member))
	}
}

// Erase calls EraseSome until nothing is left.
func Erase(t *testing.T, s Stores, tenant directory.Tenant) {
	t.Helper()
	for {
		n, err := s.Tenants.EraseSome(t.Context(), tenant, Yes)
		must(t, err)
		if n == 0 {
			return
		}
	}
}

// seen is how much of a tenant its stores show.
type seen struct {
	users, deleted, groups, entries, counts, records, events, undos, items, held int
	leaverIsKnown, hold                                                          bool
}

func look(t *testing.T, s Stores, tenant directory.Tenant) (found seen) {
	t.Helper()
	users, err := s.Directory.ListUsers(t.Context(), tenant, directory.Query{Limit: 100})
	must(t, err)
	deleted, err := s.Directory.ListUsers(t.Context(), tenant, directory.Query{Limit: 100, Deleted: true})
	must(t, err)
	groups, err := s.Directory.ListGroups(t.Context(), tenant, directory.Query{Limit: 100})
	must(t, err)
	entries, err := s.Activity.List(t.Context(), tenant, activity.Query{Limit: 100})
	must(t, err)
	counts, err := s.Activity.Counts(t.Context(), tenant)
	must(t, err)
	_, leaver := s.Directory.UserByName(t.Context(), tenant, "leaver@example.com")
	if leaver != nil && !errors.Is(leaver, directory.ErrNotFound) {
		t.Fatal(leaver)
	}
	events, err := s.Directory.Events(t.Context(), tenant, 0, 1000)
	must(t, err)
	var records []history.Record
	for _, u := range slices.Concat(users.Items, deleted.Items) {
		of, err := s.Directory.Records(t.Context(), tenant, history.Resource{Type: history.User, ID: string(u.ID)}, 0, 100)
		must(t, err)
		records = append(records, of...)
	}
	held, err := s.Holds.ListHeld(t.Context(), tenant, "hold", "", "", 100)
	must(t, err)
	_, hold := s.Holds.Hold(t.Context(), tenant)
	if hold != nil && !errors.Is(hold, directory.ErrNotFound) {
		t.Fatal(hold)
	}
	if users.Total != len(users.Items) {
		t.Errorf("the list has %d users and says %d", len(users.Items), users.Total)
	}
	jobs, err := s.Undos.Jobs(t.Context(), tenant, "", "", 100)
	must(t, err)
	var items []undo.Item
	for _, j := range jobs {
		of, err := s.Undos.Items(t.Context(), tenant, j.ID, 0, 100)
		must(t, err)
		items = append(items, of...)
	}
	return seen{
		len(users.Items), len(deleted.Items), len(groups.Items), len(entries), len(counts), len(records), len(events), len(jobs), len(items), len(held), leaver == nil, hold == nil,
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	assert.NilError(t, err)
}
