package embedded

import (
	"context"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// CreateGroup stores a new group and its members.
func (d *Directory) CreateGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return d.update(ctx, t, func(in tenant) error {
		if in.groups().get(string(g.ID)) != nil {
			return directory.ErrVersionConflict
		}
		g.Privileged = false // SetPrivileged says so, and nothing else
		if err := in.putGroup(directory.Group{}, g); err != nil {
			return err
		}
		joined, err := in.changeMembers(g.ID, directory.MemberDelta{Add: g.Members})
		if err != nil {
			return err
		}
		return in.tellOfGroup(directory.Group{}, g, joined)
	})
}

// Group returns a group by id.
func (d *Directory) Group(ctx context.Context, t directory.Tenant, id directory.GroupID, withMembers bool) (g directory.Group, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		if g, err = in.group(id); err != nil {
			return err
		}
		g.Waits = in.waitingCounts().has([]byte(id))
		if withMembers {
			g.Members = in.membersOf(id)
		}
		return nil
	})
	return g, err
}

// Standing returns a group, and who of those whom delta adds are users.
func (d *Directory) Standing(ctx context.Context, t directory.Tenant, id directory.GroupID, delta directory.MemberDelta) (directory.Standing, error) {
	st := directory.Standing{Of: delta}
	err := d.view(ctx, t, func(in tenant) (err error) {
		if st.Group, err = in.group(id); err != nil {
			return err
		}
		st.Group.Waits = in.waitingCounts().has([]byte(id))
		st.Known = in.known(delta.Add)
		return nil
	})
	return st, err
}

// UpdateGroup stores the next version of a group and changes its members.
func (d *Directory) UpdateGroup(
	ctx context.Context, t directory.Tenant, g directory.Group, delta directory.MemberDelta,
) (directory.Group, directory.MembershipChange, error) {
	type outcome struct {
		stored directory.Group
		change directory.MembershipChange
	}
	made, err := updated(ctx, d, t, func(in tenant) (made outcome, err error) {
		before, err := in.groupAt(g)
		if err != nil {
			return made, err
		}
		change, err := in.changeMembers(g.ID, delta)
		if err != nil {
			return made, err
		}
		stored := before
		if !change.Empty() || before.NameKey != g.NameKey || !before.Document.Equal(g.Document) {
			stored.NameKey, stored.Document, stored.Modified, stored.Word = g.NameKey, g.Document.Clone(), g.Modified, g.Word
			stored.Version++
			if err := in.putGroup(before, stored); err != nil {
				return made, err
			}
			told := stored
			told.Cause = g.Cause
			if err := in.tellOfGroup(before, told, change); err != nil {
				return made, err
			}
		}
		return outcome{stored, change}, nil
	})
	return made.stored, made.change, err
}

// SetPrivileged marks a group, or takes the mark away.
func (d *Directory) SetPrivileged(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return d.update(ctx, t, func(in tenant) error {
		before, err := in.groupAt(g)
		if err != nil {
			return err
		}
		after := before
		after.Privileged = g.Privileged
		return in.putGroup(before, after)
	})
}

// HearGroup stores what the identity provider last said.
func (d *Directory) HearGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return d.update(ctx, t, func(in tenant) error {
		before, err := in.groupAt(g)
		if err != nil {
			return err
		}
		return in.putGroupWord(before, g)
	})
}

func (in tenant) putGroupWord(before, g directory.Group) error {
	return in.putWordOf(string(g.ID), ofGroups, before.Word, g.Word, before.Word.Drifts(), g.Word.Drifts())
}

// DeleteGroup removes a group and its memberships.
func (d *Directory) DeleteGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return d.update(ctx, t, func(in tenant) error {
		before, err := in.group(g.ID)
		if err != nil {
			return err
		}
		if g.Version != 0 && g.Version != before.Version {
			return directory.ErrVersionConflict
		}
		left, err := in.changeMembers(g.ID, directory.MemberDelta{Reset: true})
		if err != nil {
			return err
		}
		if _, err := in.unwaitOthers(g.ID, nil, directory.MaxWaitingOfGroup); err != nil {
			return err
		}
		if err := in.groupNames().delete(digest(before.NameKey)); err != nil {
			return err
		}
		if err := in.groupIndex().change(string(g.ID), before.Resource(), nil); err != nil {
			return err
		}
		if err := in.putGroupWord(before, directory.Group{ID: g.ID}); err != nil {
			return err
		}
		if err := in.groups().remove(string(g.ID)); err != nil {
			return err
		}
		gone := directory.Group{ID: g.ID, Version: before.Version + 1, Modified: g.Modified, Cause: g.Cause}
		return in.tellOfGroup(before, gone, left)
	})
}

// CountMembers counts the members of groups.
func (d *Directory) CountMembers(ctx context.Context, t directory.Tenant, groups []directory.GroupID) (map[directory.GroupID]int, error) {
	counts := make(map[directory.GroupID]int, len(groups))
	err := d.view(ctx, t, func(in tenant) error {
		for _, id := range groups {
			counts[id] = sizeIn(in.memberCounts().get([]byte(id)))
		}
		return nil
	})
	return counts, err
}

// GroupsOf returns the groups of users.
func (d *Directory) GroupsOf(
	ctx context.Context, t directory.Tenant, users []directory.UserID,
) (map[directory.UserID][]directory.GroupRef, error) {
	groups := make(map[directory.UserID][]directory.GroupRef)
	known := make(map[directory.GroupID]directory.GroupRef) // many users are in the same ones
	err := d.view(ctx, t, func(in tenant) error {
		for _, user := range users {
			var refs []directory.GroupRef
			for _, id := range in.groupsOf(user) {
				ref, ok := known[id]
				if !ok {
					g, err := in.group(id)
					if err != nil {
						return err
					}
					ref = directory.GroupRef{ID: id, DisplayName: g.DisplayName(), Privileged: g.Privileged}
					known[id] = ref
				}
				refs = append(refs, ref)
			}
			if refs != nil {
				groups[user] = refs
			}
		}
		return nil
	})
	return groups, err
}

func (in tenant) group(id directory.GroupID) (directory.Group, error) {
	value := in.table(groups).get([]byte(id))
	if value == nil {
		return directory.Group{}, directory.ErrNotFound
	}
	g, err := decodeGroup(value)
	if err != nil {
		return g, err
	}
	g.Word, err = in.word(string(id))
	return g, err
}

// groupAt returns the stored group if its version is g.Version.
func (in tenant) groupAt(g directory.Group) (directory.Group, error) {
	stored, err := in.group(g.ID)
	if err == nil && stored.Version != g.Version {
		err = directory.ErrVersionConflict
	}
	return stored, err
}

// putGroup stores g, that was before until now, without its members, and keeps the index of names
// in step. The zero before is that of a new group.
func (in tenant) putGroup(before, g directory.Group) error {
	if err := rename(in.groupNames(), before.NameKey, g.NameKey, string(g.ID), "displayName"); err != nil {
		return err
	}
	value, err := encodeGroup(g)
	if err != nil {
		return err
	}
	var was *scim.Document
	if before.ID != "" {
		was = before.Resource()
	}
	if err := in.groupIndex().change(string(g.ID), was, g.Resource()); err != nil {
		return err
	}
	if err := in.putGroupWord(before, g); err != nil {
		return err
	}
	return in.groups().put(string(g.ID), value)
}
