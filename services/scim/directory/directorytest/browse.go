package directorytest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// searched is a search as people make one: an attribute of several begins with text.
func searched(text string) string {
	var terms []string
	for _, name := range []string{"userName", "displayName", "name.familyName", "name.givenName", "emails.value", "externalId"} {
		terms = append(terms, fmt.Sprintf("%s sw %q", name, text))
	}
	return strings.Join(terms, " or ")
}

func browseCases() []testCase {
	schemas := Schemas()
	return []testCase{
		{"browse: pages join to the whole list, in every order and with every kind of filter", func(w world) {
			ids := w.staff()
			for i, text := range []string{
				"", searched("a"), searched("AGENT"), searched("zz"), searched("ab."), searched("nobody"), `userName sw ""`,
				scim.DevRevUserSchema + `:state eq "shadow"`, ids.Replace(`groups.value eq "{guides}"`),
				ids.Replace(`groups.value eq "{guides}" and (` + searched("a") + `)`),
				scim.DevRevUserSchema + `:state eq "active" and (` + searched("a") + `)`, ids.Replace(`id eq "{clerk}" or id eq "{baker}"`),
				`title pr`, `not (title pr)`,
			} {
				for n, s := range w.sorts() {
					q := directory.Query{Sort: s, Limit: 9}
					if text != "" {
						if n%4 != i%4 {
							continue
						}
						q.Filter = w.filter(schemas.User, text)
					}
					whole, err := w.ListUsers(w.Context(), w.tenant, q)
					w.ok(err)
					for q.Browse, q.Limit = range map[int]int{1: 2, 3: 1, 100: 9} {
						if got := w.browse(q); allCalled(got) != allCalled(whole.Items) {
							w.failf("%s by %s, descending %t, browse %d, limit %d: %s, want %s", text, s.Path, s.Descending, q.Browse, q.Limit, allCalled(got), allCalled(whole.Items))
						}
					}
				}
			}
		}},
		{"browse: pages of deleted users join to all of them", func(w world) {
			w.staff()
			w.deleted("gone2@example.com", "displayName", "Gone")
			for _, text := range []string{"", searched("gone"), searched("driver")} {
				for _, s := range w.sorts() {
					q := directory.Query{Sort: s, Limit: 9, Deleted: true}
					if text != "" {
						q.Filter = w.filter(schemas.User, text)
					}
					whole, err := w.ListUsers(w.Context(), w.tenant, q)
					w.ok(err)
					q.Browse, q.Limit = 1, 1
					same(w, allCalled(whole.Items), allCalled(w.browse(q)))
				}
			}
		}},
		{"browse: pages of groups join to all that are searched, in every order", func(w world) {
			w.staff()
			for _, text := range []string{"", `displayName sw "b" or externalId sw "b"`, `displayName sw "g" or externalId sw "G"`} {
				for _, name := range []string{"id", "displayName", "externalId", "meta.lastModified"} {
					for _, descending := range []bool{false, true} {
						q := directory.Query{Sort: directory.Sort{Path: resolve(w, schemas.Group, name), Descending: descending}, Limit: 9}
						if text != "" {
							q.Filter = w.filter(schemas.Group, text)
						}
						whole, err := w.ListGroups(w.Context(), w.tenant, q)
						w.ok(err)
						q.Browse, q.Limit = 1, 1
						got := browsed(w, q, w.ListGroups, func(g directory.Group) string { return string(g.ID) })
						same(w, displayNames(whole.Items), displayNames(got))
					}
				}
			}
		}},
		{"browse: Total is exact if it is not said to be a lower bound", func(w world) {
			ids := w.staff()
			for _, c := range []struct {
				filter string
				browse int
				total  int
				exact  bool
			}{
				{"", 1, 4, true},
				{scim.DevRevUserSchema + `:state eq "shadow"`, 1, 2, false},
				{scim.DevRevUserSchema + `:state eq "shadow"`, 2, 2, true},
				{ids.Replace(`groups.value eq "{guides}"`), 1, 2, false},
				{ids.Replace(`groups.value eq "{guides}"`), 2, 2, true},
				{searched("a"), 100, 3, true},
				{searched("nobody"), 1, 0, true},
				{searched("a"), 1, 3, false},
			} {
				q := directory.Query{Limit: 1, Browse: c.browse}
				if c.filter != "" {
					q.Filter = w.filter(schemas.User, c.filter)
				}
				page, err := w.ListUsers(w.Context(), w.tenant, q)
				w.ok(err)
				if page.Total > c.total || page.Total < c.total && (c.exact || !page.AtLeast) {
					w.failf("%s: %d in total, at least %t; there are %d", c.filter, page.Total, page.AtLeast, c.total)
				}
			}
		}},
		{"browse: what is there all the time is shown once, whatever comes, goes and changes meanwhile", func(w world) {
			var stay []directory.UserID
			var others []directory.User
			for i := range 12 {
				u := NewUser(fmt.Sprintf("user%02d@example.com", i), "displayName", fmt.Sprintf("Name %02d", 11-i))
				w.ok(w.CreateUser(w.Context(), w.tenant, u))
				if i%3 == 0 {
					others = append(others, u)
				} else {
					stay = append(stay, u.ID)
				}
			}
			for _, text := range []string{"", searched("user"), searched("name 0")} {
				for _, s := range w.sorts() {
					if name := s.Path.String(); name != "" && name != "id" && name != "userName" && name != "displayName" {
						continue
					}
					q := directory.Query{Sort: s, Limit: 2, Browse: 3}
					if text != "" {
						q.Filter = w.filter(schemas.User, text)
					}
					whole := q
					whole.Limit, whole.Browse = 99, 0
					before, err := w.ListUsers(w.Context(), w.tenant, whole)
					w.ok(err)
					turn := 0
					got := browsed(w, q, func(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[directory.User], error) {
						u := &others[turn%len(others)]
						turn++
						if u.Deleted {
							u.Deleted = false
						} else if turn%2 == 0 {
							u.Document.Set("displayName", fmt.Sprintf("Name %02d", turn%12))
						} else {
							w.ok(w.DeleteUser(ctx, t, *u))
							u.Version, u.Deleted = u.Version+1, true
							return w.ListUsers(ctx, t, q)
						}
						stored, err := w.ReplaceUser(ctx, t, *u)
						w.ok(err)
						*u = stored
						return w.ListUsers(ctx, t, q)
					}, func(u directory.User) string { return string(u.ID) })
					staying := func(users []directory.User) (ids []directory.UserID) {
						for _, u := range users {
							if slices.Contains(stay, u.ID) {
								ids = append(ids, u.ID)
							}
						}
						return ids
					}
					same(w, staying(before.Items), staying(got))
				}
			}
		}},
		{"browse: values of any length and any character have their place", func(w world) {
			long := strings.Repeat("long ", 1000)
			for i, name := range []string{"b", "a\x01b", "a", long + "2", "a b", long + "1", long, "\U0010ffff", "a\x01"} {
				w.ok(w.CreateUser(w.Context(), w.tenant, NewUser(fmt.Sprintf("user%d@example.com", i), "displayName", name)))
			}
			path := resolve(w, schemas.User, "displayName")
			for _, text := range []string{"", "a", "a\x01", "long", long, long + "1"} {
				for _, descending := range []bool{false, true} {
					q := directory.Query{Sort: directory.Sort{Path: path, Descending: descending}, Limit: 99}
					if text != "" {
						q.Filter = &filter.Comparison{Path: path, Op: filter.StartsWith, Value: text}
					}
					whole, err := w.ListUsers(w.Context(), w.tenant, q)
					w.ok(err)
					for _, q.Browse = range []int{1, 2, 99} {
						q.Limit = 2
						same(w, allCalled(whole.Items), allCalled(w.browse(q)))
					}
				}
			}
		}},
	}
}

