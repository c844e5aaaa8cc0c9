package overlay

import (
	"context"
	"errors"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// ListUsers returns a page of users.
func (s *Store) ListUsers(ctx context.Context, t directory.Tenant, q directory.Query) (page directory.Page[directory.User], err error) {
	q.Browse = 0 // people do not look at a rehearsal
	err = s.on(ctx, t, func(in part) error {
		ids := in.usersThatDiffer()
		asked := directory.Related(q.Filter)
		here, there, err := in.relations(ids, asked)
		if err != nil {
			return err
		}
		l := listing[directory.User]{below: s.below.ListUsers, id: func(u directory.User) string { return string(u.ID) }, resource: directory.User.Resource}
		note := func(side *side[directory.User], u directory.User, of relations) {
			u.Word = directory.Word{} // which lists do not have
			resource := u.Resource()
			directory.Relate(resource, "groups", asked, func(id string) bool { return of.has(directory.GroupID(id), u.ID) })
			if u.Deleted == q.Deleted {
				side.note(q, string(u.ID), u, resource)
			}
		}
		for _, id := range ids {
			l.differ = append(l.differ, string(id))
			u, err := in.user(id)
			if err != nil {
				return err
			}
			note(&l.here, u, here)
			if u, err = s.below.User(ctx, t, id); err == nil {
				note(&l.there, u, there)
			} else if !errors.Is(err, directory.ErrNotFound) {
				return err
			}
		}
		page, err = l.page(ctx, t, q)
		return err
	})
	return page, err
}

// ListGroups returns a page of groups.
func (s *Store) ListGroups(ctx context.Context, t directory.Tenant, q directory.Query) (page directory.Page[directory.Group], err error) {
	q.Browse = 0
	err = s.on(ctx, t, func(in part) error {
		asked := directory.Related(q.Filter)
		here, there, err := in.relations(usersOf(asked), asked)
		if err != nil {
			return err
		}
		l := listing[directory.Group]{below: s.below.ListGroups, id: func(g directory.Group) string { return string(g.ID) }, resource: directory.Group.Resource}
		note := func(side *side[directory.Group], g directory.Group, of relations) {
			g.Word = directory.Word{}
			resource := g.Resource()
			directory.Relate(resource, "members", asked, func(id string) bool { return of.has(g.ID, directory.UserID(id)) })
			side.note(q, string(g.ID), g, resource)
		}
		for id, g := range in.groups {
			l.differ = append(l.differ, string(id))
			if g != nil {
				note(&l.here, g.Clone(), here)
			}
			if g, err := s.below.Group(ctx, t, id, false); err == nil {
				note(&l.there, g, there)
			} else if !errors.Is(err, directory.ErrNotFound) {
				return err
			}
		}
		if page, err = l.page(ctx, t, q); err != nil || !q.WithMembers {
			return err
		}
		for i, g := range page.Items {
			if _, ok := in.groups[g.ID]; ok {
				if page.Items[i].Members, err = in.membersOf(g.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return page, err
}

// usersThatDiffer returns the users who were written here, or whose memberships were.
func (in part) usersThatDiffer() []directory.UserID {
	var ids []directory.UserID
	for id := range in.users {
		ids = append(ids, id)
	}
	for _, roster := range in.memberships {
		for id := range roster {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func usersOf(ids []string) []directory.UserID {
	users := make([]directory.UserID, len(ids))
	for i, id := range ids {
		users[i] = directory.UserID(id)
	}
	return users
}

// relations are the groups of users.
type relations map[directory.UserID][]directory.GroupRef

func (r relations) has(group directory.GroupID, user directory.UserID) bool {
	return slices.ContainsFunc(r[user], func(ref directory.GroupRef) bool { return ref.ID == group })
}

// relations returns the groups of users here and below, if a filter asks for memberships at all.
func (in part) relations(users []directory.UserID, asked []string) (here, there relations, err error) {
	if len(asked) == 0 {
		return nil, nil, nil
	}
	if here, err = in.groupsOf(users); err != nil {
		return nil, nil, err
	}
	there, err = in.store.below.GroupsOf(in.ctx, in.t, users)
	return here, there, err
}

// listing is a list on its way: that of below, in which some resources differ from what they are
// here.
type listing[T any] struct {
	below       func(context.Context, directory.Tenant, directory.Query) (directory.Page[T], error)
	id          func(T) string
	resource    func(T) *scim.Document
	differ      []string // the ids of those that differ
	here, there side[T]  // what of them is on the list, as they are here, and as they are below
}

// side is what of the resources that differ matches a query.
type side[T any] struct {
	listed int // matching or not
	total  int
	behind []entry[T] // After
}

// entry is a resource at its place.
type entry[T any] struct {
	at   directory.Position
	item T
}

func place(q directory.Query, id string, resource *scim.Document) directory.Position {
	return directory.Position{Key: directory.SortKey(q.Sort.Path, resource), ID: id}
}

func (s *side[T]) note(q directory.Query, id string, item T, resource *scim.Document) {
	s.listed++
	if !filter.Match(q.Filter, resource) {
		return
	}
	s.total++
	if at := place(q, id, resource); q.After == nil || q.Sort.Compare(at, *q.After) > 0 {
		s.behind = append(s.behind, entry[T]{at, item})
	}
}

// before returns how many are before a place.
func (s *side[T]) before(q directory.Query, at directory.Position) int {
	n := 0
	for _, e := range s.behind {
		if q.Sort.Compare(e.at, at) < 0 {
			n++
		}
	}
	return n
}

// page returns the page that q selects. It reads below from a place on that is not behind its
// beginning, whatever is here, and as many more as may drop out.
func (l *listing[T]) page(ctx context.Context, t directory.Tenant, q directory.Query) (directory.Page[T], error) {
	if len(l.differ) == 0 {
		return l.below(ctx, t, q)
	}
	if err := l.bounded(ctx, t, q); err != nil {
		return directory.Page[T]{}, err
	}
	read := q
	read.MaxBytes = 0 // where a page ends is known once both are on it
	if q.Limit > 0 {
		read.Skip = max(0, q.Skip-len(l.here.behind))
		read.Limit = q.Limit + q.Skip - read.Skip + len(l.there.behind)
	}
	page, err := l.below(ctx, t, read)
	if err != nil {
		return page, err
	}
	if !q.NoTotal {
		page.Total += l.here.total - l.there.total
	}
	rows, skip := l.here.behind, q.Skip
	switch {
	case len(page.Items) > 0 && read.Skip > 0:
		first := place(q, l.id(page.Items[0]), l.resource(page.Items[0]))
		skip -= read.Skip - l.there.before(q, first) + l.here.before(q, first)
		rows = slices.DeleteFunc(rows, func(e entry[T]) bool { return q.Sort.Compare(e.at, first) < 0 })
	case read.Skip > 0: // all that is below and all that is here is before the page
		rows, skip = nil, 0
	}
	for _, item := range page.Items {
		if id := l.id(item); !slices.Contains(l.differ, id) {
			rows = append(rows, entry[T]{place(q, id, l.resource(item)), item})
		}
	}
	slices.SortFunc(rows, func(a, b entry[T]) int { return q.Sort.Compare(a.at, b.at) })
	rows = rows[min(skip, len(rows)):]
	page.Items = nil
	for _, e := range rows[:min(q.Limit, len(rows))] {
		page.Items = append(page.Items, e.item)
	}
	return page, nil
}

// bounded refuses a query that takes reading more than it may: here there is no index.
func (l *listing[T]) bounded(ctx context.Context, t directory.Tenant, q directory.Query) error {
	if q.MaxRead == 0 || q.Filter == nil && q.Sort.Path.Attribute == nil || directory.Demands(q.Filter, filter.Equal) {
		return nil
	}
	all, err := l.below(ctx, t, directory.Query{Deleted: q.Deleted})
	if err == nil && all.Total+l.here.listed-l.there.listed > q.MaxRead {
		return directory.ErrTooMany
	}
	return err
}
