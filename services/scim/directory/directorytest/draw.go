package directorytest

import (
	"context"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// list is a Store's ListUsers or ListGroups.
type list[T any] = func(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[T], error)

// drawn is a directory drawn at random, before it is in a Store. A user or group that has a former
// self is created as that and then changed. Users with Deleted set are deleted after all else.
type drawn struct {
	users        []directory.User
	groups       []directory.Group
	formerUsers  map[directory.UserID]directory.User
	formerGroups map[directory.GroupID]directory.Group
}

// place is the place of a resource in a list: what may be drawn as a Position.
type place struct {
	id       string
	resource *scim.Document
}

func (d drawn) userPlaces() (places []place) {
	for _, u := range d.users {
		places = append(places, place{string(u.ID), u.Resource()})
	}
	return places
}

func (d drawn) groupPlaces() (places []place) {
	for _, g := range d.groups {
		places = append(places, place{string(g.ID), g.Resource()})
	}
	return places
}

// fill puts d into a Store.
func (d drawn) fill(t *rapid.T, s directory.Store, tenant directory.Tenant) {
	t.Helper()
	done := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("fill a store: %v", err)
		}
	}
	stored := make(map[directory.UserID]directory.User)
	for _, u := range d.users {
		u = u.Clone()
		u.Deleted = false
		if former, ok := d.formerUsers[u.ID]; ok {
			done(s.CreateUser(t.Context(), tenant, former.Clone()))
			var err error
			u, err = s.ReplaceUser(t.Context(), tenant, u)
			done(err)
		} else {
			done(s.CreateUser(t.Context(), tenant, u))
		}
		stored[u.ID] = u
	}
	for _, g := range d.groups {
		if former, ok := d.formerGroups[g.ID]; ok {
			done(s.CreateGroup(t.Context(), tenant, former.Clone()))
			_, _, err := s.UpdateGroup(t.Context(), tenant, g.Clone(), directory.MemberDelta{Reset: true, Add: slices.Clone(g.Members)})
			done(err)
		} else {
			done(s.CreateGroup(t.Context(), tenant, g.Clone()))
		}
	}
	for _, u := range d.users {
		if u.Deleted {
			done(s.DeleteUser(t.Context(), tenant, stored[u.ID]))
		}
	}
}

func drawDirectory(t *rapid.T) drawn {
	d := drawn{formerUsers: make(map[directory.UserID]directory.User), formerGroups: make(map[directory.GroupID]directory.Group)}
	for i := range rapid.IntRange(0, 6).Draw(t, "users") {
		u := drawUser(t, i)
		if rapid.IntRange(0, 2).Draw(t, "replaced") == 2 {
			former := drawUser(t, i)
			former.ID, former.Created, former.Deleted = u.ID, u.Created, false
			d.formerUsers[u.ID] = former
		}
		d.users = append(d.users, u)
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "groups") {
		g := d.drawGroup(t, i)
		if rapid.IntRange(0, 2).Draw(t, "updated") == 2 {
			former := d.drawGroup(t, i)
			former.ID, former.Created = g.ID, g.Created
			d.formerGroups[g.ID] = former
		}
		d.groups = append(d.groups, g)
	}
	return d
}

func (d drawn) drawGroup(t *rapid.T, i int) directory.Group {
	g := NewGroup(fmt.Sprintf("%s %d", word().Draw(t, "displayName"), i))
	maybe(t, g.Document, "externalId", word())
	g.Created, g.Modified = at(rapid.IntRange(0, 2).Draw(t, "created")), at(rapid.IntRange(0, 2).Draw(t, "modified"))
	for _, u := range d.users {
		if rapid.Bool().Draw(t, "member") {
			g.Members = append(g.Members, u.ID)
		}
	}
	return g
}

