package embedded

import (
	"context"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// CreateUser stores a new user.
func (d *Directory) CreateUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return d.update(ctx, t, func(in tenant) error {
		if in.stored(u.ID) != nil {
			return directory.ErrVersionConflict
		}
		if err := in.putUser(directory.User{}, u); err != nil {
			return err
		}
		return in.tellOfUser(directory.User{}, u)
	})
}

// User returns a user by id.
func (d *Directory) User(ctx context.Context, t directory.Tenant, id directory.UserID) (u directory.User, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		u, err = in.user(id)
		return err
	})
	return u, err
}

// UserByName returns a user by NameKey.
func (d *Directory) UserByName(ctx context.Context, t directory.Tenant, nameKey string) (u directory.User, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		u, err = in.user(directory.UserID(in.userNames().get(digest(nameKey))))
		return err
	})
	return u, err
}

// UsersByExternalID returns users by externalId.
func (d *Directory) UsersByExternalID(ctx context.Context, t directory.Tenant, externalID string) ([]directory.User, error) {
	var users []directory.User
	err := d.view(ctx, t, func(in tenant) error {
		for id := range in.externalIDs().under(digest(externalID)) {
			u, err := in.user(directory.UserID(id))
			if err != nil {
				return err
			}
			users = append(users, u)
		}
		return nil
	})
	return users, err
}

// ReplaceUser stores the next version of a user.
func (d *Directory) ReplaceUser(ctx context.Context, t directory.Tenant, u directory.User) (directory.User, error) {
	given := u.Version
	u = u.Clone()
	u.Version++
	if err := d.update(ctx, t, func(in tenant) error { return in.replaceUser(u, given) }); err != nil {
		return directory.User{}, err
	}
	stored := u // which update may have done again later, with the cause
	stored.Cause, stored.Was, stored.Awaited = directory.Cause{}, "", false
	return stored, nil
}

// DeleteUser stores the next version of a user, deleted and without memberships.
func (d *Directory) DeleteUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	given := u.Version
	u.Version++
	u.Deleted = true
	return d.update(ctx, t, func(in tenant) error {
		if err := in.replaceUser(u, given); err != nil {
			return err
		}
		return in.leaveAll(u)
	})
}

// HearUser stores what the identity provider last said.
func (d *Directory) HearUser(ctx context.Context, t directory.Tenant, u directory.User) error {
	return d.update(ctx, t, func(in tenant) error {
		before, err := in.user(u.ID)
		if err != nil {
			return err
		}
		if before.Version != u.Version {
			return directory.ErrVersionConflict
		}
		heard := before
		heard.Word = u.Word
		return in.putWord(before, heard)
	})
}

// KnownUsers returns which of the ids are users.
func (d *Directory) KnownUsers(ctx context.Context, t directory.Tenant, ids []directory.UserID) ([]directory.UserID, error) {
	var known []directory.UserID
	err := d.view(ctx, t, func(in tenant) error {
		known = in.known(ids)
		return nil
	})
	return known, err
}

// known returns which of the ids are users, each once.
func (in tenant) known(ids []directory.UserID) (known []directory.UserID) {
	seen := make(map[directory.UserID]bool, len(ids))
	for _, id := range ids {
		if in.isUser(id) && !seen[id] {
			known = append(known, id)
		}
		seen[id] = true
	}
	return known
}

// NamesOf returns how the users among ids are called.
func (d *Directory) NamesOf(ctx context.Context, t directory.Tenant, ids []directory.UserID) (map[directory.UserID]string, error) {
	names := make(map[directory.UserID]string, len(ids))
	err := d.view(ctx, t, func(in tenant) error {
		for _, id := range ids {
			if !in.isUser(id) {
				continue
			}
			u, err := in.user(id)
			if err != nil {
				return err
			}
			names[id] = strings.Clone(u.Name()) // which is a part of the whole user otherwise, and keeps it
		}
		return nil
	})
	return names, err
}