// sorts are the orders that every Store has an index of, and one that none has.
func (w world) sorts() []directory.Sort {
	sorts := []directory.Sort{{}}
	for _, name := range []string{"id", "userName", "displayName", "name.familyName", "meta.lastModified", "title"} {
		path := resolve(w, Schemas().User, name)
		sorts = append(sorts, directory.Sort{Path: path}, directory.Sort{Path: path, Descending: true})
	}
	return sorts
}

// browse returns what q's list shows to who leafs through it.
func (w world) browse(q directory.Query) []directory.User {
	w.Helper()
	return browsed(w, q, w.ListUsers, func(u directory.User) string { return string(u.ID) })
}

func browsed[T interface{ Resource() *scim.Document }](w world, q directory.Query, read list[T], id func(T) string) []T {
	w.Helper()
	var shown []T
	for range 1000 {
		page, err := read(w.Context(), w.tenant, q)
		w.ok(err)
		shown = append(shown, page.Items...)
		switch n := len(page.Items); {
		case page.Rest != nil:
			q.After = page.Rest
		case n < q.Limit:
			return shown
		default:
			last := page.Items[n-1]
			q.After = &directory.Position{Key: directory.SortKey(q.Sort.Path, last.Resource()), ID: id(last)}
		}
	}
	w.failf("the list does not end")
	return nil
}
