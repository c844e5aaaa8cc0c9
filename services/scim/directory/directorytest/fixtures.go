package directorytest

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// at returns a moment as a Store keeps it, the given number of minutes after one fixed beginning.
func at(minutes int) time.Time {
	return time.Date(2026, time.March, 2, 9, 0, 0, 123e6, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

// NewUser returns a user that a Store may be given to create: a new id, Version 1, shadow, and a
// Document of userName and the given names and values in turn.
func NewUser(userName string, pairs ...any) directory.User {
	d := scim.NewDocument("userName", userName)
	for name, value := range scim.NewDocument(pairs...).All() {
		d.Set(name, value)
	}
	return directory.User{
		ID:       directory.UserID(newID()),
		Version:  1,
		NameKey:  directory.Fold(userName),
		State:    directory.StateShadow,
		Document: d,
		Created:  at(0),
		Modified: at(0),
	}
}

// NewGroup returns a group that a Store may be given to create: a new id, Version 1, and a Document
// of displayName.
func NewGroup(displayName string, members ...directory.UserID) directory.Group {
	return directory.Group{
		ID:       directory.GroupID(newID()),
		Version:  1,
		NameKey:  directory.Fold(displayName),
		Document: scim.NewDocument("displayName", displayName),
		Members:  slices.Sorted(slices.Values(members)),
		Created:  at(0),
		Modified: at(0),
	}
}

// newID returns a UUIDv7, which sorts after all that were made before it.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// renamedUser returns u under another name, ready to replace u.
func renamedUser(u directory.User, userName string) directory.User {
	u = u.Clone()
	u.NameKey = directory.Fold(userName)
	u.Document.Set("userName", userName)
	u.Modified = u.Modified.Add(time.Minute)
	return u
}

// renamedGroup returns g under another name, ready to update g.
func renamedGroup(g directory.Group, displayName string) directory.Group {
	g = g.Clone()
	g.NameKey = directory.Fold(displayName)
	g.Document.Set("displayName", displayName)
	g.Modified = g.Modified.Add(time.Minute)
	return g
}

// user creates a user with the given name and returns it as it is stored.
func (w world) user(userName string, pairs ...any) directory.User {
	w.Helper()
	u := NewUser(userName, pairs...)
	w.ok(w.CreateUser(w.Context(), w.tenant, u))
	return u
}

// group creates a group with the given members and returns it as it is stored, without members.
func (w world) group(displayName string, members ...directory.UserID) directory.Group {
	w.Helper()
	g := NewGroup(displayName, members...)
	w.ok(w.CreateGroup(w.Context(), w.tenant, g))
	g.Members = nil
	return g
}

// deleted creates a user and deletes it; it returns the record that is left.
func (w world) deleted(userName string, pairs ...any) directory.User {
	w.Helper()
	u := w.user(userName, pairs...)
	w.remove(u)
	return w.read(u.ID)
}

// remove deletes u.
func (w world) remove(u directory.User) {
	w.Helper()
	w.ok(w.DeleteUser(w.Context(), w.tenant, u))
}

// read returns the stored user.
func (w world) read(id directory.UserID) directory.User {
	w.Helper()
	u, err := w.User(w.Context(), w.tenant, id)
	w.ok(err)
	return u
}

// readGroup returns the stored group with its members.
func (w world) readGroup(id directory.GroupID) directory.Group {
	w.Helper()
	g, err := w.Group(w.Context(), w.tenant, id, true)
	w.ok(err)
	return g
}

// members returns the members of the stored group; nil if there are none.
func (w world) members(id directory.GroupID) []directory.UserID {
	w.Helper()
	return orNil(w.readGroup(id).Members)
}

// groupsOf returns the groups of one user; nil if there are none.
func (w world) groupsOf(id directory.UserID) []directory.GroupRef {
	w.Helper()
	groups, err := w.GroupsOf(w.Context(), w.tenant, []directory.UserID{id})
	w.ok(err)
	return groups[id]
}

// orNil makes no difference between an empty list and none.
func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// ids returns the ids of users in the same order.
func ids(users ...directory.User) []directory.UserID {
	var ids []directory.UserID
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}
