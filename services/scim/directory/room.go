package directory

import (
	"context"

	"github.com/devrev/scim/libs/scim"
)

// MaxPageBytes is how long a page may be, beyond its first resource.
const MaxPageBytes = 8 << 20

// What a resource may hold.
const (
	maxUserBytes = 256 << 10 // of a user, see scim.Size
	maxElements  = 1_000     // of a list in it
	memberBytes  = 200       // that one member of a group, with its name, takes in an answer
)

// How many resources are read at once where the Store does not bound their bytes: it does not know
// those of the members of groups, nor, in a list for people, where the page ends.
const (
	firstUsers  = MaxPageBytes / maxUserBytes
	firstGroups = 8  // a group may have a hundred thousand members
	browsed     = 50 // of either, of a list for people
)

// checkSize refuses a user who outgrows its bounds. One who was beyond them before may shrink and
// stay as they are.
func checkSize(before, after *scim.Document) error {
	size := scim.Size(after)
	if size <= scim.Size(before) {
		return nil
	}
	if size > maxUserBytes {
		return scim.BadRequest(scim.InvalidValue, "The user would have %d bytes; a user has at most %d. Map fewer or shorter attributes.", size, maxUserBytes)
	}
	for name, value := range after.All() {
		if err := checkElements(name, value); err != nil {
			return err
		}
	}
	return nil
}

func checkElements(path string, value any) error {
	switch v := value.(type) {
	case []any:
		if len(v) > maxElements {
			return invalidValue(path, "it would have %d elements; a list has at most %d.", len(v), maxElements)
		}
		for _, element := range v {
			if err := checkElements(path, element); err != nil {
				return err
			}
		}
	case *scim.Document:
		for name, sub := range v.All() {
			if err := checkElements(path+"."+name, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

// shelf is a kind of resources in a store as pages of them are made.
type shelf[T any] struct {
	first    int  // how many are read at once before their size is known
	bounded  bool // all of a page may be read at once: the Store bounds their bytes
	list     func(context.Context, Tenant, Query) (Page[T], error)
	resource func(T) *scim.Document
	id       func(T) string
	bytes    func(T) int
}

func (s *Users) shelf() shelf[User] {
	return shelf[User]{
		first: firstUsers, bounded: true, list: s.store.ListUsers, resource: User.Resource,
		id: func(u User) string { return string(u.ID) }, bytes: func(u User) int { return scim.Size(u.Document) },
	}
}

func (s *Groups) shelf() shelf[Group] {
	return shelf[Group]{
		first: firstGroups, list: s.store.ListGroups, resource: Group.Resource,
		id: func(g Group) string { return string(g.ID) }, bytes: func(g Group) int { return scim.Size(g.Document) + memberBytes*len(g.Members) },
	}
}

// page returns the page that q asks for. It ends early, with Cut set, where its resources have
// MaxPageBytes. What the Store does not bound is read in parts: some, and as many more as then have
// room if they are like the first ones.
func (s shelf[T]) page(ctx context.Context, t Tenant, q Query) (Page[T], error) {
	limit, left := q.Limit, MaxPageBytes
	switch {
	case s.bounded && q.Browse == 0:
		q.MaxBytes = left
	case q.Browse > 0 && !q.WithMembers: // what people look at has this length, and is mostly small
		q.Limit = min(limit, max(s.first, browsed))
	default:
		q.Limit = min(limit, s.first)
	}
	page, err := s.list(ctx, t, q)
	read, cut := page.Items, page.Cut
	page.Items, page.Cut = nil, false
	for err == nil {
		for i, item := range read {
			if left -= s.bytes(item); left < 0 && len(page.Items)+i > 0 {
				page.Items = append(page.Items, read[:i]...)
				page.Cut, page.Rest = true, nil
				return page, nil
			}
		}
		page.Items = append(page.Items, read...)
		n := len(page.Items)
		if page.AtLeast {
			page.Total = max(page.Total, n)
		}
		if page.Rest != nil {
			page.Cut = true
			return page, nil
		}
		if n == limit || len(read) < q.Limit && !cut {
			return page, nil
		}
		if left <= 0 {
			page.Cut = true
			return page, nil
		}
		last := page.Items[n-1]
		q.After, q.Skip = &Position{ID: s.id(last), Key: SortKey(q.Sort.Path, s.resource(last))}, 0
		q.NoTotal = true // it is known by now
		q.Limit = min(limit-n, max(s.first, left/max((MaxPageBytes-left)/n, 1)))
		var more Page[T]
		more, err = s.list(ctx, t, q)
		read, cut, page.Rest = more.Items, more.Cut, more.Rest
	}
	return Page[T]{}, err
}
