package directorytest

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/devrev/scim/services/scim/directory"
)

// moment is the nth time of a case, and its request.
func moment(n int) directory.Moment {
	return directory.Moment{At: at(n), RequestID: fmt.Sprintf("request-%d", n)}
}

func (w world) wait(g directory.GroupID, n int, values ...string) int {
	w.Helper()
	waits, err := w.Wait(w.Context(), w.tenant, g, values, moment(n))
	w.ok(err)
	return waits
}

// waiting returns what waits for the group, all groups if it is "".
func (w world) waiting(g directory.GroupID) []directory.Waiting {
	w.Helper()
	found, err := w.Waiting(w.Context(), w.tenant, directory.WaitingQuery{Group: g, Limit: 100})
	w.ok(err)
	return orNil(found)
}

func (w world) waitingValues(q directory.WaitingQuery) []string {
	w.Helper()
	found, err := w.Waiting(w.Context(), w.tenant, q)
	w.ok(err)
	var values []string
	for _, f := range found {
		values = append(values, f.Value)
	}
	return values
}

func (w world) attach(g directory.GroupID, value string, user directory.UserID) (before, after directory.Group, err error) {
	return w.Attach(w.Context(), w.tenant, directory.Group{ID: g, Modified: at(20), Cause: directory.Cause{RequestID: "attaching"}}, value, user)
}

func waitingCases() []testCase {
	return slices.Concat(waitCases(), unwaitCases(), attachCases(), leaverCases(), awaitedCases())
}

