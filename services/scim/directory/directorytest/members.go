package directorytest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/devrev/scim/services/scim/directory"
)

// memberCases prove what UpdateGroup makes of a delta. In each of them a group of users 0 and 1 is
// changed; users 2 and 3 are there.
func memberCases() []testCase {
	type row struct {
		rule                             string
		reset                            bool
		add, remove, after, began, ended []int
	}
	rows := []row{
		{"Add enters the set", false, []int{2, 3}, nil, []int{0, 1, 2, 3}, []int{2, 3}, nil},
		{"Remove leaves the set", false, nil, []int{0}, []int{1}, nil, []int{0}},
		{"Add and Remove apply together", false, []int{2}, []int{1}, []int{0, 2}, []int{2}, []int{1}},
		{"adding a present member changes nothing", false, []int{1, 2}, nil, []int{0, 1, 2}, []int{2}, nil},
		{"removing an absent member changes nothing", false, nil, []int{3, 1}, []int{0}, nil, []int{1}},
		{"Reset empties the set", true, nil, nil, nil, nil, []int{0, 1}},
		{"Reset and Add make the set what Add says", true, []int{1, 2}, nil, []int{1, 2}, []int{2}, []int{0}},
		{"Reset makes Remove idle", true, []int{2}, []int{0, 3}, []int{2}, []int{2}, []int{0, 1}},
	}
	var suite []testCase
	for _, r := range rows {
		suite = append(suite, testCase{"UpdateGroup: " + r.rule, func(w world) {
			users := w.users(4)
			g := w.group("Guides", users[0], users[1])
			g.Modified = at(9)
			d := directory.MemberDelta{Reset: r.reset, Add: pick(users, r.add), Remove: pick(users, r.remove)}
			got, change, err := w.UpdateGroup(w.Context(), w.tenant, g, d)
			w.ok(err)
			g.Version = 2
			same(w, g, got)
			same(w, directory.MembershipChange{Added: pick(users, r.began), Removed: pick(users, r.ended)}, inOrder(change))
			g.Members = pick(users, r.after)
			same(w, g, w.readGroup(g.ID))
			for i, u := range users {
				same(w, slices.Contains(r.after, i), len(w.groupsOf(u)) == 1)
			}
		}})
	}
	return append(suite, []testCase{
		{"UpdateGroup changes document and members in one version", func(w world) {
			users := w.users(1)
			g := renamedGroup(w.group("Guides"), "Leaders")
			got, _, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Add: users})
			w.ok(err)
			same(w, 2, got.Version)
			g.Version, g.Members = 2, users
			same(w, g, w.readGroup(g.ID))
		}},
		{"UpdateGroup does not read g.Members", func(w world) {
			users := w.users(3)
			g := w.group("Guides", users[0])
			g.Members = users[1:2]
			got, _, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Add: users[2:]})
			w.ok(err)
			same(w, nil, got.Members)
			same(w, pick(users, []int{0, 2}), w.members(g.ID))
		}},
		{"a deleted user does not become a member", func(w world) {
			gone, stays := w.deleted("a@example.com"), w.user("b@example.com")
			g := w.group("Guides")
			got, change, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Add: ids(gone)})
			w.ok(err)
			same(w, directory.MembershipChange{}, change)
			same(w, g, got)
			_, change, err = w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Add: ids(gone, stays)})
			w.ok(err)
			same(w, directory.MembershipChange{Added: ids(stays)}, change)
			same(w, ids(stays), w.members(g.ID))
			same(w, nil, w.groupsOf(gone.ID))
		}},
		{"a member can leave and come again, any number of times", func(w world) {
			users := w.users(2)
			g := w.group("Guides", users[1])
			for range 4 {
				for _, step := range []struct {
					delta directory.MemberDelta
					after []directory.UserID
				}{
					{directory.MemberDelta{Add: users[:1]}, users},
					{directory.MemberDelta{Remove: users[:1]}, users[1:]},
					{directory.MemberDelta{Reset: true}, nil},
					{directory.MemberDelta{Add: users[1:]}, users[1:]},
				} {
					before := g.Version
					var err error
					g, _, err = w.UpdateGroup(w.Context(), w.tenant, g, step.delta)
					w.ok(err)
					same(w, before+1, g.Version)
					same(w, step.after, w.members(g.ID))
				}
			}
		}},
		{"large deltas apply whole", func(w world) {
			users := w.users(1200)
			g := w.group("Guides", users[:400]...)
			same(w, users[:400], w.members(g.ID))
			g, change, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Add: users[200:], Remove: users[:100]})
			w.ok(err)
			same(w, directory.MembershipChange{Added: users[400:], Removed: users[:100]}, inOrder(change))
			same(w, users[100:], w.members(g.ID))
			known, err := w.KnownUsers(w.Context(), w.tenant, users)
			w.ok(err)
			same(w, len(users), len(known))
			names, err := w.NamesOf(w.Context(), w.tenant, users)
			w.ok(err)
			same(w, len(users), len(names))
			same(w, "user1199@example.com", names[users[1199]])
			groups, err := w.GroupsOf(w.Context(), w.tenant, users)
			w.ok(err)
			same(w, 1100, len(groups))
			_, change, err = w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Reset: true})
			w.ok(err)
			same(w, directory.MembershipChange{Removed: users[100:]}, inOrder(change))
			same(w, nil, w.members(g.ID))
		}},
	}...)
}

// users creates n users, some at a time, and returns their ids in ascending order.
func (w world) users(n int) []directory.UserID {
	w.Helper()
	users := make([]directory.User, n)
	for i := range users {
		users[i] = NewUser(fmt.Sprintf("user%d@example.com", i))
	}
	errs := make([]error, n)
	var workers sync.WaitGroup
	const writers = 8
	for first := range writers {
		workers.Go(func() {
			for i := first; i < n; i += writers {
				errs[i] = w.CreateUser(w.Context(), w.tenant, users[i])
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		w.ok(err)
	}
	return ids(users...)
}

// inOrder returns c with its users in ascending order.
func inOrder(c directory.MembershipChange) directory.MembershipChange {
	return directory.MembershipChange{Added: slices.Sorted(slices.Values(c.Added)), Removed: slices.Sorted(slices.Values(c.Removed))}
}

// pick returns the ids at the given places; nil for none.
func pick(ids []directory.UserID, places []int) []directory.UserID {
	var picked []directory.UserID
	for _, i := range places {
		picked = append(picked, ids[i])
	}
	return picked
}