func drawUser(t *rapid.T, i int) directory.User {
	u := NewUser(fmt.Sprintf("%s%d@example.com", word().Draw(t, "userName"), i))
	u.State = rapid.SampledFrom([]directory.State{directory.StateShadow, directory.StateActive, directory.StateDeactivated}).Draw(t, "state")
	u.Deleted = rapid.IntRange(0, 9).Draw(t, "deleted") == 9
	u.Created, u.Modified = at(rapid.IntRange(0, 2).Draw(t, "created")), at(rapid.IntRange(0, 2).Draw(t, "modified"))
	for _, name := range []string{"externalId", "title", "displayName", "nickName"} {
		maybe(t, u.Document, name, word())
	}
	maybe(t, u.Document, "name", object(func(t *rapid.T, d *scim.Document) {
		maybe(t, d, "givenName", word())
		maybe(t, d, "familyName", word())
	}))
	maybe(t, u.Document, "emails", emails())
	maybe(t, u.Document, scim.EnterpriseUserSchema, object(func(t *rapid.T, d *scim.Document) {
		maybe(t, d, "department", word())
		maybe(t, d, "manager", object(func(t *rapid.T, d *scim.Document) { maybe(t, d, "value", word()) }))
	}))
	maybe(t, u.Document, badgeSchema, object(func(t *rapid.T, d *scim.Document) {
		maybe(t, d, "number", integer())
		maybe(t, d, "height", decimal())
		maybe(t, d, "active", rapid.Bool())
		maybe(t, d, "expires", dateTime())
		maybe(t, d, "photo", rapid.SampledFrom([]string{"Qq==", "qq==", "QQ=="}))
		maybe(t, d, "link", word())
		maybe(t, d, "code", word())
		maybe(t, d, "externalId", word())
		maybe(t, d, "groups", word())
		maybe(t, d, "doors", rapid.Custom(func(t *rapid.T) []any {
			var doors []any
			for _, door := range rapid.SliceOfN(word(), 1, 3).Draw(t, "doors") {
				doors = append(doors, door)
			}
			return doors
		}))
	}))
	return u
}

// emails draws a list as validation lets it pass: sub-attributes may be missing, at most one
// element is primary.
func emails() *rapid.Generator[[]any] {
	return rapid.Custom(func(t *rapid.T) []any {
		var list []any
		n := rapid.IntRange(1, 3).Draw(t, "emails")
		primary := rapid.IntRange(0, 3).Draw(t, "primary")
		for i := range n {
			e := scim.NewDocument("type", rapid.SampledFrom([]string{"work", "Work", "home", "other"}).Draw(t, "type"))
			maybe(t, e, "value", word())
			maybe(t, e, "display", word())
			if i == primary {
				e.Set("primary", true)
			} else if rapid.IntRange(0, 4).Draw(t, "secondary") == 0 {
				e.Set("primary", false)
			}
			list = append(list, e)
		}
		return list
	})
}

// maybe sets name to a drawn value, or not. Objects that came out empty are left out, as validation
// does.
func maybe[T any](t *rapid.T, d *scim.Document, name string, g *rapid.Generator[T]) {
	if !rapid.Bool().Draw(t, "has "+name) {
		return
	}
	value := any(g.Draw(t, name))
	if sub, ok := value.(*scim.Document); ok && sub.Len() == 0 {
		return
	}
	d.Set(name, value)
}

func object(fill func(t *rapid.T, d *scim.Document)) *rapid.Generator[*scim.Document] {
	return rapid.Custom(func(t *rapid.T) *scim.Document {
		d := scim.NewDocument()
		fill(t, d)
		return d
	})
}

// word draws one of few strings, so that documents and filters meet: strings that fold to one
// another, that begin or end like another, that mean something to a database or to a regular
// expression, and that sort otherwise by UTF-16 than by code point.
func word() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"a", "A", "ab", "Ab", "b", "ba", "aab", " ", "a b", "a\nb", "a\tb",
		".", "a.b", "$", "$a", "a$", "%", "50%", "^a", "(a", "a)", "[a]", "{a}", "a|b", "a+", "a*", ".*", "?", `\`, `\d`, `a"b`, "a'b", "a/b", "_", "#",
		"é", "e\u0301", "É", "ß", "ss", "SS", "ﬁ", "fi", "İ", "i", "ı", "K", "k", "Σ", "ς", "\uff5e", "\U0001F600", "日本",
		"true", "null", "7", "10", "2026-03-01T10:00:00Z", "work", "Work",
	})
}

// integer draws numbers near one another, small ones and those past which a float64 is no longer
// exact.
func integer() *rapid.Generator[int64] {
	return rapid.SampledFrom([]int64{-1, 0, 1, 7, 10, 1<<53 - 1, 1 << 53, 1<<53 + 1, 1<<63 - 1, -1 << 63})
}

func decimal() *rapid.Generator[float64] {
	return rapid.SampledFrom([]float64{-1.5, 0, 0.1, 0.30000000000000004, 1, 1.5, 2, 1e21, 1e-7})
}

// dateTime draws few instants in several writings, some of them finer than a millisecond, some
// further than 64 bits of nanoseconds reach.
func dateTime() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"2026-03-01T10:00:00Z", "2026-03-01T11:00:00+01:00", "2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00.001Z", "2026-03-01T10:00:00.0010001Z",
		"2026-03-01T05:00:00-05:00", "2026-02-28T23:59:59.999Z", "1969-12-31T23:59:59.9999Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
		"2026-03-02T09:00:00.123Z", "2026-03-02T10:01:00.123+01:00", "2026-03-02T09:01:00.1234567Z",
	})
}
