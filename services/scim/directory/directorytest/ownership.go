package directorytest

import (
	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// spoil changes everything inside d that a Store might have kept.
func spoil(d *scim.Document) {
	for _, value := range d.All() {
		switch value := value.(type) {
		case *scim.Document:
			spoil(value)
		case []any:
			for i, element := range value {
				if sub, ok := element.(*scim.Document); ok {
					spoil(sub)
				}
				value[i] = "spoilt"
			}
		}
	}
	d.Set("title", "spoilt")
	d.Set("userName", "spoilt")
	d.Set("displayName", "spoilt")
}

func ownershipCases() []testCase {
	return []testCase{
		{"arguments are not kept: users", func(w world) {
			u := fullUser()
			created := u.Clone()
			w.ok(w.CreateUser(w.Context(), w.tenant, created))
			spoil(created.Document)
			same(w, u, w.read(u.ID))
			replaced := u.Clone()
			_, err := w.ReplaceUser(w.Context(), w.tenant, replaced)
			w.ok(err)
			spoil(replaced.Document)
			u.Version = 2
			same(w, u, w.read(u.ID))
			deleted := u.Clone()
			w.remove(deleted)
			spoil(deleted.Document)
			u.Version, u.Deleted = 3, true
			same(w, u, w.read(u.ID))
		}},
		{"arguments are not kept: groups and deltas", func(w world) {
			users := w.users(3)
			g := NewGroup("Guides", users[0])
			created := g.Clone()
			w.ok(w.CreateGroup(w.Context(), w.tenant, created))
			spoil(created.Document)
			created.Members[0] = users[2]
			same(w, g, w.readGroup(g.ID))
			updated := renamedGroup(g, "Leaders")
			d := directory.MemberDelta{Add: []directory.UserID{users[1]}}
			_, _, err := w.UpdateGroup(w.Context(), w.tenant, updated, d)
			w.ok(err)
			spoil(updated.Document)
			d.Add[0] = users[2]
			want := renamedGroup(g, "Leaders")
			want.Version, want.Members = 2, users[:2]
			same(w, want, w.readGroup(g.ID))
		}},
		{"arguments are left as they were", func(w world) {
			u := fullUser()
			w.ok(w.CreateUser(w.Context(), w.tenant, u))
			before := u.Clone()
			_, err := w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			same(w, before, u)
			g := w.group("Guides")
			beforeGroup := renamedGroup(g, "Leaders")
			g = beforeGroup.Clone()
			other := w.user("b@example.com").ID
			add := []directory.UserID{other, u.ID}
			_, _, err = w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{Add: add})
			w.ok(err)
			same(w, beforeGroup, g)
			same(w, []directory.UserID{other, u.ID}, add)
		}},
		{"a returned user is the caller's to modify", func(w world) {
			u := fullUser()
			u.Document.Set("externalId", "7")
			w.ok(w.CreateUser(w.Context(), w.tenant, u))
			replaced, err := w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			spoil(replaced.Document)
			u.Version = 2
			for range 2 {
				byName, err := w.UserByName(w.Context(), w.tenant, u.NameKey)
				w.ok(err)
				byExternalID, err := w.UsersByExternalID(w.Context(), w.tenant, "7")
				w.ok(err)
				page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Limit: 1})
				w.ok(err)
				for _, got := range append([]directory.User{w.read(u.ID), byName, page.Items[0]}, byExternalID...) {
					same(w, u, got)
					spoil(got.Document)
				}
			}
		}},
		{"a returned group is the caller's to modify", func(w world) {
			users := w.users(2)
			g := NewGroup("Guides", users[0])
			w.ok(w.CreateGroup(w.Context(), w.tenant, g))
			g = renamedGroup(g, "Leaders")
			updated, _, err := w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{})
			w.ok(err)
			spoil(updated.Document)
			g.Version = 2
			for range 2 {
				page, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 1, WithMembers: true})
				w.ok(err)
				for _, got := range []directory.Group{w.readGroup(g.ID), page.Items[0]} {
					same(w, g, got)
					spoil(got.Document)
					got.Members[0] = users[1]
				}
				refs := w.groupsOf(users[0])
				same(w, []directory.GroupRef{{ID: g.ID, DisplayName: "Leaders"}}, refs)
				refs[0].DisplayName = "spoilt"
			}
		}},
	}
}
