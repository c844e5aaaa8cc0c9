package embedded

import (
	"context"
	"iter"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// ListUsers returns a page of users.
func (d *Directory) ListUsers(ctx context.Context, t directory.Tenant, q directory.Query) (page directory.Page[directory.User], err error) {
	err = d.view(ctx, t, func(in tenant) error {
		users := rows(in.users, in.usersFor(q.Filter), decodeUser)
		asked := related(q.Filter)
		page, err = list(ctx, q, users, func(u directory.User) (*scim.Document, directory.Position) {
			if u.Deleted {
				return nil, directory.Position{}
			}
			resource := u.Resource()
			relate(resource, "groups", asked, func(id string) bool { return in.isMember(directory.GroupID(id), u.ID) })
			return resource, directory.Position{ID: string(u.ID)}
		})
		return err
	})
	return page, err
}

// ListGroups returns a page of groups.
func (d *Directory) ListGroups(ctx context.Context, t directory.Tenant, q directory.Query) (page directory.Page[directory.Group], err error) {
	err = d.view(ctx, t, func(in tenant) error {
		groups := rows(in.groups, in.groupsFor(q.Filter), decodeGroup)
		asked := related(q.Filter)
		page, err = list(ctx, q, groups, func(g directory.Group) (*scim.Document, directory.Position) {
			resource := g.Resource()
			relate(resource, "members", asked, func(id string) bool { return in.isMember(g.ID, directory.UserID(id)) })
			return resource, directory.Position{ID: string(g.ID)}
		})
		for i := range page.Items {
			if q.WithMembers {
				page.Items[i].Members = in.membersOf(page.Items[i].ID)
			}
		}
		return err
	})
	return page, err
}

// rows yields the decoded values of a table: those among the ids, or all in the order of their keys.
func rows[T any](t table, among narrowing, decode func([]byte) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if !among.narrowed {
			for _, value := range t.under(nil) {
				if !yield(decode(value)) {
					return
				}
			}
			return
		}
		for _, id := range among.ids {
			if value := t.get([]byte(id)); value != nil && !yield(decode(value)) {
				return
			}
		}
	}
}

// list makes the page that q asks for of items. view returns an item as filters see it, nil if no list may show it, and its id.
func list[T any](
	ctx context.Context, q directory.Query, items iter.Seq2[T, error], view func(T) (*scim.Document, directory.Position),
) (directory.Page[T], error) {
	type match struct {
		item T
		at   directory.Position
	}
	var page directory.Page[T]
	var matches []match
	for item, err := range items {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return directory.Page[T]{}, err
		}
		resource, at := view(item)
		if resource == nil || !filter.Match(q.Filter, resource) {
			continue
		}
		page.Total++
		at.Key = directory.SortKey(q.Sort.Path, resource)
		if q.After == nil || q.Sort.Compare(at, *q.After) > 0 {
			matches = append(matches, match{item, at})
		}
	}
	slices.SortFunc(matches, func(a, b match) int { return q.Sort.Compare(a.at, b.at) })
	first := min(q.Skip, len(matches))
	for _, m := range matches[first:min(first+q.Limit, len(matches))] {
		page.Items = append(page.Items, m.item)
	}
	return page, nil
}
