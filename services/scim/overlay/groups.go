package overlay

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/sets"
	"github.com/devrev/scim/services/scim/directory"
)

// CreateGroup keeps a new group and its members.
func (s *Store) CreateGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return s.on(ctx, t, func(in part) error {
		if _, err := in.group(g.ID); !errors.Is(err, directory.ErrNotFound) {
			return conflictUnless(err)
		}
		if err := in.groupNameIsFree(g); err != nil {
			return err
		}
		members, err := in.known(g.Members)
		if err == nil {
			err = in.take(1 + len(members))
		}
		if err != nil {
			return err
		}
		g.Privileged = false
		in.keepGroup(g)
		for _, user := range members {
			in.roster(g.ID)[user] = true
		}
		s.trace.Created = append(s.trace.Created, string(g.ID))
		return nil
	})
}

// Group returns a group by id.
func (s *Store) Group(ctx context.Context, t directory.Tenant, id directory.GroupID, withMembers bool) (g directory.Group, err error) {
	err = s.on(ctx, t, func(in part) error {
		if g, err = in.group(id); err == nil && withMembers {
			g.Members, err = in.membersOf(id)
		}
		if err == nil {
			g.Waits, err = in.waits(id)
		}
		return err
	})
	return g, err
}

// Standing returns a group, and who of those whom d adds are users.
func (s *Store) Standing(ctx context.Context, t directory.Tenant, id directory.GroupID, d directory.MemberDelta) (directory.Standing, error) {
	st := directory.Standing{Of: d}
	err := s.on(ctx, t, func(in part) (err error) {
		if st.Group, err = in.group(id); err == nil {
			st.Group.Waits, err = in.waits(id)
		}
		if err == nil {
			st.Known, err = in.known(d.Add)
		}
		return err
	})
	return st, err
}

// UpdateGroup keeps the next version of a group and changes its members.
func (s *Store) UpdateGroup(
	ctx context.Context, t directory.Tenant, g directory.Group, d directory.MemberDelta,
) (stored directory.Group, change directory.MembershipChange, err error) {
	err = s.on(ctx, t, func(in part) error {
		if stored, err = in.group(g.ID); err != nil {
			return err
		}
		if stored.Version != g.Version {
			return directory.ErrVersionConflict
		}
		if change, err = in.changeOf(g.ID, d); err != nil {
			return err
		}
		if change.Empty() && stored.NameKey == g.NameKey && stored.Document.Equal(g.Document) {
			return nil
		}
		if stored.NameKey != g.NameKey {
			if err := in.groupNameIsFree(g); err != nil {
				return err
			}
		}
		stored.NameKey, stored.Document, stored.Modified, stored.Word = g.NameKey, g.Document.Clone(), g.Modified, g.Word
		stored.Version++
		if err := in.take(1 + len(change.Added) + len(change.Removed)); err != nil {
			return err
		}
		in.keepGroup(stored)
		for _, user := range change.Removed {
			in.differ(g.ID, user, false)
		}
		for _, user := range change.Added {
			in.differ(g.ID, user, true)
		}
		return nil
	})
	if err != nil {
		return directory.Group{}, directory.MembershipChange{}, err
	}
	return stored, change, nil
}

// SetPrivileged marks a group, or takes the mark away.
func (s *Store) SetPrivileged(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return s.note(ctx, t, g, func(stored *directory.Group) { stored.Privileged = g.Privileged })
}

// HearGroup keeps what was last said about a group.
func (s *Store) HearGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	return s.note(ctx, t, g, func(stored *directory.Group) { stored.Word = g.Word })
}

// note has set change what is no part of the group's version, if the stored version equals
// g.Version.
func (s *Store) note(ctx context.Context, t directory.Tenant, g directory.Group, set func(stored *directory.Group)) error {
	return s.on(ctx, t, func(in part) error {
		stored, err := in.group(g.ID)
		if err != nil {
			return err
		}
		if stored.Version != g.Version {
			return directory.ErrVersionConflict
		}
		if err := in.take(1); err != nil {
			return err
		}
		set(&stored)
		in.keepGroup(stored)
		return nil
	})
}

