package directorytest

import (
	"fmt"
	"slices"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

func pageCases() []testCase {
	schemas := Schemas()
	return []testCase{
		{"pages by After join to the whole list, in every order", func(w world) {
			w.staff()
			w.everyOrder(func(s directory.Sort, whole []directory.User) {
				for _, limit := range []int{1, 2, 3} {
					q := directory.Query{Sort: s, Limit: limit}
					same(w, whole, w.walk(&q, func(last directory.User) { q.After = position(s, last) }))
				}
			})
		}},
		{"pages by Skip join to the whole list, in every order", func(w world) {
			w.staff()
			w.everyOrder(func(s directory.Sort, whole []directory.User) {
				for _, limit := range []int{1, 2, 3} {
					q := directory.Query{Sort: s, Limit: limit}
					same(w, whole, w.walk(&q, func(directory.User) { q.Skip += limit }))
				}
			})
		}},
		{"Skip leaves out the first of what remains after After", func(w world) {
			w.staff()
			w.everyOrder(func(s directory.Sort, whole []directory.User) {
				page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Sort: s, After: position(s, whole[0]), Skip: 1, Limit: 1})
				w.ok(err)
				same(w, directory.Page[directory.User]{Items: whole[2:3], Total: 4}, page)
			})
		}},
		{"pages hold only what the filter selects", func(w world) {
			w.staff()
			f := w.filter(schemas.User, `not (userName sw "driver")`)
			s := directory.Sort{Path: resolve(w, schemas.User, "title")}
			q := directory.Query{Filter: f, Sort: s, Limit: 1}
			same(w, "baker clerk agent", allCalled(w.walk(&q, func(last directory.User) { q.After = position(s, last) })))
		}},
		{"Limit 0 gives no resources, only the total", func(w world) {
			w.staff()
			for _, q := range []directory.Query{{}, {Skip: 2}, {Sort: directory.Sort{Path: resolve(w, schemas.User, "title")}}} {
				page, err := w.ListUsers(w.Context(), w.tenant, q)
				w.ok(err)
				same(w, directory.Page[directory.User]{Total: 4}, withoutEmpty(page))
				groups, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Skip: q.Skip, WithMembers: true})
				w.ok(err)
				same(w, directory.Page[directory.Group]{Total: 3}, withoutEmpty(groups))
			}
		}},
		{"Total counts all matches, no matter what part the page is", func(w world) {
			w.staff()
			for _, q := range []directory.Query{{Limit: 1}, {Limit: 9, Skip: 1}, {Limit: 1, Skip: 3}} {
				page, err := w.ListUsers(w.Context(), w.tenant, q)
				w.ok(err)
				same(w, 4, page.Total)
			}
			page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Filter: w.filter(schemas.User, "title pr"), Skip: 2, Limit: 9})
			w.ok(err)
			same(w, 3, page.Total)
			same(w, 1, len(page.Items))
		}},
		{"a page behind the last resource is empty and has the total", func(w world) {
			w.staff()
			all, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Limit: 9})
			w.ok(err)
			for _, q := range []directory.Query{{Skip: 4}, {Skip: 1000}, {After: position(directory.Sort{}, all.Items[3])}} {
				q.Limit = 9
				page, err := w.ListUsers(w.Context(), w.tenant, q)
				w.ok(err)
				same(w, directory.Page[directory.User]{Total: 4}, withoutEmpty(page))
			}
		}},
		{"pages that end by bytes say so, and join to the whole list, in every order", func(w world) {
			w.staff()
			w.everyOrder(func(s directory.Sort, whole []directory.User) {
				for _, skip := range []int{0, 3} {
					var seen []directory.User
					q := directory.Query{Sort: s, Skip: skip, Limit: 100, MaxBytes: 1}
					for more := true; more; q.Skip = 0 {
						page, err := w.ListUsers(w.Context(), w.tenant, q)
						w.ok(err)
						same(w, len(whole), page.Total)
						if seen = append(seen, page.Items...); len(page.Items) > 0 {
							q.After = position(s, page.Items[len(page.Items)-1])
						}
						more = page.Cut
					}
					same(w, ids(whole[skip:]...), ids(seen...))
				}
			})
			for _, e := range []filter.Expr{nil, w.filter(schemas.User, `userName co "@"`)} {
				page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Filter: e, Limit: 9, MaxBytes: 1 << 20})
				w.ok(err)
				same(w, false, page.Cut)
				same(w, 4, len(page.Items))
			}
		}},
		{"After may name a resource that is gone", func(w world) {
			w.staff()
			s := directory.Sort{Path: resolve(w, schemas.User, "userName")}
			first, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Sort: s, Limit: 2})
			w.ok(err)
			w.remove(first.Items[1])
			page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Sort: s, After: position(s, first.Items[1]), Limit: 9})
			w.ok(err)
			same(w, "clerk driver", allCalled(page.Items))
			same(w, 3, page.Total)
		}},
		{"no write changes the order for resources whose sorted value it leaves alone", func(w world) {
			users := w.users(20)
			for _, path := range []string{"", "userName"} {
				var s directory.Sort
				if path != "" {
					s.Path = resolve(w, schemas.User, path)
				}
				var seen []directory.UserID
				q := directory.Query{Sort: s, Limit: 3}
				for round := range 10 { // three more than it takes, should the list not end
					page, err := w.ListUsers(w.Context(), w.tenant, q)
					w.ok(err)
					if len(page.Items) == 0 {
						break
					}
					q.After = position(s, page.Items[len(page.Items)-1])
					seen = append(seen, ids(page.Items...)...)
					changed := w.read(users[(round*7)%20])
					changed.Document.Set("title", fmt.Sprintf("Title %d", round))
					changed.Modified = at(round)
					_, err = w.ReplaceUser(w.Context(), w.tenant, changed)
					w.ok(err)
					w.deleted(fmt.Sprintf("passing%s%d@example.com", path, round))
				}
				slices.Sort(seen)
				same(w, users, seen)
			}
		}},
		{"a page can be long", func(w world) {
			users := w.users(350)
			page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Limit: 1000})
			w.ok(err)
			same(w, users, ids(page.Items...))
			page, err = w.ListUsers(w.Context(), w.tenant, directory.Query{Skip: 120, Limit: 200})
			w.ok(err)
			same(w, users[120:320], ids(page.Items...))
			same(w, 350, page.Total)
		}},
		{"pages of groups join to the whole list", func(w world) {
			w.staff()
			for _, s := range []directory.Sort{{}, {Path: resolve(w, schemas.Group, "displayName"), Descending: true}, {Path: resolve(w, schemas.Group, "externalId")}} {
				whole, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Sort: s, Limit: 9, WithMembers: true})
				w.ok(err)
				var after *directory.Position
				for i, want := range whole.Items {
					for _, q := range []directory.Query{{Skip: i}, {After: after}} {
						q.Sort, q.Limit, q.WithMembers = s, 1, true
						page, err := w.ListGroups(w.Context(), w.tenant, q)
						w.ok(err)
						same(w, directory.Page[directory.Group]{Items: []directory.Group{want}, Total: 3}, page)
					}
					after = &directory.Position{Key: directory.SortKey(s.Path, want.Resource()), ID: string(want.ID)}
				}
			}
		}},
		{"MaxRead bounds what is read to find matches or an order, and no page that a key leads to", func(w world) {
			ids := w.staff()
			sorted := directory.Sort{Path: resolve(w, schemas.User, "title")}
			for _, c := range []struct {
				filter string
				sort   directory.Sort
				err    error
			}{
				{"", directory.Sort{}, nil},
				{"", sorted, directory.ErrTooMany},
				{"title co \"a\"", directory.Sort{}, directory.ErrTooMany},
				{`not (userName eq "clerk@example.com")`, directory.Sort{}, directory.ErrTooMany},
				{`userName eq "clerk@example.com" or title pr`, directory.Sort{}, directory.ErrTooMany},
				{`userName eq "clerk@example.com"`, directory.Sort{}, nil},
				{`userName eq "clerk@example.com"`, sorted, nil},
				{`title pr and userName eq "clerk@example.com"`, directory.Sort{}, nil},
				{`externalId eq "ab.1"`, directory.Sort{}, nil},
				{ids.Replace(`id eq "{clerk}"`), directory.Sort{}, nil},
				{ids.Replace(`groups.value eq "{guides}"`), directory.Sort{}, nil},
			} {
				q := directory.Query{Sort: c.sort, Limit: 2, MaxRead: 3}
				if c.filter != "" {
					q.Filter = w.filter(schemas.User, c.filter)
				}
				_, err := w.ListUsers(w.Context(), w.tenant, q)
				w.refused(err, c.err)
				q.MaxRead = 4
				_, err = w.ListUsers(w.Context(), w.tenant, q)
				w.ok(err)
			}
		}},
		{"NoTotal leaves the total out, and nothing else", func(w world) {
			w.staff()
			w.everyOrder(func(s directory.Sort, whole []directory.User) {
				for _, f := range []filter.Expr{nil, w.filter(schemas.User, "userName pr"), w.filter(schemas.User, `not (userName eq "x@example.com")`)} {
					for _, q := range []directory.Query{{Limit: 2}, {Skip: 1, Limit: 1}, {After: position(s, whole[0]), Limit: 2}} {
						q.Filter, q.Sort = f, s
						counted, err := w.ListUsers(w.Context(), w.tenant, q)
						w.ok(err)
						same(w, 4, counted.Total)
						q.NoTotal, counted.Total = true, 0
						page, err := w.ListUsers(w.Context(), w.tenant, q)
						w.ok(err)
						same(w, counted, page)
					}
				}
			})
		}},
		{"a nil Filter selects all", func(w world) {
			w.staff()
			var none filter.Expr
			page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Filter: none, Limit: 9})
			w.ok(err)
			same(w, 4, len(page.Items))
		}},
	}
}

