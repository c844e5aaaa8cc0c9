package overlay

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/devrev/scim/services/scim/directory"
)

// CreateUser keeps a new user.
func (s *Store) CreateUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return s.on(ctx, t, func(in part) error {
		if _, err := in.user(u.ID); !errors.Is(err, directory.ErrNotFound) {
			return conflictUnless(err)
		}
		if err := in.nameIsFree(u); err != nil {
			return err
		}
		if err := in.take(1); err != nil {
			return err
		}
		in.keepUser(u)
		s.trace.Created = append(s.trace.Created, string(u.ID))
		return nil
	})
}

// User returns a user by id.
func (s *Store) User(ctx context.Context, t directory.Tenant, id directory.UserID) (u directory.User, err error) {
	err = s.on(ctx, t, func(in part) error {
		u, err = in.user(id)
		return err
	})
	return u, err
}

// UserByName returns a user by NameKey.
func (s *Store) UserByName(ctx context.Context, t directory.Tenant, nameKey string) (u directory.User, err error) {
	err = s.on(ctx, t, func(in part) error {
		u, err = in.userByName(nameKey)
		return err
	})
	return u, err
}

// UsersByExternalID returns users by externalId.
func (s *Store) UsersByExternalID(ctx context.Context, t directory.Tenant, externalID string) (found []directory.User, err error) {
	err = s.on(ctx, t, func(in part) error {
		if found, err = in.store.below.UsersByExternalID(ctx, t, externalID); err != nil {
			return err
		}
		for _, u := range found {
			in.rest(u)
		}
		found = slices.DeleteFunc(found, func(u directory.User) bool { return in.hasUser(u.ID) })
		for _, u := range in.users {
			if externalID != "" && u.ExternalID() == externalID {
				found = append(found, u.Clone())
			}
		}
		slices.SortFunc(found, func(a, b directory.User) int { return strings.Compare(string(a.ID), string(b.ID)) })
		return nil
	})
	return found, err
}

// ReplaceUser keeps the next version of a user.
func (s *Store) ReplaceUser(ctx context.Context, t directory.Tenant, u directory.User) (stored directory.User, err error) {
	err = s.on(ctx, t, func(in part) error {
		if stored, err = in.next(u); err != nil {
			return err
		}
		if err := in.take(1); err != nil {
			return err
		}
		in.keepUser(stored)
		stored.Awaited = false
		return nil
	})
	return stored, err
}

// HearUser keeps what was last said about a user.
func (s *Store) HearUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return s.on(ctx, t, func(in part) error {
		known, err := in.user(u.ID)
		if err != nil {
			return err
		}
		if known.Version != u.Version {
			return directory.ErrVersionConflict
		}
		if err := in.take(1); err != nil {
			return err
		}
		known.Word = u.Word
		in.keepUser(known)
		return nil
	})
}

// UsersByAddress returns users by e-mail address.
func (s *Store) UsersByAddress(ctx context.Context, t directory.Tenant, addresses []string, limit int) (found []directory.User, err error) {
	err = s.on(ctx, t, func(in part) error {
		if found, err = in.store.below.UsersByAddress(ctx, t, addresses, limit+len(in.users)); err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(u directory.User) bool { return in.hasUser(u.ID) })
		for _, u := range in.users {
			if !u.Deleted && slices.ContainsFunc(u.Addresses(), func(a string) bool { return slices.Contains(addresses, a) }) {
				u = u.Clone()
				u.Word = directory.Word{}
				found = append(found, u)
			}
		}
		found = found[:min(len(found), limit)]
		return nil
	})
	return found, err
}

// Drifting returns the users with this kind of drift.
func (s *Store) Drifting(ctx context.Context, t directory.Tenant, kind directory.Drift, after directory.UserID, limit int) (found []directory.User, err error) {
	err = s.on(ctx, t, func(in part) error {
		for _, u := range in.users {
			if u.ID > after && slices.Contains(u.Drifts(), kind) {
				found = append(found, u.Clone())
			}
		}
		below, err := in.store.below.Drifting(ctx, t, kind, after, limit+len(in.users))
		for _, u := range below {
			if !in.hasUser(u.ID) {
				found = append(found, u)
			}
		}
		slices.SortFunc(found, func(a, b directory.User) int { return strings.Compare(string(a.ID), string(b.ID)) })
		found = found[:min(len(found), limit)]
		return err
	})
	return found, err
}

// CountDrifting counts the users with this kind of drift.
func (s *Store) CountDrifting(ctx context.Context, t directory.Tenant, kind directory.Drift, most int) (int, error) {
	users, err := s.Drifting(ctx, t, kind, "", most)
	return len(users), err
}