// DriftingGroups returns the groups with this kind of drift.
func (s *Store) DriftingGroups(ctx context.Context, t directory.Tenant, kind directory.Drift, after directory.GroupID, limit int) (found []directory.Group, err error) {
	err = s.on(ctx, t, func(in part) error {
		below, err := in.store.below.DriftingGroups(ctx, t, kind, after, limit+len(in.groups))
		for _, g := range below {
			if _, here := in.groups[g.ID]; !here {
				found = append(found, g)
			}
		}
		for id, g := range in.groups {
			if g != nil && id > after && slices.Contains(g.Word.Drifts(), kind) {
				found = append(found, g.Clone())
			}
		}
		slices.SortFunc(found, func(a, b directory.Group) int { return strings.Compare(string(a.ID), string(b.ID)) })
		found = found[:min(len(found), limit)]
		return err
	})
	return found, err
}

// CountDriftingGroups counts the groups with this kind of drift.
func (s *Store) CountDriftingGroups(ctx context.Context, t directory.Tenant, kind directory.Drift, most int) (int, error) {
	groups, err := s.DriftingGroups(ctx, t, kind, "", most)
	return len(groups), err
}

// DeleteGroup removes a group and its memberships.
func (s *Store) DeleteGroup(ctx context.Context, t directory.Tenant, g directory.Group) error {
	id := g.ID
	return s.on(ctx, t, func(in part) error {
		stored, err := in.group(id)
		if err != nil {
			return err
		}
		if g.Version != 0 && g.Version != stored.Version {
			return directory.ErrVersionConflict
		}
		if err := in.take(1); err != nil {
			return err
		}
		in.groups[id] = nil
		delete(in.memberships, id)
		return nil
	})
}

// CountMembers counts the members of groups.
func (s *Store) CountMembers(ctx context.Context, t directory.Tenant, groups []directory.GroupID) (counts map[directory.GroupID]int, err error) {
	err = s.on(ctx, t, func(in part) error {
		asked := slices.DeleteFunc(slices.Clone(groups), in.isDeleted)
		if counts, err = in.store.below.CountMembers(ctx, t, asked); err != nil {
			return err
		}
		counts = maps.Clone(counts)
		for _, id := range asked {
			for _, joined := range in.memberships[id] {
				if joined {
					counts[id]++
				} else {
					counts[id]--
				}
			}
		}
		return nil
	})
	return counts, err
}

// GroupsOf returns the groups of users.
func (s *Store) GroupsOf(
	ctx context.Context, t directory.Tenant, users []directory.UserID,
) (groups map[directory.UserID][]directory.GroupRef, err error) {
	err = s.on(ctx, t, func(in part) error {
		groups, err = in.groupsOf(users)
		return err
	})
	return groups, err
}

func (in part) isDeleted(id directory.GroupID) bool {
	g, ok := in.groups[id]
	return ok && g == nil
}

// group returns a group without members.
func (in part) group(id directory.GroupID) (directory.Group, error) {
	switch g, ok := in.groups[id]; {
	case ok && g == nil:
		return directory.Group{}, directory.ErrNotFound
	case ok:
		return g.Clone(), nil
	default:
		g, err := in.store.below.Group(in.ctx, in.t, id, false)
		if g.Waits = false; err == nil {
			in.store.trace.Groups[id] = g.Version
		}
		return g, err
	}
}

// keepGroup keeps g without its members, for which there is room.
func (in part) keepGroup(g directory.Group) {
	g.Members, g.Waits, g.Cause = nil, false, directory.Cause{}
	g = g.Clone()
	in.groups[g.ID] = &g
}

