package directory

import (
	"context"
	"errors"

	"github.com/devrev/scim/libs/scim/filter"
)

// NameTaken is the error of a Revert whose user or group would have a name that another has.
type NameTaken struct{ Holder string } // its id

// Error names the holder, never the name.
func (n *NameTaken) Error() string { return "the name is that of " + n.Holder }

// Revert takes back changes of a user, deleted or not: edit makes the user that is to be of the one
// that is, with the State, Deleted and a Document of before. What was stored once breaks no rule
// about what clients say, so that none is asked; but the name must be free, else the error is a
// *NameTaken. A deleted record gives its name up. An error of edit is returned as it is. The groups
// of a user who comes back are for Attach.
func (s *Users) Revert(ctx context.Context, org Organisation, id UserID, c *Change, edit func(now User) (User, error)) (User, error) {
	var wanted User
	u, err := update(ctx, &s.turns, turnOf(org.Tenant, id), func() (User, error) {
		before, err := s.store.User(ctx, org.Tenant, id)
		if err != nil {
			return User{}, err
		}
		c.Before = before.snapshot()
		if wanted, err = edit(before); err != nil {
			return User{}, err
		}
		if !wanted.Deleted || wanted.UserName() != before.UserName() { // else a name that was given up stays so
			wanted.NameKey = Fold(wanted.UserName())
		}
		c.Effect, c.After = effectOfRevert(before, wanted), wanted.snapshot()
		switch {
		case c.Effect == EffectUnchanged:
			return before, nil
		case wanted.Deleted && !before.Deleted:
			wanted.Modified, wanted.Cause, wanted.Word = Now(s.now()), c.cause(org), Word{}
			err := s.store.DeleteUser(ctx, org.Tenant, wanted)
			wanted.Version++
			return wanted, err
		case c.Effect == EffectRestored:
			if err := s.readyToReturn(ctx, org, wanted, c); err != nil {
				return User{}, err
			}
			wanted.Awaited = true // Attach does the rest
		}
		return s.put(ctx, org, before, wanted, c)
	})
	if isDuplicate(err) {
		holder, lookup := s.store.UserByName(ctx, org.Tenant, wanted.NameKey)
		if lookup == nil {
			return User{}, &NameTaken{string(holder.ID)}
		}
	}
	return u, refusal("user", string(id), err)
}

// readyToReturn ends, if u comes back alone, the waiting of the memberships from before. Where
// another user has the name, so that u stays away, they go on.
func (s *Users) readyToReturn(ctx context.Context, org Organisation, u User, c *Change) error {
	if !c.Alone {
		return nil
	}
	holder, err := s.store.UserByName(ctx, org.Tenant, u.NameKey)
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return err
	case !holder.Deleted:
		return &Duplicate{"userName"}
	}
	return s.forgetLeft(ctx, org.Tenant, u.ID)
}

func effectOfRevert(before, after User) Effect {
	switch {
	case before.Deleted && !after.Deleted:
		return EffectRestored
	case after.Deleted && !before.Deleted:
		return EffectDeleted
	case before.Deleted && before.Document.Equal(after.Document): // whose state no one sees
		return EffectUnchanged
	case before.Deleted:
		return EffectUpdated
	default:
		return effectOn(before, after)
	}
}

// Revert is that of Users for a group, which edit gets as it is, without members; the zero Group if
// it is gone. What edit returns has a Version behind the end of a group that is gone, which then
// comes back with those whom the delta adds; the zero Group if nothing is to change. Those to be
// added who are no users any more are in c.Skipped.
func (s *Groups) Revert(ctx context.Context, org Organisation, id GroupID, c *Change, edit func(now Group) (Group, MemberDelta, error)) (Group, error) {
	var wanted Group
	g, err := update(ctx, &s.turns, turnOf(org.Tenant, id), func() (Group, error) {
		before, err := s.store.Group(ctx, org.Tenant, id, false)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Group{}, err
		}
		c.Effect, c.Before, c.After, c.Members = EffectUnchanged, before.snapshot(), before.snapshot(), MembershipChange{}
		var delta MemberDelta
		if wanted, delta, err = edit(before); err != nil || wanted.ID == "" {
			return before, err
		}
		known, err := s.store.KnownUsers(ctx, org.Tenant, delta.Add)
		if err != nil {
			return Group{}, err
		}
		delta.Add, c.Skipped = partition(delta.Add, known)
		wanted.NameKey = Fold(wanted.DisplayName())
		wanted.Modified, wanted.Cause = Now(s.now()), c.cause(org)
		if before.ID == "" {
			wanted.Members = delta.Add
			c.Effect, c.After, c.Members = EffectRestored, wanted.snapshot(), MembershipChange{Added: delta.Add}
			return wanted, s.store.CreateGroup(ctx, org.Tenant, wanted)
		}
		stored, changed, err := s.store.UpdateGroup(ctx, org.Tenant, wanted, delta)
		if err == nil && stored.Version != before.Version {
			c.Effect, c.After, c.Members = EffectUpdated, wanted.snapshot(), changed
		}
		return stored, err
	})
	if isDuplicate(err) {
		holder, lookup := s.holderOf(ctx, org, wanted)
		if lookup == nil && holder != "" {
			return Group{}, &NameTaken{string(holder)}
		}
	}
	return g, refusal("group", string(id), err)
}

// holderOf returns the group that has the name of g, "" if there is none.
func (s *Groups) holderOf(ctx context.Context, org Organisation, g Group) (GroupID, error) {
	path, err := org.Schemas.Group.Resolve("displayName")
	if err != nil {
		return "", err
	}
	named := &filter.Comparison{Path: path, Op: filter.Equal, Value: g.NameKey}
	found, err := s.store.ListGroups(ctx, org.Tenant, Query{Filter: named, Limit: 1})
	if err != nil || len(found.Items) == 0 {
		return "", err
	}
	return found.Items[0].ID, nil
}