func waitCases() []testCase {
	return []testCase{
		{"Wait notes what was added, and why it waits", func(w world) {
			gone, g := w.deleted("a@example.com"), w.group("Guides")
			id := string(gone.ID)
			same(w, 2, w.wait(g.ID, 5, id, "b@example.com"))
			same(w, 1, w.wait(g.ID, 6, id))
			want := []directory.Waiting{
				{Group: g.ID, Value: id, Reason: directory.WaitsDeleted, First: moment(5), Last: moment(6), Count: 2},
				{Group: g.ID, Value: "b@example.com", Reason: directory.WaitsUnknown, First: moment(5), Last: moment(5), Count: 1},
			}
			same(w, want, w.waiting(g.ID))
			same(w, want, w.waiting(""))
		}},
		{"what waits changes nothing else of the group, and Group says that something may wait", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			before := w.readGroup(g.ID)
			w.wait(g.ID, 5, newID())
			before.Waits = true
			same(w, before, w.readGroup(g.ID))
			page, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 9, WithMembers: true})
			w.ok(err)
			same(w, [][]directory.UserID{ids(u)}, membersOf(page.Items))
			counts, err := w.CountMembers(w.Context(), w.tenant, []directory.GroupID{g.ID})
			w.ok(err)
			same(w, 1, counts[g.ID])
			_, _, err = w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "Leaders"), directory.MemberDelta{})
			w.ok(err)
			same(w, 1, len(w.waiting(g.ID)))
			same(w, true, w.readGroup(g.ID).Waits)
		}},
		{"Wait MUST return ErrNotFound for an unknown group", func(w world) {
			_, err := w.Wait(w.Context(), w.tenant, directory.GroupID(newID()), []string{"a"}, moment(1))
			w.refused(err, directory.ErrNotFound)
			same(w, nil, w.waiting(""))
		}},
		{"what is longer than a userName does not wait", func(w world) {
			g := w.group("Guides")
			fits := strings.Repeat("a", directory.MaxWaitingValue)
			same(w, 1, w.wait(g.ID, 1, fits, fits+"a"))
			same(w, []string{fits}, w.waitingValues(directory.WaitingQuery{Limit: 9}))
		}},
		{"so many may wait for a group, and those that do may be added again", func(w world) {
			g := w.group("Guides")
			values := make([]string, directory.MaxWaitingOfGroup+1)
			for i := range values {
				values[i] = fmt.Sprintf("value-%05d", i)
			}
			same(w, directory.MaxWaitingOfGroup, w.wait(g.ID, 1, values...))
			same(w, 1, w.wait(g.ID, 2, values[0], "another"))
			same(w, 1, w.wait(w.group("Leaders").ID, 2, "another"))
			ended, err := w.Unwait(w.Context(), w.tenant, g.ID, values[:2], true)
			w.ok(err)
			same(w, directory.MaxWaitingOfGroup-2, len(ended))
			same(w, 2, len(w.waiting(g.ID)))
		}},
		{"Waiting is in the order of folded values, then of groups, and goes on behind After", func(w world) {
			one, two := w.group("One"), w.group("Two")
			w.wait(one.ID, 1, "B@example.com", "a@example.com", "c")
			w.wait(two.ID, 1, "b@example.com", "C")
			all := []string{"a@example.com", "B@example.com", "b@example.com", "c", "C"}
			same(w, all, w.waitingValues(directory.WaitingQuery{Limit: 9}))
			var walked []string
			q := directory.WaitingQuery{Limit: 2}
			for range 3 {
				page, err := w.Waiting(w.Context(), w.tenant, q)
				w.ok(err)
				for _, found := range page {
					walked, q.After = append(walked, found.Value), found
				}
			}
			same(w, all, walked)
			same(w, []string{"B@example.com", "b@example.com"}, w.waitingValues(directory.WaitingQuery{Prefix: "b@", Limit: 9}))
			same(w, []string{"c", "C"}, w.waitingValues(directory.WaitingQuery{Keys: []string{"c", "d"}, Limit: 9}))
			same(w, []string{"C"}, w.waitingValues(directory.WaitingQuery{Keys: []string{"c"}, Group: two.ID, Limit: 9}))
			same(w, nil, w.waitingValues(directory.WaitingQuery{Keys: []string{}, Limit: 9}))
		}},
		{"CountWaiting counts those of all groups, and no more than most", func(w world) {
			gone, g := w.user("a@example.com"), w.group("Two")
			w.wait(w.group("One", gone.ID).ID, 1, "b@example.com", "c")
			w.wait(g.ID, 1, "c")
			w.ok(w.DeleteUser(w.Context(), w.tenant, gone))
			_, err := w.Unwait(w.Context(), w.tenant, g.ID, []string{"c"}, false)
			w.ok(err)
			for most, want := range map[int]int{2: 2, 9: 3} {
				n, err := w.CountWaiting(w.Context(), w.tenant, most)
				w.ok(err)
				same(w, want, n)
			}
			n, err := w.CountWaiting(w.Context(), w.other, 9)
			w.ok(err)
			same(w, 0, n)
		}},
		{"what waits is of its tenant alone", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides")
			w.wait(g.ID, 1, string(u.ID))
			other := w
			other.tenant = w.other
			same(w, nil, other.waiting(""))
			same(w, nil, other.waiting(g.ID))
			stranger := other.user("a@example.com")
			_, _, err := other.attach(g.ID, string(u.ID), stranger.ID)
			w.refused(err, directory.ErrNotFound)
			_, _, err = w.attach(g.ID, string(u.ID), stranger.ID)
			w.refused(err, directory.ErrNotFound)
			_, err = other.Wait(w.Context(), w.other, g.ID, []string{"x"}, moment(1))
			w.refused(err, directory.ErrNotFound)
			ended, err := other.Unwait(w.Context(), w.other, g.ID, nil, true)
			w.ok(err)
			same(w, 0, len(ended))
			same(w, 1, len(w.waiting(g.ID)))
		}},
	}
}

