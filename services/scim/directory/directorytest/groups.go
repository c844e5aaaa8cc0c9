package directorytest

import (
	"errors"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

func createGroupCases() []testCase {
	return []testCase{
		{"CreateGroup stores g as given, with its members", func(w world) {
			a, b := w.user("a@example.com"), w.user("b@example.com")
			g := NewGroup("Tour Guides ßé.%$")
			g.Document.Set("externalId", "00g-7")
			g.Members = ids(b, a)
			g.Created, g.Modified = at(1), at(2)
			w.ok(w.CreateGroup(w.Context(), w.tenant, g))
			g.Members = ids(a, b)
			same(w, g, w.readGroup(g.ID))
		}},
		{"Group has no Members unless they are asked for", func(w world) {
			g := w.group("Guides", w.user("a@example.com").ID)
			got, err := w.Group(w.Context(), w.tenant, g.ID, false)
			w.ok(err)
			same(w, g, got)
		}},
		{"Group MUST return ErrNotFound for an unknown id", func(w world) {
			for _, id := range []directory.GroupID{directory.GroupID(newID()), "7", "\x00"} {
				_, err := w.Group(w.Context(), w.tenant, id, true)
				w.refused(err, directory.ErrNotFound)
			}
		}},
		{"CreateGroup MUST return Duplicate displayName for a NameKey that a group of the tenant has", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides")
			again := NewGroup("GUIDES", u.ID)
			w.refused(w.CreateGroup(w.Context(), w.tenant, again), duplicate("displayName"))
			same(w, g, w.readGroup(g.ID))
			same(w, nil, w.groupsOf(u.ID))
			_, err := w.Group(w.Context(), w.tenant, again.ID, false)
			w.refused(err, directory.ErrNotFound)
		}},
		{"a deleted group comes back under its id, at the version behind its end", func(w world) {
			a, b := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides", a.ID)
			w.ok(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID}))
			g.Version, g.Members = g.Version+2, ids(a, b)
			for { // until it has gone completely
				err := w.CreateGroup(w.Context(), w.tenant, g)
				if err == nil {
					break
				}
				w.refused(err, directory.ErrVersionConflict)
			}
			same(w, g, w.readGroup(g.ID))
			same(w, []directory.GroupRef{{ID: g.ID, DisplayName: "Guides"}}, w.groupsOf(a.ID))
			w.ok(w.Repair(w.Context()))
			same(w, g, w.readGroup(g.ID))
			w.refused(w.CreateGroup(w.Context(), w.tenant, g), directory.ErrVersionConflict)
		}},
		{"one whose name another group has meanwhile MUST be Duplicate displayName", func(w world) {
			g := w.group("Guides")
			w.ok(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID}))
			w.group("guides")
			g.Version += 2
			for {
				err := w.CreateGroup(w.Context(), w.tenant, g)
				if !errors.Is(err, directory.ErrVersionConflict) {
					w.refused(err, duplicate("displayName"))
					return
				}
			}
		}},
		{"users and groups do not share names", func(w world) {
			w.user("a@example.com")
			w.group("a@example.com")
		}},
		{"a deleted user does not become a member of a new group", func(w world) {
			stays, gone := w.user("a@example.com"), w.deleted("b@example.com")
			g := w.group("Guides", stays.ID, gone.ID)
			same(w, ids(stays), w.members(g.ID))
			same(w, nil, w.groupsOf(gone.ID))
		}},
	}
}

func privilegedCases() []testCase {
	return []testCase{
		{"SetPrivileged stores Privileged and no more, and takes it back", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			for _, is := range []bool{true, true, false} {
				marked := renamedGroup(g, "Leaders")
				marked.Privileged = is
				w.ok(w.SetPrivileged(w.Context(), w.tenant, marked))
				want := g.Clone()
				want.Privileged, want.Members = is, ids(u)
				same(w, want, w.readGroup(g.ID))
				same(w, []directory.GroupRef{{ID: g.ID, DisplayName: "Guides", Privileged: is}}, w.groupsOf(u.ID))
				for _, q := range []directory.Query{{Limit: 5}, {Limit: 5, Browse: 10}} {
					page, err := w.ListGroups(w.Context(), w.tenant, q)
					w.ok(err)
					want.Members = nil
					same(w, []directory.Group{want}, page.Items)
				}
			}
		}},
		{"SetPrivileged MUST return ErrVersionConflict for another version, and ErrNotFound for an unknown id", func(w world) {
			g := w.group("Guides")
			stale := g
			stale.Version, stale.Privileged = 2, true
			w.refused(w.SetPrivileged(w.Context(), w.tenant, stale), directory.ErrVersionConflict)
			same(w, g, w.readGroup(g.ID))
			w.refused(w.SetPrivileged(w.Context(), w.tenant, NewGroup("Leaders")), directory.ErrNotFound)
			w.refused(w.SetPrivileged(w.Context(), w.other, g), directory.ErrNotFound)
		}},
		{"a privileged group stays so, whoever changes what else of it", func(w world) {
			u, v := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides", u.ID)
			g.Privileged, g.Members = true, nil
			w.ok(w.SetPrivileged(w.Context(), w.tenant, g))
			later := renamedGroup(g, "Leaders")
			later.Privileged = false // no method but SetPrivileged reads it
			got, _, err := w.UpdateGroup(w.Context(), w.tenant, later, directory.MemberDelta{Add: ids(v)})
			w.ok(err)
			later.Version, later.Privileged = 2, true
			same(w, later, got)
			w.ok(w.DeleteUser(w.Context(), w.tenant, u))
			later.Version, later.Modified, later.Members, later.Waits = 3, u.Modified, ids(v), true
			same(w, later, w.readGroup(g.ID))
		}},
		{"a new group is not privileged, nor is one that comes back", func(w world) {
			g := NewGroup("Guides")
			g.Privileged = true
			w.ok(w.CreateGroup(w.Context(), w.tenant, g))
			g.Privileged = false
			same(w, g, w.readGroup(g.ID))
		}},
	}
}

