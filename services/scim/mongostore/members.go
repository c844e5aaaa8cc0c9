package mongostore

import (
	"context"
	"errors"
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/services/scim/directory"
)

// Readers see a change from the moment of storeVersion on: what is pending counts as done, on top
// of whatever part of it already stands in the memberships. They never wait for it and never write
// it, so reading stays fast while a large group is being filled. The one thing they finish are
// deletions of users, which concern many groups.

// withMembers returns the groups with their members, each as of one version: that of its document
// or, if it changes meanwhile, a later one. Groups that are deleted meanwhile are left out.
func (s *Store) withMembers(ctx context.Context, t directory.Tenant, documents []groupDocument) ([]directory.Group, error) {
	complete := make(map[string]directory.Group, len(documents))
	for open := documents; len(open) > 0; {
		members, err := s.membersOfAll(ctx, t, open)
		if err != nil {
			return nil, err
		}
		if err := s.finishDeletions(ctx, t); err != nil {
			return nil, err
		}
		versions, err := s.versions(ctx, t, open)
		if err != nil {
			return nil, err
		}
		var changed []groupDocument
		for _, d := range open {
			version, there := versions[d.ID]
			switch {
			case there && version == d.Version:
				g := d.group()
				g.Members = members[g.ID]
				complete[d.ID] = g
			case there:
				now, err := s.group(ctx, t, d.groupID())
				if err == nil {
					changed = append(changed, now)
				} else if !errors.Is(err, directory.ErrNotFound) {
					return nil, err
				}
			}
		}
		open = changed
	}
	groups := make([]directory.Group, 0, len(documents))
	for _, d := range documents {
		if g, ok := complete[d.ID]; ok {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// countsAtOnce is how many groups one call counts at the same time.
const countsAtOnce = 8

// CountMembers implements directory.Store. The document of a group says how many members it has;
// they are counted only where a version that did not count has written it.
func (s *Store) CountMembers(ctx context.Context, t directory.Tenant, groups []directory.GroupID) (map[directory.GroupID]int, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	if err := s.finishDeletions(ctx, t); err != nil {
		return nil, err
	}
	w := within(t, onList, is("deleted", false), oneOf("_id", documentIDs(t, groups)))
	documents, err := all[groupDocument](ctx, s.groups, w, bson.D{is("ver", 1), is("members", 1), is("pending.add", 1)})
	if err != nil {
		return nil, err
	}
	counts := make(map[directory.GroupID]int, len(groups))
	var mu sync.Mutex
	each, counting := errgroup.WithContext(ctx)
	each.SetLimit(countsAtOnce)
	for _, d := range documents {
		each.Go(func() error {
			n, err := s.numberOfMembers(counting, t, d)
			mu.Lock()
			defer mu.Unlock()
			counts[d.groupID()] = n
			return err
		})
	}
	return counts, each.Wait()
}

// numberOfMembers returns how many members the group d has. If d does not say so, it counts them
// and, unless a change of them is under way, notes the number: while the version is the same and
// nothing of it is pending, no membership changes.
func (s *Store) numberOfMembers(ctx context.Context, t directory.Tenant, d groupDocument) (int, error) {
	if d.Members != nil {
		if d.Pending == nil {
			return *d.Members, nil
		}
		joining, err := s.KnownUsers(ctx, t, d.Pending.Add) // those deleted since will not join
		return *d.Members - len(d.Pending.Add) + len(joining), err
	}
	id := d.groupID()
	d, err := s.group(ctx, t, id)
	if err != nil {
		return 0, nilIfNotFound(err)
	}
	if d.Pending != nil {
		complete, err := s.withMembers(ctx, t, []groupDocument{d})
		if err != nil || len(complete) == 0 {
			return 0, err
		}
		return len(complete[0].Members), nil
	}
	n, err := s.memberships.count(ctx, within(t, onGroup, is("group", id), is("in", true)), 0)
	if err == nil {
		_, err = s.groups.update(ctx, living(t, id).and(is("ver", d.Version)), bson.D{is("$set", bson.D{is("members", n)})})
	}
	return n, err
}

// membersOfAll returns the members of each group, in ascending order, as its document and the
// memberships together say.
func (s *Store) membersOfAll(ctx context.Context, t directory.Tenant, groups []groupDocument) (map[directory.GroupID][]directory.UserID, error) {
	ids := make([]directory.GroupID, len(groups))
	for i, d := range groups {
		ids[i] = d.groupID()
	}
	members := make(map[directory.GroupID][]directory.UserID, len(groups))
	w, fields := within(t, onGroup, oneOf("group", ids), is("in", true)), bson.D{is("_id", 0), is("group", 1), is("user", 1)}
	err := s.memberships.each(ctx, w, fields, func(m bson.Raw) {
		g := directory.GroupID(m.Lookup("group").StringValue())
		members[g] = append(members[g], directory.UserID(m.Lookup("user").StringValue()))
	})
	if err != nil {
		return nil, err
	}
	for _, d := range groups {
		id := d.groupID()
		if d.Pending != nil {
			joining, err := s.KnownUsers(ctx, t, d.Pending.Add)
			if err != nil {
				return nil, err
			}
			members[id] = after(members[id], joining, d.Pending.Remove)
		}
		slices.Sort(members[id])
	}
	return members, nil
}

// versions returns the version that each group has now, by documentID.
func (s *Store) versions(ctx context.Context, t directory.Tenant, groups []groupDocument) (map[string]int64, error) {
	ids := make([]string, len(groups))
	for i, d := range groups {
		ids[i] = d.ID
	}
	w := within(t, onList, is("deleted", false), oneOf("_id", ids))
	found, err := all[groupDocument](ctx, s.groups, w, bson.D{is("ver", 1)})
	versions := make(map[string]int64, len(found))
	for _, d := range found {
		versions[d.ID] = d.Version
	}
	return versions, err
}

// after returns members once those of add have joined and those of remove have left, however many
// of them already had.
func after(members, add, remove []directory.UserID) []directory.UserID {
	return append(without(members, slices.Concat(add, remove)), add...)
}
