package mongostore

import (
	"cmp"
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
)

// standing is a group and, of the users whom a delta names, those who are members and those to be
// added who are users.
type standing struct {
	Group   groupDocument `bson:",inline"`
	Present []struct {
		User directory.UserID `bson:"user"`
	} `bson:"present"`
	Known []struct {
		ID string `bson:"_id"`
	} `bson:"known"`
}

// standing returns the group once it can take one version more, and what d really changes in its
// members. Of up to chunkSize users, group, memberships and users are read by one command, and in
// this order: while the version is that of the group, no membership that is read here changes.
func (s *Store) standing(ctx context.Context, t directory.Tenant, id directory.GroupID, d directory.MemberDelta) (groupDocument, membershipChange, error) {
	if d.Empty() || d.Reset || len(d.Add)+len(d.Remove) > chunkSize {
		stored, err := s.withoutPending(ctx, t, id)
		if err != nil || d.Empty() {
			return stored, membershipChange{}, err
		}
		change, err := s.effectiveChange(ctx, t, id, d)
		return stored, change, err
	}
	var now standing
	stored, err := s.settled(ctx, func() (_ groupDocument, err error) {
		now, err = s.stand(ctx, t, id, d)
		return now.Group, err
	})
	return stored, now.change(d), err
}

// stand reads the group and how those whom d names stand to it.
func (s *Store) stand(ctx context.Context, t directory.Tenant, id directory.GroupID, d directory.MemberDelta) (standing, error) {
	users := unique(slices.Concat(d.Add, d.Remove))
	named := make([]string, len(users))
	for i, user := range users {
		named[i] = membershipID(t, id, text(user))
	}
	joined := func(from, field, as string, match bson.E, shown string) bson.D {
		return bson.D{is("$lookup", bson.D{
			is("from", from), is("localField", field), is("foreignField", "_id"), is("as", as),
			is("pipeline", bson.A{bson.D{is("$match", bson.D{is("org", string(t)), match})}, bson.D{is("$project", bson.D{is(shown, 1)})}}),
		})}
	}
	found, err := staged[standing](ctx, s.groups, living(t, id),
		bson.D{is("$project", bson.D{is("key", 0)})},
		bson.D{is("$set", bson.D{ // no id is taken for the name of a field: each begins with the tenant
			is("out", bson.D{is("$slice", bson.A{"$out", mostUntold - 1, 1})}),
			is("present", named), is("known", documentIDs(t, unique(d.Add))),
		})},
		joined(membershipsName, "present", "present", is("in", true), "user"),
		joined(usersName, "known", "known", is("deleted", false), "_id"),
	)
	if err != nil || len(found) == 0 {
		return standing{}, cmp.Or(err, directory.ErrNotFound)
	}
	return found[0], nil
}

// change returns what d changes for those who stand so.
func (st standing) change(d directory.MemberDelta) membershipChange {
	present, known := make([]directory.UserID, len(st.Present)), make([]directory.UserID, len(st.Known))
	for i, m := range st.Present {
		present[i] = m.User
	}
	for i, u := range st.Known {
		known[i] = resourceID[directory.UserID](u.ID)
	}
	return membershipChange{Add: without(known, present), Remove: leaving(d, present)}
}

// leaving returns those of the members whom d removes.
func leaving(d directory.MemberDelta, present []directory.UserID) []directory.UserID {
	if d.Reset {
		return without(present, d.Add)
	}
	return without(present, without(present, d.Remove))
}

// effectiveChange returns what d, of any size, really changes in the members of the group, of which
// nothing may be pending.
func (s *Store) effectiveChange(ctx context.Context, t directory.Tenant, id directory.GroupID, d directory.MemberDelta) (membershipChange, error) {
	var present []directory.UserID
	var err error
	if d.Reset {
		present, err = s.membersOf(ctx, t, id)
	} else {
		present, err = s.membersAmong(ctx, t, id, slices.Concat(d.Add, d.Remove))
	}
	if err != nil {
		return membershipChange{}, err
	}
	add, err := s.KnownUsers(ctx, t, without(d.Add, present))
	return membershipChange{Add: add, Remove: leaving(d, present)}, err
}

// unique returns ids in ascending order, each once.
func unique(ids []directory.UserID) []directory.UserID {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}