func updateGroupCases() []testCase {
	return []testCase{
		{"UpdateGroup stores the document and returns it with Version+1", func(w world) {
			g := w.group("Guides")
			g = renamedGroup(g, "Leaders")
			g.Document.Set("externalId", "7")
			got, change, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{})
			w.ok(err)
			g.Version = 2
			same(w, g, got)
			same(w, directory.MembershipChange{}, change)
			same(w, g, w.readGroup(g.ID))
		}},
		{"UpdateGroup keeps the members it is not told of", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			_, _, err := w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "Leaders"), directory.MemberDelta{})
			w.ok(err)
			same(w, ids(u), w.members(g.ID))
		}},
		{"UpdateGroup that changes nothing returns the stored group as it is", func(w world) {
			u, absent := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides", u.ID)
			for _, d := range []directory.MemberDelta{
				{},
				{Add: ids(u)},
				{Remove: ids(absent)},
				{Reset: true, Add: ids(u)},
				{Add: ids(u), Remove: ids(absent)},
			} {
				later := g.Clone()
				later.Modified = at(50)
				got, change, err := w.UpdateGroup(w.Context(), w.tenant, later, d)
				w.ok(err)
				same(w, g, got)
				same(w, directory.MembershipChange{}, change)
				stored := w.readGroup(g.ID)
				same(w, ids(u), stored.Members)
				stored.Members = nil
				same(w, g, stored)
			}
		}},
		{"UpdateGroup MUST return ErrVersionConflict and then change neither document nor members", func(w world) {
			u, v := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides", u.ID)
			stored := w.readGroup(g.ID)
			for _, version := range []int64{2, 0, 7} {
				stale := renamedGroup(g, "Leaders")
				stale.Version = version
				_, _, err := w.UpdateGroup(w.Context(), w.tenant, stale, directory.MemberDelta{Reset: true, Add: ids(v)})
				w.refused(err, directory.ErrVersionConflict)
			}
			same(w, stored, w.readGroup(g.ID))
			same(w, nil, w.groupsOf(v.ID))
			w.group("Leaders")
		}},
		{"UpdateGroup MUST return ErrVersionConflict also where it would change nothing", func(w world) {
			g := w.group("Guides")
			g.Version = 2
			_, _, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{})
			w.refused(err, directory.ErrVersionConflict)
		}},
		{"UpdateGroup MUST return Duplicate displayName and then change neither document nor members", func(w world) {
			u, v := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides", u.ID)
			w.group("Leaders")
			stored := w.readGroup(g.ID)
			_, _, err := w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "LEADERS"),
				directory.MemberDelta{Add: ids(v), Remove: ids(u)})
			w.refused(err, duplicate("displayName"))
			same(w, stored, w.readGroup(g.ID))
			same(w, nil, w.groupsOf(v.ID))
		}},
		{"UpdateGroup MUST return ErrNotFound for an unknown id", func(w world) {
			u := w.user("a@example.com")
			_, _, err := w.UpdateGroup(w.Context(), w.tenant, NewGroup("Guides"), directory.MemberDelta{Add: ids(u)})
			w.refused(err, directory.ErrNotFound)
			same(w, nil, w.groupsOf(u.ID))
		}},
		{"a group never collides with itself", func(w world) {
			g := w.group("Guides")
			got, _, err := w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "GUIDES"), directory.MemberDelta{})
			w.ok(err)
			same(w, "GUIDES", got.DisplayName())
			same(w, 2, got.Version)
		}},
		{"a renamed group frees its old name", func(w world) {
			g := w.group("Guides")
			_, _, err := w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "Leaders"), directory.MemberDelta{})
			w.ok(err)
			w.group("Guides")
			w.refused(w.CreateGroup(w.Context(), w.tenant, NewGroup("Leaders")), duplicate("displayName"))
		}},
	}
}

