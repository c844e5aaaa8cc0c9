package directorytest

import (
	"slices"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

// fullUser has a value of every kind that a Document can hold, and every field of a User away from
// its zero.
func fullUser() directory.User {
	u := NewUser(
		"BJensen@example.com",
		"externalId", "00u-7",
		"name", scim.NewDocument("givenName", "Barbara", "familyName", "O'Möller \u00e9\U0001F600"),
		"emails", []any{
			scim.NewDocument("value", "bjensen@example.com", "type", "work", "primary", true),
			scim.NewDocument("type", "$home.%"),
		},
		scim.EnterpriseUserSchema, scim.NewDocument("department", "R&D", "manager", scim.NewDocument("value", "9")),
		badgeSchema, scim.NewDocument("number", int64(1)<<53+1, "height", 1.25, "active", false),
	)
	u.State, u.SignedIn = directory.StateActive, true
	u.Created, u.Modified = at(1), at(2)
	return u
}

func createUserCases() []testCase {
	return []testCase{
		{"CreateUser stores u as given", func(w world) {
			u := fullUser()
			w.ok(w.CreateUser(w.Context(), w.tenant, u))
			got := w.read(u.ID)
			same(w, u, got)
			if number, _ := got.Document.Sub(badgeSchema).Get("number"); number != int64(1)<<53+1 {
				w.failf("an integer came back as %T(%v)", number, number)
			}
		}},
		{"times come back in UTC with milliseconds", func(w world) {
			u := w.user("a@example.com")
			got := w.read(u.ID)
			same(w, u.Created.String(), got.Created.String())
			same(w, u.Modified.String(), got.Modified.String())
		}},
		{"CreateUser MUST return Duplicate userName for a NameKey that a user of the tenant has", func(w world) {
			first := w.user("a@example.com")
			second := NewUser("A@Example.com")
			w.refused(w.CreateUser(w.Context(), w.tenant, second), duplicate("userName"))
			_, err := w.User(w.Context(), w.tenant, second.ID)
			w.refused(err, directory.ErrNotFound)
			same(w, first, w.read(first.ID))
		}},
		{"CreateUser MUST return Duplicate userName for a NameKey that a deleted user has", func(w world) {
			w.deleted("a@example.com")
			w.refused(w.CreateUser(w.Context(), w.tenant, NewUser("a@example.com")), duplicate("userName"))
		}},
		{"users may share an externalId or have none", func(w world) {
			w.user("a@example.com", "externalId", "7")
			w.user("b@example.com", "externalId", "7")
			w.user("c@example.com")
			w.user("d@example.com")
		}},
	}
}

func replaceUserCases() []testCase {
	return []testCase{
		{"ReplaceUser stores u and returns it with Version+1", func(w world) {
			u := fullUser()
			w.ok(w.CreateUser(w.Context(), w.tenant, u))
			u.Document.Set("title", "Guide")
			u.Document.Delete("name")
			u.State, u.SignedIn, u.Modified = directory.StateDeactivated, false, at(9)
			got, err := w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			u.Version = 2
			same(w, u, got)
			same(w, u, w.read(u.ID))
		}},
		{"ReplaceUser MUST return ErrVersionConflict for an older and for a coming version", func(w world) {
			u := w.user("a@example.com")
			current, err := w.ReplaceUser(w.Context(), w.tenant, renamedUser(u, "b@example.com"))
			w.ok(err)
			for _, version := range []int64{1, 3, 0} {
				stale := renamedUser(current, "c@example.com")
				stale.Version = version
				_, err = w.ReplaceUser(w.Context(), w.tenant, stale)
				w.refused(err, directory.ErrVersionConflict)
			}
			same(w, current, w.read(u.ID))
		}},
		{"ReplaceUser MUST return ErrNotFound for an unknown id", func(w world) {
			_, err := w.ReplaceUser(w.Context(), w.tenant, NewUser("a@example.com"))
			w.refused(err, directory.ErrNotFound)
			_, err = w.UserByName(w.Context(), w.tenant, "a@example.com")
			w.refused(err, directory.ErrNotFound)
		}},
		{"ReplaceUser MUST return Duplicate userName for the NameKey of another, a deleted one too", func(w world) {
			u := w.user("a@example.com")
			taken := w.user("b@example.com")
			w.deleted("c@example.com")
			for _, name := range []string{"B@example.com", "c@example.com"} {
				_, err := w.ReplaceUser(w.Context(), w.tenant, renamedUser(u, name))
				w.refused(err, duplicate("userName"))
			}
			same(w, u, w.read(u.ID))
			same(w, taken, w.read(taken.ID))
		}},
		{"a user never collides with itself", func(w world) {
			u := w.user("a@example.com")
			for _, name := range []string{"a@example.com", "A@EXAMPLE.com"} {
				var err error
				u, err = w.ReplaceUser(w.Context(), w.tenant, renamedUser(u, name))
				w.ok(err)
			}
			same(w, u, w.read(u.ID))
		}},
		{"a rename frees the old name", func(w world) {
			u := w.user("old@example.com")
			u, err := w.ReplaceUser(w.Context(), w.tenant, renamedUser(u, "new@example.com"))
			w.ok(err)
			_, err = w.UserByName(w.Context(), w.tenant, "old@example.com")
			w.refused(err, directory.ErrNotFound)
			got, err := w.UserByName(w.Context(), w.tenant, "new@example.com")
			w.ok(err)
			same(w, u, got)
			w.user("old@example.com")
		}},
		{"ReplaceUser without Deleted brings a deleted user back", func(w world) {
			u := w.deleted("a@example.com")
			u.Deleted = false
			u, err := w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			same(w, u, w.read(u.ID))
			same(w, ids(u), w.known(u))
		}},
		{"a deleted user can give its NameKey up, to one that no userName has, and stays deleted", func(w world) {
			gone := w.deleted("a@example.com")
			gone.NameKey = "\x00" + string(gone.ID)
			gone, err := w.ReplaceUser(w.Context(), w.tenant, gone)
			w.ok(err)
			same(w, gone, w.read(gone.ID))
			u := w.user("a@example.com")
			for _, want := range []directory.User{u, gone} {
				got, err := w.UserByName(w.Context(), w.tenant, want.NameKey)
				w.ok(err)
				same(w, want, got)
			}
			same(w, 1, w.total())
		}},
	}
}

func deleteUserCases() []testCase {
	return []testCase{
		{"DeleteUser stores u with Deleted set and Version+1", func(w world) {
			u := w.user("a@example.com")
			u.Document.Set("title", "Guide")
			u.State, u.Modified = directory.StateDeactivated, at(5)
			w.remove(u)
			u.Deleted, u.Version = true, 2
			same(w, u, w.read(u.ID))
		}},
		{"DeleteUser MUST return ErrVersionConflict and then change nothing", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			stale := u.Clone()
			stale.Version = 7
			w.refused(w.DeleteUser(w.Context(), w.tenant, stale), directory.ErrVersionConflict)
			same(w, u, w.read(u.ID))
			g.Members = ids(u)
			same(w, g, w.readGroup(g.ID))
		}},
		{"DeleteUser MUST return ErrNotFound for an unknown id", func(w world) {
			w.refused(w.DeleteUser(w.Context(), w.tenant, NewUser("a@example.com")), directory.ErrNotFound)
		}},
		{"DeleteUser ends all memberships; each group gets a new version and u.Modified", func(w world) {
			u, stays := w.user("a@example.com"), w.user("b@example.com")
			one, two := w.group("One", u.ID, stays.ID), w.group("Two", u.ID)
			without := w.group("Three", stays.ID)
			u.Modified = at(30)
			w.remove(u)
			same(w, nil, w.groupsOf(u.ID))
			same(w, ids(stays), w.members(one.ID))
			same(w, nil, w.members(two.ID))
			for _, g := range []directory.Group{one, two} {
				got := w.readGroup(g.ID)
				if got.Version <= g.Version {
					w.failf("group has version %d, had %d", got.Version, g.Version)
				}
				same(w, at(30), got.Modified)
			}
			without.Members = ids(stays)
			same(w, without, w.readGroup(without.ID))
		}},
		{"a user who was brought back has no memberships", func(w world) {
			u := w.user("a@example.com")
			g := w.group("Guides", u.ID)
			w.remove(u)
			back := w.read(u.ID)
			back.Deleted = false
			_, err := w.ReplaceUser(w.Context(), w.tenant, back)
			w.ok(err)
			same(w, nil, w.groupsOf(u.ID))
			same(w, nil, w.members(g.ID))
		}},
		{"deleted users are in no list and in no total", func(w world) {
			stays := w.user("a@example.com")
			w.deleted("b@example.com")
			page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Limit: 10})
			w.ok(err)
			same(w, directory.Page[directory.User]{Items: []directory.User{stays}, Total: 1}, page)
		}},
	}
}