func unwaitCases() []testCase {
	return []testCase{
		{"Unwait ends the values, or all others, and returns what waited", func(w world) {
			g, stays := w.group("Guides"), w.group("Leaders")
			w.wait(g.ID, 1, "a", "b", "c")
			w.wait(stays.ID, 1, "a")
			ended, err := w.Unwait(w.Context(), w.tenant, g.ID, []string{"a", "x"}, false)
			w.ok(err)
			same(w, []string{"a"}, ended)
			ended, err = w.Unwait(w.Context(), w.tenant, g.ID, []string{"c", "x"}, true)
			w.ok(err)
			same(w, []string{"b"}, ended)
			same(w, []string{"c"}, w.waitingValues(directory.WaitingQuery{Group: g.ID, Limit: 9}))
			same(w, []string{"a"}, w.waitingValues(directory.WaitingQuery{Group: stays.ID, Limit: 9}))
		}},
		{"Explain gives one that waits another reason, which stays, and does nothing for one that does not", func(w world) {
			g := w.group("Guides")
			w.wait(g.ID, 1, "a", "b")
			w.ok(w.Explain(w.Context(), w.tenant, g.ID, "a", directory.WaitsAmbiguous))
			w.ok(w.Explain(w.Context(), w.other, g.ID, "b", directory.WaitsAmbiguous))
			w.ok(w.Explain(w.Context(), w.tenant, g.ID, "c", directory.WaitsAmbiguous))
			w.wait(g.ID, 2, "a")
			same(w, []directory.Waiting{
				{Group: g.ID, Value: "a", Reason: directory.WaitsAmbiguous, First: moment(1), Last: moment(2), Count: 2},
				{Group: g.ID, Value: "b", Reason: directory.WaitsUnknown, First: moment(1), Last: moment(1), Count: 1},
			}, w.waiting(g.ID))
		}},
		{"what waits again after an end starts over", func(w world) {
			g := w.group("Guides")
			w.wait(g.ID, 1, "a")
			_, err := w.Unwait(w.Context(), w.tenant, g.ID, []string{"a"}, false)
			w.ok(err)
			w.wait(g.ID, 3, "a")
			same(w, []directory.Waiting{{Group: g.ID, Value: "a", Reason: directory.WaitsUnknown, First: moment(3), Last: moment(3), Count: 1}}, w.waiting(""))
		}},
		{"Unwait of an unknown group ends nothing", func(w world) {
			ended, err := w.Unwait(w.Context(), w.tenant, directory.GroupID(newID()), []string{"a"}, false)
			w.ok(err)
			same(w, 0, len(ended))
		}},
		{"DeleteGroup ends what waits for the group", func(w world) {
			g, stays := w.group("Guides"), w.group("Leaders")
			w.wait(g.ID, 1, "a")
			w.wait(stays.ID, 1, "b")
			w.ok(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID}))
			same(w, []string{"b"}, w.waitingValues(directory.WaitingQuery{Limit: 9}))
		}},
	}
}

func attachCases() []testCase {
	return []testCase{
		{"Attach makes a member of one that waited, in one version", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides")
			w.wait(g.ID, 1, "b", "c")
			before, after, err := w.attach(g.ID, "b", u.ID)
			w.ok(err)
			same(w, g, before)
			g.Version, g.Modified = 2, at(20)
			same(w, g, after)
			g.Members, g.Waits = ids(u), true
			same(w, g, w.readGroup(g.ID))
			same(w, []string{"c"}, w.waitingValues(directory.WaitingQuery{Limit: 9}))
			_, _, err = w.attach(g.ID, "b", u.ID)
			w.refused(err, directory.ErrNotFound)
		}},
		{"Attach of a member ends the waiting and changes nothing", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			w.wait(g.ID, 1, "b")
			before, after, err := w.attach(g.ID, "b", u.ID)
			w.ok(err)
			same(w, before, after)
			same(w, 1, after.Version)
			same(w, nil, w.waiting(""))
		}},
		{"Attach MUST return ErrNotFound for a user or a group that is not there, and what waits goes on", func(w world) {
			u, gone := w.user("a@example.com"), w.deleted("b@example.com")
			g := w.group("Guides")
			w.wait(g.ID, 1, "b")
			for _, user := range []directory.UserID{gone.ID, directory.UserID(newID())} {
				_, _, err := w.attach(g.ID, "b", user)
				w.refused(err, directory.ErrNotFound)
			}
			_, _, err := w.attach(directory.GroupID(newID()), "b", u.ID)
			w.refused(err, directory.ErrNotFound)
			same(w, 1, len(w.waiting(g.ID)))
			same(w, nil, w.members(g.ID))
		}},
		{"of calls of Attach at the same time one makes the version", func(w world) {
			u, g := w.user("a@example.com"), w.group("Guides")
			w.wait(g.ID, 1, "b")
			var all sync.WaitGroup
			made := make([]int64, 8)
			for i := range made {
				all.Go(func() {
					if before, after, err := w.attach(g.ID, "b", u.ID); err == nil {
						made[i] = after.Version - before.Version
					}
				})
			}
			all.Wait()
			same(w, 2, w.readGroup(g.ID).Version)
			same(w, ids(u), w.members(g.ID))
			same(w, nil, w.waiting(""))
			var sum int64
			for _, n := range made {
				sum += n
			}
			same(w, 1, sum)
		}},
		{"an Attach that races with Unwait and a removal leaves no member behind", func(w world) {
			u := w.user("a@example.com")
			for range 8 {
				g := w.group("Guides " + newID())
				w.wait(g.ID, 1, string(u.ID))
				var all sync.WaitGroup
				all.Go(func() { _, _, _ = w.attach(g.ID, string(u.ID), u.ID) })
				all.Go(func() {
					for {
						now, err := w.Group(w.Context(), w.tenant, g.ID, false)
						if err == nil {
							_, err = w.Unwait(w.Context(), w.tenant, g.ID, []string{string(u.ID)}, false)
						}
						if err == nil {
							_, _, err = w.UpdateGroup(w.Context(), w.tenant, now, directory.MemberDelta{Remove: ids(u)})
						}
						if err == nil {
							return
						}
						if outcome(err) != outcome(directory.ErrVersionConflict) {
							w.Errorf("%s: %v", w.rule, err)
							return
						}
					}
				})
				all.Wait()
				same(w, nil, w.members(g.ID))
				same(w, nil, w.waiting(g.ID))
			}
		}},
	}
}