// groupNameIsFree returns the Duplicate that g would be.
func (in part) groupNameIsFree(g directory.Group) error {
	for _, other := range in.groups {
		if other != nil && other.NameKey == g.NameKey && other.ID != g.ID {
			return &directory.Duplicate{Attribute: "displayName"}
		}
	}
	// A displayName in its comparable form is a NameKey.
	named := &filter.Comparison{Path: displayName, Op: filter.Equal, Value: g.NameKey}
	found, err := in.store.below.ListGroups(in.ctx, in.t, directory.Query{Filter: named, Limit: 1})
	if err != nil {
		return err
	}
	for _, other := range found.Items {
		if _, ok := in.groups[other.ID]; !ok && other.ID != g.ID {
			return &directory.Duplicate{Attribute: "displayName"}
		}
	}
	return nil
}

// displayName is the path of a group's name.
var displayName = func() schema.Path {
	path, err := schema.Load(directory.Fold).Group.Resolve("displayName")
	if err != nil {
		panic(err)
	}
	return path
}()

// membersOf returns the members of a group in ascending order, nil if there are none.
func (in part) membersOf(id directory.GroupID) ([]directory.UserID, error) {
	g, err := in.store.below.Group(in.ctx, in.t, id, true)
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return nil, err
	}
	members := sets.Of(g.Members)
	maps.Copy(members, in.memberships[id])
	maps.DeleteFunc(members, func(_ directory.UserID, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(members)), nil
}

// groupsOf returns the groups of users, which were not deleted.
func (in part) groupsOf(users []directory.UserID) (map[directory.UserID][]directory.GroupRef, error) {
	below, err := in.store.below.GroupsOf(in.ctx, in.t, users)
	if err != nil {
		return nil, err
	}
	groups := make(map[directory.UserID][]directory.GroupRef, len(below))
	for _, user := range users {
		if _, done := groups[user]; done {
			continue
		}
		var refs []directory.GroupRef
		for _, ref := range below[user] {
			g, ok := in.groups[ref.ID]
			switch {
			case !ok:
				refs = append(refs, ref)
			case g == nil:
			default:
				if _, differs := in.memberships[ref.ID][user]; !differs {
					refs = append(refs, directory.GroupRef{ID: ref.ID, DisplayName: g.DisplayName(), Privileged: g.Privileged})
				}
			}
		}
		for id, roster := range in.memberships {
			if roster[user] {
				g := in.groups[id]
				refs = append(refs, directory.GroupRef{ID: id, DisplayName: g.DisplayName(), Privileged: g.Privileged})
			}
		}
		if len(refs) > 0 {
			slices.SortFunc(refs, func(a, b directory.GroupRef) int { return strings.Compare(string(a.ID), string(b.ID)) })
			groups[user] = refs
		}
	}
	return groups, nil
}

// changeOf returns whose memberships d begins and ends.
func (in part) changeOf(id directory.GroupID, d directory.MemberDelta) (change directory.MembershipChange, err error) {
	remove := d.Remove
	if d.Reset {
		if remove, err = in.membersOf(id); err != nil {
			return change, err
		}
		remove = slices.DeleteFunc(remove, func(user directory.UserID) bool { return slices.Contains(d.Add, user) })
	}
	known, err := in.known(d.Add)
	if err != nil {
		return change, err
	}
	groups, err := in.groupsOf(slices.Concat(remove, known))
	if err != nil {
		return change, err
	}
	isMember := func(user directory.UserID) bool {
		return slices.ContainsFunc(groups[user], func(ref directory.GroupRef) bool { return ref.ID == id })
	}
	for _, user := range remove {
		if isMember(user) {
			change.Removed = append(change.Removed, user)
		}
	}
	for _, user := range known {
		if !isMember(user) {
			change.Added = append(change.Added, user)
		}
	}
	return change, nil
}

// differ begins or ends a membership: it differs from below then, or does so no longer.
func (in part) differ(id directory.GroupID, user directory.UserID, joined bool) {
	roster := in.roster(id)
	if _, differs := roster[user]; differs {
		delete(roster, user)
	} else {
		roster[user] = joined
	}
}

func (in part) roster(id directory.GroupID) roster {
	if in.memberships[id] == nil {
		in.memberships[id] = roster{}
	}
	return in.memberships[id]
}
