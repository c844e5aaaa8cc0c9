package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
)

// Repair implements directory.Store. No one needs it to see what is right; it does what would
// otherwise wait for the next reader or writer.
func (s *Store) Repair(ctx context.Context) error {
	return errors.Join(s.repair(ctx, s.groups, s.repairGroup), s.repair(ctx, s.users, s.repairUser))
}

func (s *Store) repair(ctx context.Context, c collection, finish func(context.Context, where) error) error {
	left, err := c.leftovers(ctx, onUnfinished)
	if err != nil {
		return err
	}
	errs := make([]error, len(left))
	for i, l := range left {
		errs[i] = nilIfNotFound(finish(ctx, withID(l.Tenant, l.ID)))
	}
	return errors.Join(errs...)
}

func (s *Store) repairGroup(ctx context.Context, w where) error {
	d, err := one[groupDocument](ctx, s.groups, w, withoutKey())
	switch {
	case err != nil:
		return err
	case d.Deleted:
		return s.purge(ctx, d.Tenant, d.groupID())
	default:
		return s.applyPending(ctx, d)
	}
}

func (s *Store) repairUser(ctx context.Context, w where) error {
	d, err := s.user(ctx, w)
	if err != nil {
		return err
	}
	return s.removeFromGroups(ctx, d)
}

// purge removes the memberships of a deleted group, once it is noted who the last members were, and
// then the mark that this has to be done. The document goes when its end has been told.
func (s *Store) purge(ctx context.Context, t directory.Tenant, id directory.GroupID) error {
	gone := withID(t, documentID(t, id), is("deleted", true))
	d, err := one[groupDocument](ctx, s.groups, gone, withoutKey())
	if err != nil {
		return nilIfNotFound(err)
	}
	last := d
	last.Version--
	if err := s.recordPending(ctx, last); err != nil { // of the version before the end
		return err
	}
	if d.Left == nil {
		if err := s.noteLastMembers(ctx, d); err != nil {
			return err
		}
	}
	if d.Waits > 0 {
		if err := s.deleteWaiting(ctx, t, id, d.Version); err != nil {
			return err
		}
	}
	if err := s.deleteMemberships(ctx, t, id, d.Version); err != nil {
		return err
	}
	if d.Untold == "" { // it was deleted by a version that told nothing
		return s.groups.deleteAll(ctx, gone)
	}
	_, err = s.groups.update(ctx, gone, bson.D{is("$unset", bson.D{is("unfinished", "")})})
	return err
}

// noteLastMembers keeps who the members of the deleted group d were. All of them are still there:
// memberships end after this.
func (s *Store) noteLastMembers(ctx context.Context, d groupDocument) error {
	id := d.groupID()
	members, err := s.membersOfAll(ctx, d.Tenant, []groupDocument{d})
	if err != nil {
		return err
	}
	change := membershipChange{Remove: members[id]}
	if err := s.recordParts(ctx, d.Tenant, id, d.Version, d.Modified, change); err != nil {
		return err
	}
	var left past
	left.Moved, left.Parts = inPlace(change)
	_, err = s.groups.update(ctx, withID(d.Tenant, d.ID, is("deleted", true), exists("left", false)), bson.D{is("$set", bson.D{is("left", left)})})
	return err
}
