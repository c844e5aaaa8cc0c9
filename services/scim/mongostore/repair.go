package mongostore

import (
	"context"
	"errors"

	"github.com/devrev/scim/services/scim/directory"
)

// Repair implements directory.Store. No one needs it to see what is right; it does what would
// otherwise wait for the next reader or writer.
func (s *Store) Repair(ctx context.Context) error {
	return errors.Join(s.repair(ctx, s.groups, s.repairGroup), s.repair(ctx, s.users, s.repairUser))
}

func (s *Store) repair(ctx context.Context, c collection, finish func(context.Context, where) error) error {
	left, err := c.leftovers(ctx)
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

// purge removes what is left of a deleted group: its memberships, and at last the mark that they
// have to go.
func (s *Store) purge(ctx context.Context, t directory.Tenant, id directory.GroupID) error {
	if err := s.deleteMemberships(ctx, t, id); err != nil {
		return err
	}
	return s.groups.deleteAll(ctx, withID(t, documentID(t, id), is("deleted", true)))
}
