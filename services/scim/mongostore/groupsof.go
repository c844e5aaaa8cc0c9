package mongostore

import (
	"context"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
)

// GroupsOf implements directory.Store.
func (s *Store) GroupsOf(ctx context.Context, t directory.Tenant, users []directory.UserID) (map[directory.UserID][]directory.GroupRef, error) {
	if len(users) == 0 {
		return nil, nil
	}
	for {
		before, err := s.membershipsOf(ctx, t, users)
		if err != nil {
			return nil, err
		}
		groups, err := s.groupsAround(ctx, t, users, before)
		if err != nil {
			return nil, err
		}
		if err := s.endAllMemberships(ctx, t); err != nil {
			return nil, err
		}
		again, err := s.membershipsOf(ctx, t, users)
		if err != nil {
			return nil, err
		}
		if slices.Equal(before, again) { // so they were like this when the groups were read
			return refs(before, groups), nil
		}
	}
}

// membershipsOf returns the memberships of users, in the order of _id.
func (s *Store) membershipsOf(ctx context.Context, t directory.Tenant, users []directory.UserID) ([]membership, error) {
	found, err := all[membership](ctx, s.memberships, within(t, onUser, oneOf("user", users), is("in", true)), bson.D{})
	slices.SortFunc(found, func(a, b membership) int { return strings.Compare(a.ID, b.ID) })
	return found, err
}

// surrounding is a group as the question sees it, which of some users are in it.
type surrounding struct {
	ID     string             `bson:"_id"`
	Name   string             `bson:"name"`
	Add    []directory.UserID `bson:"add"`    // those of the users who are pending to join
	Remove []directory.UserID `bson:"remove"` // and to leave
}

// groupsAround returns, by id, the groups of the memberships and all others of the tenant in which something is pending.
func (s *Store) groupsAround(
	ctx context.Context, t directory.Tenant, users []directory.UserID, memberships []membership,
) (map[directory.GroupID]surrounding, error) {
	among := func(list string) bson.D { // users are literal: one could be called like a field
		return bson.D{is("$setIntersection", bson.A{bson.D{is("$ifNull", bson.A{list, bson.A{}})}, bson.D{is("$literal", users)}})}
	}
	view := bson.D{is("$project", bson.D{
		is("name", "$key.displayname."+exact), is("add", among("$pending.add")), is("remove", among("$pending.remove")),
	})}
	asked := []where{within(t, onUnfinished, is("unfinished", t), is("deleted", false))}
	if len(memberships) > 0 {
		ids := make([]string, len(memberships))
		for i, m := range memberships {
			ids[i] = documentID(t, m.Group)
		}
		asked = append(asked, within(t, onList, is("deleted", false), oneOf("_id", ids)))
	}
	groups := make(map[directory.GroupID]surrounding)
	for _, w := range asked {
		found, err := staged[surrounding](ctx, s.groups, w, view)
		if err != nil {
			return nil, err
		}
		for _, g := range found {
			if g.Add, err = s.KnownUsers(ctx, t, g.Add); err != nil {
				return nil, err
			}
			groups[resourceID[directory.GroupID](g.ID)] = g
		}
	}
	return groups, nil
}

// refs returns the groups of each user, in ascending order of id. A membership of a group that is not among groups is what a deletion
// has left behind.
func refs(memberships []membership, groups map[directory.GroupID]surrounding) map[directory.UserID][]directory.GroupRef {
	stored := make(map[directory.GroupID][]directory.UserID, len(groups))
	for _, m := range memberships {
		stored[m.Group] = append(stored[m.Group], m.User)
	}
	of := make(map[directory.UserID][]directory.GroupRef)
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		g := groups[id]
		for _, u := range after(stored[id], g.Add, g.Remove) {
			of[u] = append(of[u], directory.GroupRef{ID: id, DisplayName: g.Name})
		}
	}
	return of
}
