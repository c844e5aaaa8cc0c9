package directorytest

import (
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// tenantCases prove that each method touches only its tenant.
func tenantCases() []testCase {
	return []testCase{
		{"the same userName, externalId and displayName can stand in two tenants", func(w world) {
			u, g := w.user("a@example.com", "externalId", "7"), w.group("Guides")
			twin, twinGroup := NewUser("a@example.com", "externalId", "7"), NewGroup("Guides")
			w.ok(w.CreateUser(w.Context(), w.other, twin))
			w.ok(w.CreateGroup(w.Context(), w.other, twinGroup))
			for tenant, want := range map[directory.Tenant]directory.User{w.tenant: u, w.other: twin} {
				got, err := w.UserByName(w.Context(), tenant, "a@example.com")
				w.ok(err)
				same(w, want, got)
				list, err := w.UsersByExternalID(w.Context(), tenant, "7")
				w.ok(err)
				same(w, []directory.User{want}, list)
			}
			same(w, g, w.readGroup(g.ID))
		}},
		{"a foreign user MUST be ErrNotFound", func(w world) {
			u := w.user("a@example.com", "externalId", "7")
			_, err := w.User(w.Context(), w.other, u.ID)
			w.refused(err, directory.ErrNotFound)
			_, err = w.UserByName(w.Context(), w.other, u.NameKey)
			w.refused(err, directory.ErrNotFound)
			_, err = w.ReplaceUser(w.Context(), w.other, renamedUser(u, "b@example.com"))
			w.refused(err, directory.ErrNotFound)
			w.refused(w.DeleteUser(w.Context(), w.other, u), directory.ErrNotFound)
			list, err := w.UsersByExternalID(w.Context(), w.other, "7")
			w.ok(err)
			same(w, 0, len(list))
			same(w, u, w.read(u.ID))
		}},
		{"a foreign group MUST be ErrNotFound", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			stored := w.readGroup(g.ID)
			_, err := w.Group(w.Context(), w.other, g.ID, true)
			w.refused(err, directory.ErrNotFound)
			_, _, err = w.UpdateGroup(w.Context(), w.other, renamedGroup(g, "Leaders"), directory.MemberDelta{Reset: true})
			w.refused(err, directory.ErrNotFound)
			w.refused(w.DeleteGroup(w.Context(), w.other, directory.Group{ID: g.ID}), directory.ErrNotFound)
			w.refused(w.DeleteGroup(w.Context(), w.other, directory.Group{ID: g.ID, Version: 1}), directory.ErrNotFound)
			same(w, stored, w.readGroup(g.ID))
		}},
		{"a foreign user is not known, has no name and no groups here", func(w world) {
			u := w.user("a@example.com")
			w.group("Guides", u.ID)
			known, err := w.KnownUsers(w.Context(), w.other, ids(u))
			w.ok(err)
			same(w, 0, len(known))
			names, err := w.NamesOf(w.Context(), w.other, ids(u))
			w.ok(err)
			same(w, 0, len(names))
			groups, err := w.GroupsOf(w.Context(), w.other, ids(u))
			w.ok(err)
			same(w, 0, len(groups))
		}},
		{"a foreign user does not become a member", func(w world) {
			foreign := NewUser("a@example.com")
			w.ok(w.CreateUser(w.Context(), w.other, foreign))
			created := w.group("Guides", foreign.ID)
			updated := w.group("Leaders")
			_, change, err := w.UpdateGroup(w.Context(), w.tenant, updated, directory.MemberDelta{Add: ids(foreign)})
			w.ok(err)
			same(w, directory.MembershipChange{}, change)
			same(w, nil, w.members(created.ID))
			same(w, nil, w.members(updated.ID))
			for _, tenant := range []directory.Tenant{w.tenant, w.other} {
				groups, err := w.GroupsOf(w.Context(), tenant, ids(foreign))
				w.ok(err)
				same(w, 0, len(groups))
			}
		}},
		{"lists, totals and memberships are those of the tenant", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			foreign := NewUser("b@example.com")
			w.ok(w.CreateUser(w.Context(), w.other, foreign))
			foreignGroup := NewGroup("Leaders", foreign.ID)
			w.ok(w.CreateGroup(w.Context(), w.other, foreignGroup))
			g.Members = ids(u)

			schemas := Schemas()
			inForeign := w.filter(schemas.User, `groups.value eq "`+string(foreignGroup.ID)+`"`)
			hasForeign := w.filter(schemas.Group, `members.value eq "`+string(foreign.ID)+`"`)
			for _, row := range []struct {
				filterUsers, filterGroups filter.Expr
				users                     []directory.User
				groups                    []directory.Group
			}{
				{nil, nil, []directory.User{u}, []directory.Group{g}},
				{inForeign, hasForeign, nil, nil},
				{&filter.Not{Filter: inForeign}, &filter.Not{Filter: hasForeign}, []directory.User{u}, []directory.Group{g}},
			} {
				users, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Filter: row.filterUsers, Limit: 9})
				w.ok(err)
				same(w, directory.Page[directory.User]{Items: row.users, Total: len(row.users)}, withoutEmpty(users))
				groups, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Filter: row.filterGroups, Limit: 9, WithMembers: true})
				w.ok(err)
				same(w, directory.Page[directory.Group]{Items: row.groups, Total: len(row.groups)}, withoutEmpty(groups))
			}
		}},
		{"deleting in one tenant leaves the other alone", func(w world) {
			u, twin := w.user("a@example.com"), NewUser("a@example.com")
			w.ok(w.CreateUser(w.Context(), w.other, twin))
			g, twinGroup := w.group("Guides", u.ID), NewGroup("Guides", twin.ID)
			w.ok(w.CreateGroup(w.Context(), w.other, twinGroup))
			stored := w.readGroup(g.ID)
			w.ok(w.DeleteUser(w.Context(), w.other, twin))
			w.ok(w.DeleteGroup(w.Context(), w.other, directory.Group{ID: twinGroup.ID}))
			same(w, u, w.read(u.ID))
			same(w, stored, w.readGroup(g.ID))
		}},
		{"a tenant whose id begins like another's is another", func(w world) {
			u := w.user("a@example.com")
			w.group("Guides", u.ID)
			for _, near := range []directory.Tenant{w.tenant + "1", w.tenant[:len(w.tenant)-1], w.tenant + ".", "ORG" + w.tenant[3:]} {
				_, err := w.User(w.Context(), near, u.ID)
				w.refused(err, directory.ErrNotFound)
				users, err := w.ListUsers(w.Context(), near, directory.Query{Limit: 9})
				w.ok(err)
				same(w, directory.Page[directory.User]{}, withoutEmpty(users))
				groups, err := w.ListGroups(w.Context(), near, directory.Query{Limit: 9})
				w.ok(err)
				same(w, directory.Page[directory.Group]{}, withoutEmpty(groups))
			}
		}},
	}
}

func withoutEmpty[T any](p directory.Page[T]) directory.Page[T] {
	p.Items = orNil(p.Items)
	return p
}