func standingCases() []testCase {
	return []testCase{
		{"Standing returns the group without members, and who of those to be added is a user", func(w world) {
			a, b := w.user("a@example.com"), w.user("b@example.com")
			gone, absent := w.deleted("c@example.com"), NewUser("d@example.com")
			g := w.group("Guides", a.ID)
			for _, d := range []directory.MemberDelta{
				{},
				{Add: ids(b, gone, a, absent)},
				{Add: ids(b), Remove: ids(absent, a, gone)},
				{Reset: true, Add: ids(gone, b)},
			} {
				st, err := w.Standing(w.Context(), w.tenant, g.ID, d)
				w.ok(err)
				same(w, g, st.Group)
				same(w, d, st.Of)
				var known []directory.UserID
				for _, u := range []directory.User{a, b} {
					if slices.Contains(d.Add, u.ID) {
						known = append(known, u.ID)
					}
				}
				slices.Sort(st.Known)
				same(w, known, orNil(st.Known))
			}
		}},
		{"Standing MUST return ErrNotFound for an unknown id, and for that of another tenant", func(w world) {
			for _, id := range []directory.GroupID{directory.GroupID(newID()), "7", "\xff"} {
				_, err := w.Standing(w.Context(), w.tenant, id, directory.MemberDelta{})
				w.refused(err, directory.ErrNotFound)
			}
			g := w.group("Guides")
			_, err := w.Standing(w.Context(), w.tenant+"2", g.ID, directory.MemberDelta{})
			w.refused(err, directory.ErrNotFound)
		}},
		{"UpdateGroup that knows how the users stand does what it does without", func(w world) {
			a, b, c := w.user("a@example.com"), w.user("b@example.com"), w.user("c@example.com")
			for _, row := range []struct {
				delta          directory.MemberDelta
				added, removed []directory.UserID
			}{
				{directory.MemberDelta{}, nil, nil},
				{directory.MemberDelta{Add: ids(a)}, nil, nil},
				{directory.MemberDelta{Add: ids(b, c)}, ids(c), nil},
				{directory.MemberDelta{Remove: ids(a, c)}, nil, ids(a)},
				{directory.MemberDelta{Add: ids(c, NewUser("d@example.com")), Remove: ids(b)}, ids(c), ids(b)},
				{directory.MemberDelta{Reset: true}, nil, ids(a, b)},
				{directory.MemberDelta{Reset: true, Add: ids(b, c)}, ids(c), ids(a)},
			} {
				g := w.group("Guides", a.ID, b.ID)
				st, err := w.Standing(w.Context(), w.tenant, g.ID, row.delta)
				w.ok(err)
				row.delta.Standing = &st
				got, change, err := w.UpdateGroup(w.Context(), w.tenant, st.Group, row.delta)
				w.ok(err)
				slices.Sort(change.Added)
				slices.Sort(change.Removed)
				same(w, directory.MembershipChange{Added: row.added, Removed: row.removed}, directory.MembershipChange{Added: orNil(change.Added), Removed: orNil(change.Removed)})
				version := int64(2)
				if change.Empty() {
					version = 1
				}
				same(w, version, got.Version)
				want := slices.DeleteFunc(append(ids(a, b), row.added...), func(id directory.UserID) bool { return slices.Contains(row.removed, id) })
				same(w, orNil(want), w.members(g.ID))
				w.ok(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID}))
			}
		}},
		{"also of those whom it names beside others", func(w world) {
			a, b := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides", a.ID)
			st, err := w.Standing(w.Context(), w.tenant, g.ID, directory.MemberDelta{Add: ids(a, b), Remove: ids(NewUser("d@example.com"))})
			w.ok(err)
			_, change, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Add: ids(b), Standing: &st})
			w.ok(err)
			same(w, directory.MembershipChange{Added: ids(b)}, change)
			same(w, ids(a, b), w.members(g.ID))
		}},
		{"UpdateGroup MUST return ErrVersionConflict where the group has changed since Standing", func(w world) {
			a, b := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides")
			d := directory.MemberDelta{Add: ids(a)}
			st, err := w.Standing(w.Context(), w.tenant, g.ID, d)
			w.ok(err)
			d.Standing = &st
			later, _, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Add: ids(b)})
			w.ok(err)
			_, _, err = w.UpdateGroup(w.Context(), w.tenant, g, d)
			w.refused(err, directory.ErrVersionConflict)
			same(w, ids(b), w.members(g.ID))
			_, change, err := w.UpdateGroup(w.Context(), w.tenant, later, d) // which looks itself
			w.ok(err)
			same(w, directory.MembershipChange{Added: ids(a)}, change)
		}},
		{"a user deleted after Standing does not become a member", func(w world) {
			a, gone := w.user("a@example.com"), w.user("b@example.com")
			g := w.group("Guides")
			d := directory.MemberDelta{Add: ids(a, gone)}
			st, err := w.Standing(w.Context(), w.tenant, g.ID, d)
			w.ok(err)
			d.Standing = &st
			w.ok(w.DeleteUser(w.Context(), w.tenant, gone))
			_, _, err = w.UpdateGroup(w.Context(), w.tenant, g, d)
			w.ok(err)
			same(w, ids(a), w.members(g.ID))
		}},
	}
}

