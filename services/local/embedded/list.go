package embedded

import (
	"context"
	"math"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// ListUsers returns a page of users.
func (d *Directory) ListUsers(ctx context.Context, t directory.Tenant, q directory.Query) (page directory.Page[directory.User], err error) {
	err = d.view(ctx, t, func(in tenant) error {
		asked := directory.Related(q.Filter)
		l := listing[directory.User]{in.users(), in.userLists(), in.usersFor, decodeUser, func(u directory.User) *scim.Document {
			resource := u.Resource()
			directory.Relate(resource, "groups", asked, func(id string) bool { return in.isMember(directory.GroupID(id), u.ID) })
			return resource
		}}
		if q.Deleted {
			l.roll, l.index, l.narrow = in.gone(), index{keyed: in.goneIndex()}, in.goneFor
		}
		page, err = l.page(ctx, q)
		return err
	})
	return page, err
}

// ListGroups returns a page of groups.
func (d *Directory) ListGroups(ctx context.Context, t directory.Tenant, q directory.Query) (page directory.Page[directory.Group], err error) {
	err = d.view(ctx, t, func(in tenant) error {
		asked := directory.Related(q.Filter)
		l := listing[directory.Group]{in.groups(), in.groupLists(), in.groupsFor, decodeGroup, func(g directory.Group) *scim.Document {
			resource := g.Resource()
			directory.Relate(resource, "members", asked, func(id string) bool { return in.isMember(g.ID, directory.UserID(id)) })
			return resource
		}}
		page, err = l.page(ctx, q)
		for i := range page.Items {
			if q.WithMembers {
				page.Items[i].Members = in.membersOf(page.Items[i].ID)
			}
		}
		return err
	})
	return page, err
}

// listing is a list on its way: the roll, what leads to those on it, what narrows it to those among
// which all matches are, and how a value becomes a resource as filters see it.
type listing[T any] struct {
	roll   roll
	index  index
	narrow func(filter.Expr) narrowing
	decode func([]byte) (T, error)
	view   func(T) *scim.Document
}

// page returns the page that q selects.
func (l listing[T]) page(ctx context.Context, q directory.Query) (directory.Page[T], error) {
	page, err := l.found(ctx, q)
	if q.NoTotal {
		page.Total = 0
	}
	return page, err
}

// found returns the page with its total, and reads no more resources than that takes.
func (l listing[T]) found(ctx context.Context, q directory.Query) (directory.Page[T], error) {
	inOrderOfID := q.Sort.Path.Attribute == nil
	total, known := l.index.count(q.Filter, l.roll)
	switch {
	case known && q.Limit == 0:
		return directory.Page[T]{Total: total}, nil
	case inOrderOfID && q.Filter == nil:
		return l.ofAll(q)
	case q.Browse > 0 && q.Limit > 0:
		return l.browse(ctx, q)
	}
	among := l.narrow(q.Filter)
	switch {
	case inOrderOfID && among.exact:
		return l.ofSome(q, among)
	case q.MaxRead > 0 && l.candidates(among) > q.MaxRead:
		return directory.Page[T]{}, directory.ErrTooMany
	default:
		return l.ofMatches(ctx, q, among)
	}
}

// candidates returns among how many resources the matches are.
func (l listing[T]) candidates(among narrowing) int {
	if among.narrowed {
		return len(among.ids)
	}
	return l.roll.len()
}

// ofAll returns a page of the whole roll.
func (l listing[T]) ofAll(q directory.Query) (directory.Page[T], error) {
	page := directory.Page[T]{Total: l.roll.len()}
	if q.Limit == 0 {
		return page, nil
	}
	w := l.roll.at(q.Skip)
	if q.After != nil {
		w = l.roll.after(q.After.ID, q.Skip)
	}
	if most := min(q.Limit, page.Total-q.Skip); most > 0 {
		page.Items = make([]T, 0, most)
	}
	for left := room(q); w.key != nil && len(page.Items) < q.Limit && !page.Cut; w.next() {
		item, err := l.decode(w.value)
		if err != nil {
			return directory.Page[T]{}, err
		}
		page.Items = append(page.Items, item)
		left -= len(w.value)
		page.Cut = left <= 0
	}
	return page, nil
}

// ofSome returns a page of those that an index names, all of which match.
func (l listing[T]) ofSome(q directory.Query, some narrowing) (directory.Page[T], error) {
	ids := some.ids
	if !some.listed {
		ids = slices.DeleteFunc(ids, func(id string) bool { return l.roll.get(id) == nil })
	}
	page := directory.Page[T]{Total: len(ids)}
	if q.After != nil {
		first, found := slices.BinarySearch(ids, q.After.ID)
		if found {
			first++
		}
		ids = ids[first:]
	}
	err := l.fill(&page, part(ids, q), room(q))
	return page, err
}

// ofMatches returns a page of the matches, for which it reads each candidate.
func (l listing[T]) ofMatches(ctx context.Context, q directory.Query, among narrowing) (directory.Page[T], error) {
	var page directory.Page[T]
	var matches []directory.Position
	for id, value := range l.values(among) {
		if err := ctx.Err(); err != nil {
			return page, err
		}
		item, err := l.decode(value)
		if err != nil {
			return page, err
		}
		resource := l.view(item)
		if !filter.Match(q.Filter, resource) {
			continue
		}
		page.Total++
		at := directory.Position{ID: id, Key: directory.SortKey(q.Sort.Path, resource)}
		if q.After == nil || q.Sort.Compare(at, *q.After) > 0 {
			matches = append(matches, at)
		}
	}
	slices.SortFunc(matches, q.Sort.Compare)
	var ids []string
	for _, at := range part(matches, q) {
		ids = append(ids, at.ID)
	}
	err := l.fill(&page, ids, room(q))
	return page, err
}

// values yields the candidates and their values in the order of ids.
func (l listing[T]) values(among narrowing) func(yield func(string, []byte) bool) {
	if !among.narrowed {
		return l.roll.rows.under(nil)
	}
	return func(yield func(string, []byte) bool) {
		for _, id := range among.ids {
			if value := l.roll.get(id); value != nil && !yield(id, value) {
				return
			}
		}
	}
}

// fill adds the resources of these ids to the page, until they have so many bytes.
func (l listing[T]) fill(page *directory.Page[T], ids []string, left int) error {
	for _, id := range ids {
		value := l.roll.get(id)
		item, err := l.decode(value)
		if err != nil {
			return err
		}
		page.Items = append(page.Items, item)
		if left -= len(value); left <= 0 {
			page.Cut = true
			break
		}
	}
	return nil
}

// room returns how many bytes a page may have.
func room(q directory.Query) int {
	if q.MaxBytes == 0 {
		return math.MaxInt
	}
	return q.MaxBytes
}

// part returns the part of matches that q selects.
func part[M any](matches []M, q directory.Query) []M {
	first := min(q.Skip, len(matches))
	return matches[first:min(first+q.Limit, len(matches))]
}
