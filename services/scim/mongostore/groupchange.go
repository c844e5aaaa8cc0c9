package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

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

// withoutPending returns the group once nothing of it is pending and it can take one version more.
func (s *Store) withoutPending(ctx context.Context, t directory.Tenant, id directory.GroupID) (groupDocument, error) {
	return s.settled(ctx, func() (groupDocument, error) {
		return one[groupDocument](ctx, s.groups, living(t, id), withLastUntold())
	})
}

// settled reads a group, with withLastUntold, until nothing of it is pending and it can take one
// version more.
func (s *Store) settled(ctx context.Context, read func() (groupDocument, error)) (groupDocument, error) {
	for {
		d, err := read()
		switch {
		case err != nil:
			return d, err
		case d.Pending != nil:
			err = s.applyPending(ctx, d)
		case len(d.Out) > 0:
			err = s.tell(ctx, d.Tenant, []changed{{d.Tenant, true, d.ID}}, true)
		default:
			return d, nil
		}
		if err != nil {
			return d, err
		}
	}
}

// applyPending brings what is pending in d into the memberships. Any number of processes may do so
// at once, and one that sleeps in the middle and goes on long after changes nothing any more: see
// join and leave.
//
// A user may have been deleted between the look at KnownUsers and storeVersion. DeleteUser has then
// ended the memberships that it saw, and this one is ended here, by one version more.
func (s *Store) applyPending(ctx context.Context, d groupDocument) error {
	for d.Pending != nil {
		t, id := d.Tenant, d.groupID()
		if err := s.join(ctx, t, id, d.Pending.Add, d.Version); err != nil {
			return err
		}
		if err := s.leave(ctx, t, id, d.Pending.Remove, d.Version); err != nil {
			return err
		}
		if d.Pending.Wait {
			if err := s.waitForReturn(ctx, d); err != nil {
				return err
			}
		}
		if err := s.recordParts(ctx, t, id, d.Version, d.Modified, *d.Pending); err != nil {
			return err
		}
		gone, last, err := s.deletedAmong(ctx, t, d.Pending.Add)
		if err != nil {
			return err
		}
		var done bool
		if len(gone) == 0 {
			done, err = s.groups.update(ctx, living(t, id).and(is("ver", d.Version)),
				bson.D{is("$unset", bson.D{is("pending", ""), is("unfinished", "")})})
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

// without returns those of ids that are not among others.
func without(ids, others []directory.UserID) []directory.UserID {
	out := make(map[directory.UserID]bool, len(others))
	for _, id := range others {
		out[id] = true
	}
	var rest []directory.UserID
	for _, id := range ids {
		if !out[id] {
			rest = append(rest, id)
		}
	}
	return rest
}