func (in tenant) user(id directory.UserID) (directory.User, error) {
	value := in.stored(id)
	if value == nil {
		return directory.User{}, directory.ErrNotFound
	}
	u, err := decodeUser(value)
	if err != nil {
		return u, err
	}
	u.Word, err = in.word(string(id))
	return u, err
}

// stored returns the value of a user, a deleted one too; nil if there is none.
func (in tenant) stored(id directory.UserID) []byte {
	if value := in.table(users).get([]byte(id)); value != nil {
		return value
	}
	return in.gone().get(string(id))
}

// isUser reports whether id is that of a user who is not deleted.
func (in tenant) isUser(id directory.UserID) bool { return in.table(users).has([]byte(id)) }

// replaceUser stores u if the stored version is the given one.
func (in tenant) replaceUser(u directory.User, given int64) error {
	before, err := in.user(u.ID)
	if err != nil {
		return err
	}
	if before.Version != given {
		return directory.ErrVersionConflict
	}
	if err := in.putUser(before, u); err != nil {
		return err
	}
	return in.tellOfUser(before, u)
}

// putUser stores u, that was before until now, and keeps the indexes in step. The zero before is
// that of a new user.
func (in tenant) putUser(before, u directory.User) error {
	if err := rename(in.userNames(), before.NameKey, u.NameKey, string(u.ID), "userName"); err != nil {
		return err
	}
	if was := before.ExternalID(); was != "" {
		if err := in.externalIDs().delete(append(digest(was), u.ID...)); err != nil {
			return err
		}
	}
	if is := u.ExternalID(); is != "" {
		if err := in.externalIDs().put(append(digest(is), u.ID...), noValue()); err != nil {
			return err
		}
	}
	value, err := encodeUser(u)
	if err != nil {
		return err
	}
	if err := in.index(before, u); err != nil {
		return err
	}
	if err := in.putWord(before, u); err != nil {
		return err
	}
	from, to := in.gone(), in.users()
	if u.Deleted {
		from, to = to, from
		if err := in.awaited().delete([]byte(u.ID)); err != nil {
			return err
		}
	}
	if u.Awaited {
		if err := in.awaited().put([]byte(u.ID), noValue()); err != nil {
			return err
		}
	}
	if err := from.remove(string(u.ID)); err != nil {
		return err
	}
	return to.put(string(u.ID), value)
}

// index keeps the indexes of the lists in step, that of the users and that of those who are
// deleted.
func (in tenant) index(before, u directory.User) error {
	was, is := resourceOf(before), resourceOf(u)
	if before.Deleted != u.Deleted && was != nil {
		if err := in.indexOf(before).change(string(u.ID), was, nil); err != nil {
			return err
		}
		was = nil
	}
	if err := in.indexOf(u).change(string(u.ID), was, is); err != nil {
		return err
	}
	if before.ID != "" && !before.Deleted && (u.Deleted || before.State != u.State) {
		if err := in.userStates().remove(string(pair(before.State, u.ID))); err != nil {
			return err
		}
	}
	if u.Deleted {
		return nil
	}
	return in.userStates().put(string(pair(u.State, u.ID)), noValue())
}

func (in tenant) indexOf(u directory.User) keyed {
	if u.Deleted {
		return in.goneIndex()
	}
	return in.userIndex()
}

// resourceOf returns the resource of a user, nil if there is none yet.
func resourceOf(u directory.User) *scim.Document {
	if u.ID == "" {
		return nil
	}
	return u.Resource()
}

// rename gives the name key to id in an index of unique names, in place of the one it had; "" means
// none.
func rename(names table, before, key, id, attribute string) error {
	if before == key {
		return nil
	}
	if names.has(digest(key)) {
		return &directory.Duplicate{Attribute: attribute}
	}
	if before != "" {
		if err := names.delete(digest(before)); err != nil {
			return err
		}
	}
	return names.put(digest(key), []byte(id))
}
