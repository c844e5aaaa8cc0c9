package embedded

import (
	"slices"

	"github.com/devrev/scim/services/internal/sets"
	"github.com/devrev/scim/services/scim/directory"
)

// membersOf returns the group's members in ascending order, nil if it has none.
func (in tenant) membersOf(group directory.GroupID) []directory.UserID {
	n := sizeIn(in.memberCounts().get([]byte(group))) // 0 in a file that is upgraded
	users := slices.Grow([]directory.UserID(nil), n)
	for id := range in.members().under(pair(group, "")) {
		users = append(users, directory.UserID(id))
	}
	return users
}

// groupsOf returns the groups that the user is a member of in ascending order, nil if there are
// none.
func (in tenant) groupsOf(user directory.UserID) []directory.GroupID {
	var groups []directory.GroupID
	for id := range in.memberOf().under(pair(user, "")) {
		groups = append(groups, directory.GroupID(id))
	}
	return groups
}

func (in tenant) isMember(group directory.GroupID, user directory.UserID) bool {
	return in.members().has(pair(group, user))
}

// changeMembers applies d to the members of group and names the users whose memberships began and
// ended.
func (in tenant) changeMembers(group directory.GroupID, d directory.MemberDelta) (directory.MembershipChange, error) {
	var change directory.MembershipChange
	remove := d.Remove
	if d.Reset {
		// A member that is removed and added again stays.
		stay := sets.Of(d.Add)
		remove = slices.DeleteFunc(in.membersOf(group), func(user directory.UserID) bool { return stay[user] })
	}
	for _, user := range remove {
		if !in.isMember(group, user) {
			continue
		}
		if err := in.leave(group, user); err != nil {
			return change, err
		}
		change.Removed = append(change.Removed, user)
	}
	for _, user := range d.Add {
		if !in.isUser(user) || in.isMember(group, user) {
			continue
		}
		if err := in.join(group, user); err != nil {
			return change, err
		}
		change.Added = append(change.Added, user)
	}
	return change, nil
}

// leaveAll ends all memberships of u, for each of which the group has a new version.
func (in tenant) leaveAll(u directory.User) error {
	for _, id := range in.groupsOf(u.ID) {
		if err := in.leave(id, u.ID); err != nil {
			return err
		}
		g, err := in.group(id)
		if err != nil {
			return err
		}
		if !u.Cause.Forget {
			if err := in.waitForReturn(id, u); err != nil {
				return err
			}
		}
		before := g
		g.Version++
		g.Modified = u.Modified
		if err := in.putGroup(before, g); err != nil {
			return err
		}
		g.Cause = u.Cause
		if err := in.tellOfGroup(before, g, directory.MembershipChange{Removed: []directory.UserID{u.ID}}); err != nil {
			return err
		}
	}
	return nil
}

// join begins a membership, leave ends one that is there.
func (in tenant) join(group directory.GroupID, user directory.UserID) error {
	if err := in.members().put(pair(group, user), noValue()); err != nil {
		return err
	}
	if err := in.memberOf().put(pair(user, group), noValue()); err != nil {
		return err
	}
	return in.countMembers(group, 1)
}

func (in tenant) leave(group directory.GroupID, user directory.UserID) error {
	if err := in.members().delete(pair(group, user)); err != nil {
		return err
	}
	if err := in.memberOf().delete(pair(user, group)); err != nil {
		return err
	}
	return in.countMembers(group, -1)
}

func (in tenant) countMembers(group directory.GroupID, more int) error {
	key := []byte(group)
	n := sizeIn(in.memberCounts().get(key)) + more
	if n == 0 {
		return in.memberCounts().delete(key)
	}
	return in.memberCounts().put(key, sizeOf(n))
}