func findUserCases() []testCase {
	return []testCase{
		{"User and UserByName return a deleted user too", func(w world) {
			u := w.deleted("a@example.com")
			got, err := w.UserByName(w.Context(), w.tenant, u.NameKey)
			w.ok(err)
			same(w, u, got)
		}},
		{"User MUST return ErrNotFound for an unknown id", func(w world) {
			for _, id := range []directory.UserID{directory.UserID(newID()), "7", "no such id", "\x00"} {
				_, err := w.User(w.Context(), w.tenant, id)
				w.refused(err, directory.ErrNotFound)
			}
		}},
		{"UserByName takes the NameKey itself and else returns ErrNotFound", func(w world) {
			u := w.user("A@example.com")
			got, err := w.UserByName(w.Context(), w.tenant, "a@example.com")
			w.ok(err)
			same(w, u, got)
			for _, key := range []string{"A@example.com", "a@example.co", "a@example.com.", "b@example.com"} {
				_, err := w.UserByName(w.Context(), w.tenant, key)
				w.refused(err, directory.ErrNotFound)
			}
		}},
		{"UsersByExternalID returns users with exactly this externalId, deleted ones too, by id", func(w world) {
			first := w.deleted("z@example.com", "externalId", "Ab.1")
			w.user("y@example.com", "externalId", "ab.1")
			w.user("x@example.com", "externalId", "Ab.12")
			w.user("w@example.com", "externalId", "AbX1")
			last := w.user("a@example.com", "externalId", "Ab.1")
			got, err := w.UsersByExternalID(w.Context(), w.tenant, "Ab.1")
			w.ok(err)
			same(w, []directory.User{first, last}, got)
			got, err = w.UsersByExternalID(w.Context(), w.tenant, "Ab")
			w.ok(err)
			same(w, 0, len(got))
		}},
		{"UsersByExternalID follows a changed externalId", func(w world) {
			u := w.user("a@example.com", "externalId", "old")
			u.Document.Set("externalId", "new")
			u, err := w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			for externalID, want := range map[string][]directory.User{"old": nil, "new": {u}} {
				got, err := w.UsersByExternalID(w.Context(), w.tenant, externalID)
				w.ok(err)
				same(w, want, orNil(got))
			}
			u.Document.Delete("externalId")
			_, err = w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			got, err := w.UsersByExternalID(w.Context(), w.tenant, "new")
			w.ok(err)
			same(w, 0, len(got))
		}},
		{"KnownUsers returns the users that are there and not deleted, none twice", func(w world) {
			a, b := w.user("a@example.com"), w.user("b@example.com")
			w.user("c@example.com")
			gone := w.deleted("d@example.com")
			same(w, ids(a, b), w.known(b, gone, a, b, NewUser("e@example.com")))
			same(w, nil, w.known())
		}},
		{"NamesOf returns the displayName, else the userName, of the users that are there and not deleted", func(w world) {
			a, b := w.user("a@example.com", "displayName", "Ann"), w.user("B@example.com")
			gone := w.deleted("d@example.com")
			names, err := w.NamesOf(w.Context(), w.tenant, ids(b, gone, a, b, NewUser("e@example.com")))
			w.ok(err)
			same(w, map[directory.UserID]string{a.ID: "Ann", b.ID: "B@example.com"}, names)
			names, err = w.NamesOf(w.Context(), w.tenant, nil)
			w.ok(err)
			same(w, 0, len(names))
		}},
	}
}

// known returns what KnownUsers answers for the ids of users, sorted.
func (w world) known(users ...directory.User) []directory.UserID {
	w.Helper()
	known, err := w.KnownUsers(w.Context(), w.tenant, ids(users...))
	w.ok(err)
	slices.Sort(known)
	return orNil(known)
}