// everyOrder calls check with each order of the staff and the whole list in it.
func (w world) everyOrder(check func(s directory.Sort, whole []directory.User)) {
	w.Helper()
	schemas := Schemas()
	sorts := []directory.Sort{{}}
	for _, o := range orders() {
		path := resolve(w, schemas.User, o.path)
		sorts = append(sorts, directory.Sort{Path: path}, directory.Sort{Path: path, Descending: true})
	}
	for _, s := range sorts {
		whole, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Sort: s, Limit: 9})
		w.ok(err)
		if len(whole.Items) != 4 {
			w.failf("the whole list by %s has %d users", s.Path, len(whole.Items))
		}
		check(s, whole.Items)
	}
}

// walk returns the users of all pages from q on. next makes q ask for the page behind the last user
// of one.
func (w world) walk(q *directory.Query, next func(last directory.User)) []directory.User {
	w.Helper()
	var all []directory.User
	for range 10 {
		page, err := w.ListUsers(w.Context(), w.tenant, *q)
		w.ok(err)
		if len(page.Items) > q.Limit {
			w.failf("a page of %d users for a Limit of %d", len(page.Items), q.Limit)
		}
		if len(page.Items) == 0 {
			return all
		}
		all = append(all, page.Items...)
		next(page.Items[len(page.Items)-1])
	}
	w.failf("the pages come to no end")
	return nil
}

// position returns the place of u in an order.
func position(s directory.Sort, u directory.User) *directory.Position {
	return &directory.Position{Key: directory.SortKey(s.Path, u.Resource()), ID: string(u.ID)}
}