func deleteGroupCases() []testCase {
	return []testCase{
		{"DeleteGroup removes the group and its memberships for good", func(w world) {
			u := w.user("a@example.com")
			g, stays := w.group("Guides", u.ID), w.group("Leaders", u.ID)
			w.ok(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID, Version: 1}))
			_, err := w.Group(w.Context(), w.tenant, g.ID, true)
			w.refused(err, directory.ErrNotFound)
			same(w, []directory.GroupRef{{ID: stays.ID, DisplayName: "Leaders"}}, w.groupsOf(u.ID))
			page, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 9})
			w.ok(err)
			same(w, directory.Page[directory.Group]{Items: []directory.Group{stays}, Total: 1}, page)
			_, _, err = w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{})
			w.refused(err, directory.ErrNotFound)
			w.refused(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID}), directory.ErrNotFound)
			same(w, u, w.read(u.ID))
		}},
		{"DeleteGroup frees the name, and the next group of that name has no members", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			w.ok(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID, Version: 1}))
			same(w, nil, w.members(w.group("Guides").ID))
		}},
		{"DeleteGroup of another version is ErrVersionConflict; version 0 stands for any", func(w world) {
			g := w.group("Guides")
			w.refused(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID, Version: 2}), directory.ErrVersionConflict)
			same(w, g, w.readGroup(g.ID))
			_, _, err := w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "Leaders"), directory.MemberDelta{})
			w.ok(err)
			w.refused(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID, Version: 1}), directory.ErrVersionConflict)
			w.ok(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID}))
		}},
		{"DeleteGroup of an unknown id is ErrNotFound", func(w world) {
			w.refused(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: "7"}), directory.ErrNotFound)
			w.refused(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: "7", Version: 1}), directory.ErrNotFound)
		}},
	}
}

func groupsOfCases() []testCase {
	return []testCase{
		{"GroupsOf returns each user's groups by id; users without groups are absent", func(w world) {
			a, b, none := w.user("a@example.com"), w.user("b@example.com"), w.user("c@example.com")
			z, y := w.group("Z", a.ID, b.ID), w.group("Y", a.ID)
			got, err := w.GroupsOf(w.Context(), w.tenant, ids(b, none, a, NewUser("d@example.com")))
			w.ok(err)
			same(w, map[directory.UserID][]directory.GroupRef{
				a.ID: {{ID: z.ID, DisplayName: "Z"}, {ID: y.ID, DisplayName: "Y"}},
				b.ID: {{ID: z.ID, DisplayName: "Z"}},
			}, got)
		}},
		{"GroupsOf of nobody is empty", func(w world) {
			got, err := w.GroupsOf(w.Context(), w.tenant, nil)
			w.ok(err)
			same(w, 0, len(got))
		}},
		{"GroupsOf tells the name that a group has now, as it was written", func(w world) {
			u := w.user("a@example.com")
			g := w.group("guides", u.ID)
			_, _, err := w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, "GUIDES"), directory.MemberDelta{})
			w.ok(err)
			same(w, []directory.GroupRef{{ID: g.ID, DisplayName: "GUIDES"}}, w.groupsOf(u.ID))
		}},
		{"ListGroups fills Members if the query says so", func(w world) {
			a, b := w.user("a@example.com"), w.user("b@example.com")
			one, two, empty := w.group("One", b.ID, a.ID), w.group("Two", b.ID), w.group("Three")
			without, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 9})
			w.ok(err)
			same(w, []directory.Group{one, two, empty}, without.Items)
			with, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 9, WithMembers: true})
			w.ok(err)
			same(w, [][]directory.UserID{ids(a, b), ids(b), nil}, membersOf(with.Items))
		}},
		{"externalId of a group may stand twice", func(w world) {
			for _, name := range []string{"One", "Two"} {
				g := NewGroup(name)
				g.Document = scim.NewDocument("displayName", name, "externalId", "7")
				w.ok(w.CreateGroup(w.Context(), w.tenant, g))
			}
		}},
	}
}

func membersOf(groups []directory.Group) [][]directory.UserID {
	var members [][]directory.UserID
	for _, g := range groups {
		members = append(members, slices.Clip(orNil(g.Members)))
	}
	return members
}
