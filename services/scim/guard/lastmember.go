package guard

import (
	"context"
	"errors"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// askedAtOnce is how many members are looked up at a time.
const askedAtOnce = 100

// empties returns the hold that d opens because nobody enabled would be left in a privileged group;
// nil if there is no such group.
func (w *Watch) empties(ctx context.Context, d departing, last Hold) (*Hold, error) {
	group, err := w.emptied(ctx, d)
	if err != nil || group == "" {
		return nil, err
	}
	if young, err := w.young(ctx, d.org, d.now); err != nil || young {
		return nil, err
	}
	next := w.following(last, d.now)
	next.Group = group
	return next, nil
}

// emptied returns the privileged group in which somebody enabled is and nobody would be, "" if
// there is none.
func (w *Watch) emptied(ctx context.Context, d departing) (directory.GroupID, error) {
	if d.Group != "" {
		return w.emptiedByItself(ctx, d)
	}
	of, err := w.deps.Users.GroupsOf(ctx, d.org, d.User)
	if err != nil {
		return "", err
	}
	for _, g := range of[d.User] {
		if !g.Privileged {
			continue
		}
		if alone, err := w.isAlone(ctx, d.org, g.ID, d.User); err != nil || alone {
			return g.ID, err
		}
	}
	return "", nil
}

// emptiedByItself is emptied for members who leave their group.
func (w *Watch) emptiedByItself(ctx context.Context, d departing) (directory.GroupID, error) {
	if !d.Privileged {
		return "", nil
	}
	if stays, err := w.anyEnabled(ctx, d.org, d.Stay); err != nil || stays {
		return "", err
	}
	if leaves, err := w.anyEnabled(ctx, d.org, d.Leave); err != nil || !leaves {
		return "", err
	}
	return d.Group, nil
}

// anyEnabled reports whether one of the people is enabled.
func (w *Watch) anyEnabled(ctx context.Context, org directory.Organisation, people []directory.UserID) (bool, error) {
	id, err := org.Schemas.User.Resolve("id")
	if err != nil {
		return false, err
	}
	for some := range slices.Chunk(people, askedAtOnce) {
		terms := make([]filter.Expr, len(some))
		for i, user := range some {
			terms[i] = &filter.Comparison{Path: id, Op: filter.Equal, Value: string(user)}
		}
		found, err := w.deps.Users.List(ctx, org, directory.Query{Filter: filter.AnyOf(terms), Limit: len(some), NoTotal: true})
		if err != nil || slices.ContainsFunc(found.Items, func(u directory.User) bool { return u.State.Enabled() }) {
			return err == nil, err
		}
	}
	return false, nil
}

// isAlone reports whether no one else in the group is enabled.
func (w *Watch) isAlone(ctx context.Context, org directory.Organisation, group directory.GroupID, user directory.UserID) (bool, error) {
	active, err := org.Schemas.User.Resolve("active")
	if err != nil {
		return false, err
	}
	in, err := org.Schemas.User.Resolve("groups.value")
	if err != nil {
		return false, err
	}
	found, err := w.deps.Users.List(ctx, org, directory.Query{Limit: 2, NoTotal: true, Filter: &filter.And{
		Left:  &filter.Comparison{Path: in, Op: filter.Equal, Value: string(group)},
		Right: &filter.Comparison{Path: active, Op: filter.Equal, Value: true},
	}})
	if refusal, ok := errors.AsType[*scim.Error](err); ok && refusal.Type == scim.TooMany {
		return false, nil // so many are not one
	}
	return !slices.ContainsFunc(found.Items, func(u directory.User) bool { return u.ID != user }), err
}