func leaverCases() []testCase {
	return []testCase{
		{"DeleteUser makes the memberships that it ends wait", func(w world) {
			u := w.user("a@example.com")
			one, two := w.group("One", u.ID), w.group("Two", u.ID)
			w.group("Three")
			u.Modified, u.Cause = at(7), directory.Cause{RequestID: "request-7"}
			w.ok(w.DeleteUser(w.Context(), w.tenant, u))
			left := directory.Waiting{Value: string(u.ID), Reason: directory.WaitsDeleted, First: moment(7), Last: moment(7)}
			want := []directory.Waiting{left, left}
			want[0].Group, want[1].Group = one.ID, two.ID
			same(w, want, w.waiting(""))
			same(w, nil, w.members(one.ID))
		}},
		{"DeleteUser that is to forget leaves nothing waiting", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			u.Cause = directory.Cause{Forget: true}
			w.ok(w.DeleteUser(w.Context(), w.tenant, u))
			same(w, nil, w.waiting(""))
			same(w, false, w.readGroup(g.ID).Waits)
		}},
		{"who was attached, and is deleted again, waits again", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			for range 3 {
				u = w.read(u.ID)
				w.ok(w.DeleteUser(w.Context(), w.tenant, u))
				same(w, 1, len(w.waiting(g.ID)))
				same(w, 0, w.waiting(g.ID)[0].Count)
				u = w.read(u.ID)
				u.Deleted = false
				_, err := w.ReplaceUser(w.Context(), w.tenant, u)
				w.ok(err)
				_, _, err = w.attach(g.ID, string(u.ID), u.ID)
				w.ok(err)
				same(w, ids(u), w.members(g.ID))
				same(w, nil, w.waiting(""))
			}
		}},
	}
}

func awaitedCases() []testCase {
	mine := func(w world) (ids []directory.UserID) {
		w.Helper()
		all, err := w.Awaited(w.Context())
		w.ok(err)
		for _, a := range all {
			if a.Tenant == w.tenant {
				ids = append(ids, a.ID)
			}
		}
		slices.Sort(ids)
		return ids
	}
	return []testCase{
		{"Awaited has who was stored as awaited, until Arrived", func(w world) {
			created := NewUser("a@example.com")
			created.Awaited = true
			w.ok(w.CreateUser(w.Context(), w.tenant, created))
			back := w.deleted("b@example.com")
			back.Deleted, back.Awaited = false, true
			stored, err := w.ReplaceUser(w.Context(), w.tenant, back)
			w.ok(err)
			same(w, false, stored.Awaited)
			w.user("c@example.com")
			same(w, []directory.UserID{created.ID, back.ID}, mine(w))
			_, err = w.ReplaceUser(w.Context(), w.tenant, stored)
			w.ok(err)
			same(w, []directory.UserID{created.ID, back.ID}, mine(w))
			w.ok(w.Arrived(w.Context(), w.tenant, created.ID))
			same(w, []directory.UserID{back.ID}, mine(w))
			w.ok(w.DeleteUser(w.Context(), w.tenant, w.read(back.ID)))
			same(w, nil, mine(w))
			same(w, false, w.read(created.ID).Awaited)
		}},
		{"Arrived of no one is nothing", func(w world) {
			w.ok(w.Arrived(w.Context(), w.tenant, directory.UserID(uuid.NewString())))
		}},
	}
}
