package directory

import (
	"context"
	"errors"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/sets"
)

// members makes the delta a Store takes of what a client asked for. Ids that no user of the
// organisation has are left out and noted, not refused: Okta never repeats a push that was answered
// with 400, so that one stale id would stop the whole group. Where none of those to add, or of
// those to remove, so much as looks like an id the client means something else by members, names
// perhaps: 400 says so, unless the organisation has values mean more than ids. into is the group as
// it stands, zero for a new one. A group as a member is refused, because its people would not get
// what the administrator meant.
func (s *Groups) members(ctx context.Context, org Organisation, into Standing, wanted patch.MemberDelta, c *Change) (MemberDelta, error) {
	if len(wanted.Nested) > 0 {
		return MemberDelta{}, nested(wanted.Nested[0])
	}
	t, delta := org.Tenant, deltaOf(wanted)
	if org.matches() {
		if err := s.translate(ctx, org, into.Group, &delta); err != nil {
			return MemberDelta{}, err
		}
	}
	for _, ids := range [][]UserID{delta.Add, delta.Remove} {
		if len(ids) > 0 && !org.matches() && !slices.ContainsFunc(ids, UserID.wellFormed) {
			return MemberDelta{}, invalidValue("members", "none of the values is an id of this service, as a user has it after it was created here.")
		}
	}
	if delta.Empty() {
		return delta, nil
	}
	st, err := s.standing(ctx, t, into, delta)
	if err != nil {
		return MemberDelta{}, err
	}
	delta.Standing = &st
	delta.Add, c.Skipped = partition(delta.Add, st.Known)
	if missing := (scim.Accepted{Coercion: scim.MissingMember, Path: "members"}); len(c.Skipped) > 0 && !slices.Contains(c.Tolerance.Accepted, missing) {
		c.Tolerance.Accepted = append(c.Tolerance.Accepted, missing) // in a strict organisation too
	}
	return delta, s.refuseGroups(ctx, t, c.Skipped)
}

// announce tells that the group is about to change, if members may leave it.
func (s *Groups) announce(ctx context.Context, t Tenant, before Group, d MemberDelta, c *Change) error {
	if !d.Reset && len(d.Remove) == 0 {
		return nil
	}
	c.Effect = EffectUpdated
	c.Leaving = func(ctx context.Context) (Leaving, error) { return s.leaving(ctx, t, before, d) }
	return c.announce(ctx)
}

// leaving returns who will leave the group before, and who will be in it, by the delta. If the
// group is another one by now, it is ErrVersionConflict.
func (s *Groups) leaving(ctx context.Context, t Tenant, before Group, d MemberDelta) (Leaving, error) {
	now, err := s.store.Group(ctx, t, before.ID, true)
	if err == nil && now.Version != before.Version {
		err = ErrVersionConflict
	}
	if err != nil {
		return Leaving{}, err
	}
	enters, leaves := sets.Of(d.Add), sets.Of(d.Remove)
	l := Leaving{Stay: slices.Clone(d.Add)}
	for _, member := range now.Members {
		switch {
		case enters[member]:
		case d.Reset || leaves[member]:
			l.Leave = append(l.Leave, member)
		default:
			l.Stay = append(l.Stay, member)
		}
	}
	return l, nil
}

// maxProbes bounds how many unknown ids are looked up among the groups: a client that nests groups
// says so with the first ones.
const maxProbes = 16

// refuseGroups refuses ids that are groups of the tenant, which a client may send without saying so
// in type.
func (s *Groups) refuseGroups(ctx context.Context, t Tenant, unknown []UserID) error {
	for _, id := range unknown[:min(len(unknown), maxProbes)] {
		_, err := s.store.Group(ctx, t, GroupID(id), false)
		switch {
		case err == nil:
			return nested(string(id))
		case !errors.Is(err, ErrNotFound):
			return err
		}
	}
	return nil
}

func nested(id string) error {
	return invalidValue("members", "%s is a group; DevRev takes only users as members.", scim.Quote(id))
}

// partition parts ids into those that are known and the others, both in the order of ids.
func partition(ids, known []UserID) (in, out []UserID) {
	if len(known) == len(ids) {
		return ids, nil
	}
	isKnown := sets.Of(known)
	for _, id := range ids {
		if isKnown[id] {
			in = append(in, id)
		} else {
			out = append(out, id)
		}
	}
	return in, out
}

// memberDocuments returns the group's members as elements of its attribute members, for filters
// that ask for more than an id.
func (s *Groups) memberDocuments(ctx context.Context, t Tenant, id GroupID, usersAt string) ([]*scim.Document, error) {
	g, err := s.store.Group(ctx, t, id, true)
	if err != nil {
		return nil, err
	}
	documents := make([]*scim.Document, len(g.Members))
	for i, member := range g.Members {
		documents[i] = scim.NewDocument("value", string(member), "$ref", usersAt+string(member), "type", "User")
	}
	return documents, nil
}

func userIDs(values []string) []UserID {
	ids := make([]UserID, len(values))
	for i, v := range values {
		ids[i] = UserID(v)
	}
	return ids
}
