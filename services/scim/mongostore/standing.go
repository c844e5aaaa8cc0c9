package mongostore

import (
	"cmp"
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
)

// standing is a group and, of the users whom a delta or what is pending names, those who are
// members and those to be added who are users.
type standing struct {
	Group   groupDocument `bson:",inline"`
	Present []struct {
		User directory.UserID `bson:"user"`
	} `bson:"present"`
	Known []struct {
		ID string `bson:"_id"`
	} `bson:"known"`
}

// Standing implements directory.Store. Of up to chunkSize users, group, memberships and users are
// read by one command, and in this order: while the version is that of the group, no membership
// that is read here changes.
func (s *Store) Standing(ctx context.Context, t directory.Tenant, id directory.GroupID, d directory.MemberDelta) (directory.Standing, error) {
	atOnce := d
	if d.Reset {
		atOnce.Remove = nil
	}
	many := len(atOnce.Add)+len(atOnce.Remove) > chunkSize
	if many {
		atOnce = directory.MemberDelta{}
	}
	now, err := s.settled(ctx, t, id, atOnce)
	if err != nil {
		return directory.Standing{}, err
	}
	st := directory.Standing{Group: now.Group.group(), Of: d, Known: among(now.known(), d.Add), Members: among(now.present(), slices.Concat(d.Add, d.Remove))}
	st.Group.Waits = now.Group.Waits > 0
	if many {
		st.Known, err = s.KnownUsers(ctx, t, d.Add)
	}
	switch {
	case err != nil:
	case d.Reset:
		st.Members, err = s.membersOf(ctx, t, id)
	case many:
		st.Members, err = s.membersAmong(ctx, t, id, slices.Concat(d.Add, d.Remove))
	}
	return st, err
}

// effective returns what d really changes in the members of the group of st, which was read of whom
// d names.
func effective(d directory.MemberDelta, st directory.Standing) membershipChange {
	leaving := without(st.Members, d.Add)
	if !d.Reset {
		leaving = among(st.Members, d.Remove)
	}
	return membershipChange{Add: without(among(st.Known, d.Add), st.Members), Remove: leaving}
}

// settled returns the group once it can take one version more, and how those whom d names, up to
// chunkSize, stand to it. What is still marked as pending is then in the memberships, and goes with
// the next version.
func (s *Store) settled(ctx context.Context, t directory.Tenant, id directory.GroupID, d directory.MemberDelta) (standing, error) {
	for {
		st, err := s.stand(ctx, t, id, d)
		switch {
		case err != nil:
		case !st.done():
			err = s.applyPending(ctx, st.Group)
		case len(st.Group.Out) > 0:
			err = s.tell(ctx, t, []changed{{t, true, st.Group.ID}}, true)
		default:
			return st, s.recordPending(ctx, st.Group)
		}
		if err != nil {
			return standing{}, err
		}
	}
}

// stand reads the group, without what is to be told except for mostUntold, and how those whom d
// names stand to it.
func (s *Store) stand(ctx context.Context, t directory.Tenant, id directory.GroupID, d directory.MemberDelta) (standing, error) {
	full := bson.D{is("$set", bson.D{is("out", bson.D{is("$slice", bson.A{"$out", mostUntold - 1, 1})})})}
	found, err := staged[standing](ctx, s.groups, living(t, id), append([]bson.D{full}, stood(t, id, d)...)...)
	if err != nil || len(found) == 0 {
		return standing{}, cmp.Or(err, directory.ErrNotFound)
	}
	return found[0], nil
}

// stood are the stages that make standings of groups: how those stand whom d names, all of whom are
// asked about in the one group, and those who are pending.
func stood(t directory.Tenant, id directory.GroupID, d directory.MemberDelta) []bson.D {
	users := unique(slices.Concat(d.Add, d.Remove))
	members := make([]string, len(users))
	for i, user := range users {
		members[i] = membershipID(t, id, text(user))
	}
	pending := func(field string, prefix ...any) bson.D { // no more than are looked at at once
		list := bson.D{is("$slice", bson.A{bson.D{is("$ifNull", bson.A{"$pending." + field, bson.A{}})}, chunkSize})}
		return bson.D{is("$map", bson.D{is("input", list), is("in", bson.D{is("$concat", append(prefix, "/", "$$this"))})})}
	}
	joined := func(from, field string, match bson.E, shown string) bson.D {
		return bson.D{is("$lookup", bson.D{
			is("from", from), is("localField", field), is("foreignField", "_id"), is("as", field),
			is("pipeline", bson.A{bson.D{is("$match", bson.D{is("org", string(t)), match})}, bson.D{is("$project", bson.D{is(shown, 1)})}}),
		})}
	}
	return []bson.D{
		{is("$project", bson.D{is("key", 0)})},
		{is("$set", bson.D{ // no id is taken for the name of a field: each begins with the tenant
			is("present", bson.D{is("$concatArrays", bson.A{members, pending("add", "$_id"), pending("remove", "$_id")})}),
			is("known", bson.D{is("$concatArrays", bson.A{documentIDs(t, unique(d.Add)), pending("add", "$org")})}),
		})},
		joined(membershipsName, "present", is("in", true), "user"),
		joined(usersName, "known", is("deleted", false), "_id"),
	}
}

// present returns those who are members.
func (st standing) present() []directory.UserID {
	users := make([]directory.UserID, len(st.Present))
	for i, m := range st.Present {
		users[i] = m.User
	}
	return users
}

// known returns those who are users.
func (st standing) known() []directory.UserID {
	users := make([]directory.UserID, len(st.Known))
	for i, u := range st.Known {
		users[i] = resourceID[directory.UserID](u.ID)
	}
	return users
}

// done reports whether all that is pending is in the memberships, and all who joined are users
// still, so that only the mark is left of it. Of changes that are not light it is never known.
func (st standing) done() bool {
	change := st.Group.Pending
	if change == nil {
		return true
	}
	present := st.present()
	return change.light() && len(without(change.Add, present)) == 0 && len(among(change.Remove, present)) == 0 &&
		len(without(change.Add, st.known())) == 0
}

// unique returns ids in ascending order, each once.
func unique(ids []directory.UserID) []directory.UserID {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}
