package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/internal/sets"
	"github.com/devrev/scim/services/scim/directory"
)

// membershipChange is what one version of a group changes in its members: users who were none join,
// users who were members leave, each once: so it says by how many the members grow.
type membershipChange struct {
	Add    []directory.UserID `bson:"add,omitempty"`
	Remove []directory.UserID `bson:"remove,omitempty"`
	Wait   bool               `bson:"wait,omitempty"` // who leaves was deleted, and waits for the return
}

func (c membershipChange) empty() bool { return len(c.Add)+len(c.Remove) == 0 }

// IsZero has an empty change left out.
func (c membershipChange) IsZero() bool { return c.empty() }

// light reports whether one look tells that the memberships of the change are written, and nothing
// else belongs to it.
func (c membershipChange) light() bool { return !c.Wait && len(c.Add)+len(c.Remove) <= chunkSize }

// workMark are the fields of a group that say that something of a change of members is left to do.
func workMark() bson.D { return bson.D{is("pending", ""), is("unfinished", "")} }

// storeVersion stores g as the next version of its group, with what that changes in the members, if
// the stored version is still g's. This is the one moment at which the change takes place, document
// and members alike: from here on every reader sees it.
//
// The stored version must have nothing pending, or all of it must be in the memberships. What still
// says must hold as well.
func (s *Store) storeVersion(
	ctx context.Context, t directory.Tenant, g directory.Group, change membershipChange, still ...bson.E,
) (groupDocument, bool, error) {
	w := living(t, g.ID).and(is("ver", g.Version)).and(still...)
	g.Version++
	next := groupDocumentOf(t, g, change)
	members := bson.D{is("$add", bson.A{"$members", len(change.Add) - len(change.Remove)})} // null where they are not counted
	kept := is("privileged", "$privileged")                                                 // also if that is set meanwhile; absent where it is
	done, err := s.groups.update(ctx, w, turned(next, change, is("members", members), is("waits", waitsAfter(change)), kept))
	next.Privileged = g.Privileged
	return next, done, err
}

// withoutPending returns the group once it can take one version more.
func (s *Store) withoutPending(ctx context.Context, t directory.Tenant, id directory.GroupID) (groupDocument, error) {
	st, err := s.settled(ctx, t, id, directory.MemberDelta{})
	return st.Group, err
}

// carryOut brings what is pending in d, which was stored just now, into the memberships and looks
// whether they are right. Of a light change the mark stays: who tells of the change removes it, or
// the next version does.
func (s *Store) carryOut(ctx context.Context, d groupDocument) error {
	switch {
	case d.Pending == nil:
		return nil
	case !d.Pending.light():
		return s.applyPending(ctx, d)
	}
	t, id := d.Tenant, d.groupID()
	if err := s.move(ctx, t, id, *d.Pending, d.Version); err != nil || len(d.Pending.Add) == 0 { // nothing is written that was not there
		return err
	}
	now, err := s.stand(ctx, t, id, directory.MemberDelta{})
	switch {
	case errors.Is(err, directory.ErrNotFound):
		return s.deleteOrphans(ctx, t, id, d.Version)
	case err != nil:
		return err
	case now.Group.Version == d.Version && !now.done(): // else who stored a later one has looked
		return s.applyPending(ctx, d)
	}
	return nil
}

// recordPending stores whom d has pending where the history keeps them, if they are several parts:
// the mark is all that says so otherwise, until it goes.
func (s *Store) recordPending(ctx context.Context, d groupDocument) error {
	if d.Pending == nil {
		return nil
	}
	return s.recordParts(ctx, d.Tenant, d.groupID(), d.Version, d.Modified, *d.Pending)
}

// applyPending brings what is pending in d into the memberships. Any number of processes may do so
// at once, and one that sleeps in the middle and goes on long after changes nothing any more: see
// move.
//
// A user may have been deleted between the look at KnownUsers and storeVersion. DeleteUser has then
// ended the memberships that it saw, and this one is ended here, by one version more.
func (s *Store) applyPending(ctx context.Context, d groupDocument) error {
	for d.Pending != nil {
		t, id := d.Tenant, d.groupID()
		if err := s.move(ctx, t, id, *d.Pending, d.Version); err != nil {
			return err
		}
		if d.Pending.Wait {
			if err := s.waitForReturn(ctx, d); err != nil {
				return err
			}
		}
		if err := s.recordPending(ctx, d); err != nil {
			return err
		}
		gone, last, err := s.deletedAmong(ctx, t, d.Pending.Add)
		if err != nil {
			return err
		}
		var done bool
		if len(gone) == 0 {
			done, err = s.groups.update(ctx, living(t, id).and(is("ver", d.Version)), bson.D{is("$unset", workMark())})
			d.Pending = nil
		} else {
			g := d.group()
			g.Modified, g.Cause = last.Modified, last.Cause
			d, done, err = s.storeVersion(ctx, t, g, membershipChange{Remove: gone, Wait: !last.Cause.Forget})
		}
		if err != nil {
			return err
		}
		if !done {
			return s.deleteOrphans(ctx, t, id, d.Version)
		}
	}
	return nil
}

// deleteOrphans is for when another process changed the group concurrently: if it deleted the
// group, the memberships just written, of this version, and what waits belong to none, and are
// deleted.
func (s *Store) deleteOrphans(ctx context.Context, t directory.Tenant, id directory.GroupID, version int64) error {
	_, err := s.group(ctx, t, id)
	if errors.Is(err, directory.ErrNotFound) {
		if err := s.deleteWaiting(ctx, t, id, version); err != nil {
			return err
		}
		return s.deleteMemberships(ctx, t, id, version)
	}
	return err
}

// among returns those of ids that are among others.
func among(ids, others []directory.UserID) []directory.UserID {
	return without(ids, without(ids, others))
}

// without returns those of ids that are not among others.
func without(ids, others []directory.UserID) []directory.UserID {
	out := sets.Of(others)
	var rest []directory.UserID
	for _, id := range ids {
		if !out[id] {
			rest = append(rest, id)
		}
	}
	return rest
}
