package directorytest

import (
	"github.com/devrev/scim/services/scim/directory"
)

// lookCases prove what the organisation's own view asks for and no identity provider does.
func lookCases() []testCase {
	return []testCase{
		{"ListUsers with Deleted lists the deleted users and no others, filtered and by pages like any list", func(w world) {
			w.user("a@example.com")
			gone := []directory.User{w.deleted("b@example.com"), w.deleted("c@example.com"), w.deleted("d@example.com")}
			page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Deleted: true, Limit: 2})
			w.ok(err)
			same(w, directory.Page[directory.User]{Items: gone[:2], Total: 3}, page)
			page, err = w.ListUsers(w.Context(), w.tenant, directory.Query{Deleted: true, Limit: 2, After: &directory.Position{ID: string(gone[1].ID)}})
			w.ok(err)
			same(w, directory.Page[directory.User]{Items: gone[2:], Total: 3}, page)
			named := w.filter(Schemas().User, `userName eq "c@example.com"`)
			page, err = w.ListUsers(w.Context(), w.tenant, directory.Query{Deleted: true, Filter: named, Limit: 2})
			w.ok(err)
			same(w, directory.Page[directory.User]{Items: gone[1:2], Total: 1}, page)
		}},
		{"CountMembers counts the members of each group, without those who were deleted, in this tenant alone", func(w world) {
			users := w.users(4)
			all, one, none := w.group("All", users...), w.group("One", users[3]), w.group("None")
			w.remove(w.read(users[0]))
			counts, err := w.CountMembers(w.Context(), w.tenant, []directory.GroupID{all.ID, one.ID, none.ID})
			w.ok(err)
			same(w, []int{3, 1, 0}, []int{counts[all.ID], counts[one.ID], counts[none.ID]})
			counts, err = w.CountMembers(w.Context(), w.other, []directory.GroupID{all.ID})
			w.ok(err)
			same(w, 0, counts[all.ID])
			counts, err = w.CountMembers(w.Context(), w.tenant, nil)
			w.ok(err)
			same(w, 0, len(counts))
		}},
	}
}
