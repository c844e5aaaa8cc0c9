package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"github.com/devrev/scim/services/scim/directory"
)

// maxRemovals is how many groups a deleted user is taken out of at a time. A person can be in
// hundreds, and each costs five round trips.
const maxRemovals = 8

// removeFromGroups takes the deleted user d out of all groups and then removes the mark that this
// has to be done. Any number of processes may do so at once.
//
// A user who joins a group at the same time is either seen here or, the group being stored after
// the user was marked, sees the mark (applyPending).
func (s *Store) removeFromGroups(ctx context.Context, d userDocument) error {
	if d.Unfinished == "" {
		return nil
	}
	t, u := d.Tenant, d.user()
	w := within(t, onUnfinished, is("unfinished", t), is("deleted", false), is("pending.add", u.ID))
	joining, err := all[leftover](ctx, s.groups, w, bson.D{is("_id", 1)})
	if err != nil {
		return err
	}
	for _, g := range joining {
		if _, err := s.withoutPending(ctx, t, resourceID[directory.GroupID](g.ID)); nilIfNotFound(err) != nil {
			return err
		}
	}
	memberships, err := s.membershipsOf(ctx, t, []directory.UserID{u.ID})
	if err != nil {
		return err
	}
	// If the mark is still there, it was when the memberships were read: none of them is of a user
	// who came back.
	marked := withID(t, d.ID, is("ver", d.Version), is("unfinished", t))
	if _, err := s.user(ctx, marked); err != nil {
		return nilIfNotFound(err)
	}
	atOnce, removeCtx := errgroup.WithContext(ctx)
	atOnce.SetLimit(maxRemovals)
	for _, m := range memberships {
		atOnce.Go(func() error { return s.removeMember(removeCtx, t, m, d) })
	}
	if err := atOnce.Wait(); err != nil {
		return err
	}
	_, err = s.users.update(ctx, marked, bson.D{is("$unset", bson.D{is("unfinished", "")})})
	return err
}

// removeMember ends the membership m of the deleted user u by the next version of its group, unless
// it has changed since it was read.
func (s *Store) removeMember(ctx context.Context, t directory.Tenant, m membership, u userDocument) error {
	for {
		d, err := s.withoutPending(ctx, t, m.Group)
		if err != nil {
			return nilIfNotFound(err)
		}
		same := withID(t, m.ID, is("in", true), is("ver", m.Version))
		if _, err := one[membership](ctx, s.memberships, same, bson.D{}); err != nil {
			return nilIfNotFound(err)
		}
		g := d.group()
		g.Modified, g.Cause = u.Modified.UTC(), directory.Cause(u.Cause)
		next, done, err := s.storeVersion(ctx, t, g, membershipChange{Remove: []directory.UserID{m.User}, Wait: !u.Cause.Forget})
		if err != nil {
			return err
		}
		if done {
			s.left(t, true, next.ID)
			return s.applyPending(ctx, next)
		}
	}
}

// finishDeletions finishes the deletions of users that are under way in the tenant. It makes a
// deletion whole for every reader.
func (s *Store) finishDeletions(ctx context.Context, t directory.Tenant) error {
	marked, err := all[userDocument](ctx, s.users, within(t, onUnfinished, is("unfinished", t)), withoutKey())
	if err != nil {
		return err
	}
	for _, d := range marked {
		if err := s.removeFromGroups(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// deletedAmong returns those of users who do not exist any more, and the last of them to be
// deleted.
func (s *Store) deletedAmong(ctx context.Context, t directory.Tenant, users []directory.UserID) (gone []directory.UserID, last directory.User, err error) {
	known, err := s.KnownUsers(ctx, t, users)
	if err != nil || len(known) == len(users) {
		return nil, last, err
	}
	gone = without(users, known)
	for _, id := range gone {
		d, err := s.user(ctx, withID(t, documentID(t, id)))
		if nilIfNotFound(err) != nil {
			return nil, last, err
		}
		if u := d.user(); err == nil && u.Modified.After(last.Modified) {
			last = u
			last.Cause = directory.Cause(d.Cause)
		}
	}
	return gone, last, nil
}

func nilIfNotFound(err error) error {
	if errors.Is(err, directory.ErrNotFound) {
		return nil
	}
	return err
}
