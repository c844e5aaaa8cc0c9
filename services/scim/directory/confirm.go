package directory

import (
	"context"
	"errors"
	"time"
)

// confirmPatience is how long a Store may take to say whether a change took place that it did not
// acknowledge: a client is waiting, and a Store that is away does not say it either.
const confirmPatience = 500 * time.Millisecond

// confirming is a Store that asks where it is unknown whether a change took place. If it did, it is
// acknowledged: the same request again would change nothing, so that nothing would tell of the
// change.
type confirming struct{ Store }

func (s confirming) CreateUser(ctx context.Context, t Tenant, u User) error {
	return s.confirm(ctx, s.Store.CreateUser(ctx, t, u), func(ctx context.Context) bool {
		stored, err := s.User(ctx, t, u.ID)
		return err == nil && isUser(stored, u)
	})
}

func (s confirming) ReplaceUser(ctx context.Context, t Tenant, u User) (User, error) {
	stored, err := s.Store.ReplaceUser(ctx, t, u)
	u.Version++
	err = s.confirm(ctx, err, func(ctx context.Context) bool {
		var unread error
		stored, unread = s.User(ctx, t, u.ID)
		return unread == nil && isUser(stored, u)
	})
	return stored, err
}

func (s confirming) DeleteUser(ctx context.Context, t Tenant, u User) error {
	err := s.Store.DeleteUser(ctx, t, u)
	u.Version, u.Deleted = u.Version+1, true
	return s.confirm(ctx, err, func(ctx context.Context) bool {
		stored, err := s.User(ctx, t, u.ID)
		return err == nil && isUser(stored, u) && s.Repair(ctx) == nil
	})
}

func (s confirming) CreateGroup(ctx context.Context, t Tenant, g Group) error {
	return s.confirm(ctx, s.Store.CreateGroup(ctx, t, g), func(ctx context.Context) bool {
		stored, err := s.Group(ctx, t, g.ID, false)
		return err == nil && isGroup(stored, g) && s.Repair(ctx) == nil
	})
}

// UpdateGroup returns, where it had to ask, whom the change was to add and to remove: some of them
// may have been members, or not, before.
func (s confirming) UpdateGroup(ctx context.Context, t Tenant, g Group, d MemberDelta) (Group, MembershipChange, error) {
	stored, change, err := s.Store.UpdateGroup(ctx, t, g, d)
	g.Version++
	err = s.confirm(ctx, err, func(ctx context.Context) bool {
		var unread error
		stored, unread = s.Group(ctx, t, g.ID, false)
		change = MembershipChange{Added: d.Add, Removed: d.Remove}
		return unread == nil && isGroup(stored, g) && s.Repair(ctx) == nil
	})
	return stored, change, err
}

func (s confirming) DeleteGroup(ctx context.Context, t Tenant, g Group) error {
	return s.confirm(ctx, s.Store.DeleteGroup(ctx, t, g), func(ctx context.Context) bool {
		_, err := s.Group(ctx, t, g.ID, false)
		return errors.Is(err, ErrNotFound) && s.Repair(ctx) == nil
	})
}

// confirm returns err, the outcome of a change, or nil if that is unknown and tookPlace reports
// that it took place, to the last membership.
func (confirming) confirm(ctx context.Context, err error, tookPlace func(context.Context) bool) error {
	if !errors.Is(err, ErrUnavailable) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, confirmPatience)
	defer cancel()
	if tookPlace(ctx) {
		return nil
	}
	return err
}

// isUser reports whether stored is u as one change wrote it.
func isUser(stored, u User) bool {
	return stored.Version == u.Version && stored.Modified.Equal(u.Modified) && stored.State == u.State && stored.Deleted == u.Deleted && stored.Document.Equal(u.Document)
}

// isGroup reports whether stored is g as one change wrote it.
func isGroup(stored, g Group) bool {
	return stored.Version == g.Version && stored.Modified.Equal(g.Modified) && stored.Document.Equal(g.Document)
}
