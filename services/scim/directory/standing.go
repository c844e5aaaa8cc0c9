package directory

import (
	"context"
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
)

// Standing is how the users whom a MemberDelta names stand to a group, at one version of the group.
type Standing struct {
	Group Group       // without members
	Of    MemberDelta // as it was asked about
	Known []UserID    // those whom Of adds that are users and not deleted, in no order, none twice
	// Members are those whom Of names that are members, with Reset all members: for UpdateGroup of
	// the Store that returned them, if it makes use of them.
	Members []UserID
}

// same reports whether d names the same users as other, for the same.
func (d MemberDelta) same(other MemberDelta) bool {
	return d.Reset == other.Reset && slices.Equal(d.Add, other.Add) && slices.Equal(d.Remove, other.Remove)
}

// deltaOf returns what a client asked for, with the values that it sent for ids.
func deltaOf(wanted patch.MemberDelta) MemberDelta {
	return MemberDelta{Reset: wanted.Reset, Add: userIDs(wanted.Add), Remove: userIDs(wanted.Remove)}
}

// foreseen returns what req asks of the members as far as it says so without the group: so one look
// at the store finds the group and them. What is wrong with req, the change itself reports.
func foreseen(org Organisation, req patch.Request, c *Change) MemberDelta {
	current := func() ([]*scim.Document, error) { return nil, ErrNotFound } // they are not read here
	_, wanted, _, err := patch.SplitMembers(org.Schemas.Group, req, current, &scim.Tolerance{Strict: c.Tolerance.Strict})
	if err != nil {
		return MemberDelta{}
	}
	return deltaOf(wanted)
}

// standing returns how those whom d names stand to the group of before, which is zero for a new
// group. Mostly before has it already.
func (s *Groups) standing(ctx context.Context, t Tenant, before Standing, d MemberDelta) (Standing, error) {
	var st Standing
	var err error
	switch id := before.Group.ID; {
	case id == "":
		st.Known, err = s.store.KnownUsers(ctx, t, d.Add)
	case before.Of.same(d):
		st = before
	default:
		st, err = s.store.Standing(ctx, t, id, d)
		if err == nil && st.Group.Version != before.Group.Version {
			err = ErrVersionConflict
		}
	}
	return st, err
}