// DeleteUser keeps the next version of a user, deleted and without memberships.
func (s *Store) DeleteUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return s.on(ctx, t, func(in part) error {
		u.Deleted = true
		next, err := in.next(u)
		if err != nil {
			return err
		}
		refs, err := in.groupsOf([]directory.UserID{u.ID})
		if err != nil {
			return err
		}
		var left []directory.Group
		for _, ref := range refs[u.ID] {
			g, err := in.group(ref.ID)
			if err != nil {
				return err
			}
			g.Version++
			g.Modified = u.Modified
			left = append(left, g)
		}
		if err := in.take(1 + 2*len(left)); err != nil {
			return err
		}
		in.keepUser(next)
		for _, g := range left {
			in.keepGroup(g)
			in.differ(g.ID, u.ID, false)
			if !u.Cause.Forget {
				in.waitForReturn(g.ID, u)
			}
		}
		return nil
	})
}

// KnownUsers returns which of the ids are users.
func (s *Store) KnownUsers(ctx context.Context, t directory.Tenant, ids []directory.UserID) (known []directory.UserID, err error) {
	err = s.on(ctx, t, func(in part) error {
		known, err = in.known(ids)
		return err
	})
	return known, err
}

// NamesOf returns how the users among ids are called.
func (s *Store) NamesOf(ctx context.Context, t directory.Tenant, ids []directory.UserID) (names map[directory.UserID]string, err error) {
	err = s.on(ctx, t, func(in part) error {
		here, below := in.divide(ids)
		if names, err = in.store.below.NamesOf(ctx, t, below); err != nil {
			return err
		}
		names = maps.Clone(names)
		for _, id := range here {
			if names == nil {
				names = map[directory.UserID]string{}
			}
			names[id] = in.users[id].Name()
		}
		return nil
	})
	return names, err
}

func (in part) hasUser(id directory.UserID) bool {
	_, ok := in.users[id]
	return ok
}

func (in part) user(id directory.UserID) (directory.User, error) {
	if u, ok := in.users[id]; ok {
		return u.Clone(), nil
	}
	u, err := in.store.below.User(in.ctx, in.t, id)
	if err == nil {
		in.rest(u)
	}
	return u, err
}

// rest notes that what is answered rests on u, which was read below.
func (in part) rest(u directory.User) { in.store.trace.Users[u.ID] = u.Version }

func (in part) userByName(nameKey string) (directory.User, error) {
	for _, u := range in.users {
		if u.NameKey == nameKey {
			return u.Clone(), nil
		}
	}
	u, err := in.store.below.UserByName(in.ctx, in.t, nameKey)
	if err != nil {
		return u, err
	}
	in.rest(u)
	if in.hasUser(u.ID) { // it has another name here
		return directory.User{}, directory.ErrNotFound
	}
	return u, nil
}

// next returns u with the next version, if it may be kept as that.
func (in part) next(u directory.User) (directory.User, error) {
	before, err := in.user(u.ID)
	if err != nil {
		return directory.User{}, err
	}
	if before.Version != u.Version {
		return directory.User{}, directory.ErrVersionConflict
	}
	if before.NameKey != u.NameKey {
		if err := in.nameIsFree(u); err != nil {
			return directory.User{}, err
		}
	}
	u = u.Clone()
	u.Version++
	u.Cause, u.Was = directory.Cause{}, ""
	return u, nil
}

// nameIsFree returns the Duplicate that u would be.
func (in part) nameIsFree(u directory.User) error {
	switch _, err := in.userByName(u.NameKey); {
	case errors.Is(err, directory.ErrNotFound):
		return nil
	case err != nil:
		return err
	default:
		return &directory.Duplicate{Attribute: "userName"}
	}
}

// keepUser keeps u, for which there is room.
func (in part) keepUser(u directory.User) {
	if u.Awaited || u.Deleted {
		in.awaited[u.ID] = !u.Deleted
	}
	u.Cause, u.Was, u.Awaited = directory.Cause{}, "", false
	in.users[u.ID] = u.Clone()
}

// known returns those of ids that are users and not deleted, none twice.
func (in part) known(ids []directory.UserID) ([]directory.UserID, error) {
	here, below := in.divide(ids)
	known, err := in.store.below.KnownUsers(in.ctx, in.t, below)
	return append(known, here...), err
}

// divide returns those of ids that are users here and not deleted, none twice, and those that were
// not written here.
func (in part) divide(ids []directory.UserID) (here, below []directory.UserID) {
	seen := make(map[directory.UserID]bool, len(ids))
	for _, id := range ids {
		switch u, ok := in.users[id]; {
		case !ok:
			below = append(below, id)
		case !u.Deleted && !seen[id]:
			here = append(here, id)
		}
		seen[id] = true
	}
	return here, below
}

// conflictUnless is the answer to the creation of what is there already: err, or that it is.
func conflictUnless(err error) error {
	if err != nil {
		return err
	}
	return directory.ErrVersionConflict
}
