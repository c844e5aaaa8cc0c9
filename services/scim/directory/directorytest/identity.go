package directorytest

import (
	"errors"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
)

// identity plays the rules by which a create finds a person again, which rest on what a Store finds
// by name and by externalId.
type identity struct {
	world
	users *directory.Users
	org   directory.Organisation
}

// leaver is what may have become of a person before the create.
type leaver func(identity, directory.User)

func (w identity) deactivate(u directory.User) {
	w.Helper()
	request, err := patch.Decode(scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations", []any{
		scim.NewDocument("op", "replace", "path", "active", "value", false),
	}), &scim.Tolerance{})
	w.ok(err)
	_, err = w.users.Patch(w.Context(), w.org, u.ID, request, &directory.Change{})
	w.ok(err)
}

func (w identity) delete(u directory.User) {
	w.Helper()
	w.ok(w.users.Delete(w.Context(), w.org, u.ID, &directory.Change{}))
}

// create makes a user of userName, externalId ("" for none) and displayName.
func (w identity) create(userName, externalID, displayName string) (directory.User, error) {
	w.Helper()
	doc := scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", userName, "displayName", displayName)
	if externalID != "" {
		doc.Set("externalId", externalID)
	}
	return w.users.Create(w.Context(), w.org, doc, &directory.Change{})
}

// person creates a user, with the displayName Ann, who has signed in and is in a group.
func (w identity) person(userName, externalID string) directory.User {
	w.Helper()
	u, err := w.create(userName, externalID, "Ann")
	w.ok(err)
	u, err = w.users.SignIn(w.Context(), w.org, userName, &directory.Change{})
	w.ok(err)
	w.group("Guides", u.ID)
	return u
}

// comesBack asserts that a create of the name and externalId brings u back as the person was: id,
// state and display name.
func (w identity) comesBack(u directory.User, userName, externalID, displayName string) directory.User {
	w.Helper()
	back, err := w.create(userName, externalID, "Somebody")
	w.ok(err)
	same(w.world, u.ID, back.ID)
	same(w.world, directory.StateActive, back.State)
	same(w.world, displayName, back.Document.String("displayName"))
	return back
}

// stranger asserts that a create of the name and externalId makes a new user, who has nothing of u.
func (w identity) stranger(u directory.User, userName, externalID string) directory.User {
	w.Helper()
	created, err := w.create(userName, externalID, "Somebody")
	w.ok(err)
	if created.ID == u.ID {
		w.failf("the record of %s was given to another person", u.UserName())
	}
	same(w.world, directory.StateShadow, created.State)
	same(w.world, "Somebody", created.Document.String("displayName"))
	same(w.world, nil, w.groupsOf(created.ID))
	return created
}

// conflict asserts that err is 409 uniqueness in a sentence that names the attribute, and what else
// is given.
func (w identity) conflict(err error, names ...string) {
	w.Helper()
	e, ok := errors.AsType[*scim.Error](err)
	if !ok || e.Status != 409 || e.Type != scim.Uniqueness {
		w.failf("got %v, want 409 uniqueness", err)
	}
	for _, name := range names {
		if !strings.Contains(e.Detail, name) {
			w.failf("%q does not name %s", e.Detail, name)
		}
	}
}

// choice is what an organisation decides of people who return.
type choice struct{ byExternalID, byUserName bool }

func identityCases() []testCase {
	gone := map[string]leaver{"deactivated": identity.deactivate, "deleted": identity.delete}
	rules := []struct {
		rule   string
		choice choice
		run    func(w identity, leave leaver)
	}{
		{"an externalId alone never finds a $ user", choice{}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			w.stranger(u, "b@example.com", "x7")
			same(w.world, directory.StateDeactivated, w.read(u.ID).State)
		}},
		{"a $ user is found by userName, folded, and equal externalIds", choice{}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			w.comesBack(u, "A@Example.com", "x7", "Ann")
		}},
		{"a $ user is found by userName where the record has no externalId", choice{}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "")
			leave(w, u)
			w.comesBack(u, "a@example.com", "x7", "Ann")
		}},
		{"a $ user is found by userName where the request has no externalId", choice{}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			w.comesBack(u, "a@example.com", "", "Ann")
		}},
		{"where an organisation restores by externalId a $ user comes back under another name, without groups, named as asked", choice{byExternalID: true}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			back := w.comesBack(u, "b@example.com", "x7", "Somebody")
			same(w.world, "b@example.com", back.UserName())
			same(w.world, nil, w.groupsOf(u.ID))
			same(w.world, back, w.read(u.ID))
		}},
		{"where an organisation restores by externalId a $ user of the same name and externalId is as before", choice{byExternalID: true}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			w.comesBack(u, "a@example.com", "x7", "Ann")
		}},
		{"where an organisation restores by externalId a create without one finds no $ user by it", choice{byExternalID: true}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "")
			leave(w, u)
			w.stranger(u, "b@example.com", "")
		}},
		{"where an organisation restores by externalId an enabled user of it leaves a $ one alone", choice{byExternalID: true}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			u = w.read(u.ID)
			w.user("c@example.com", "externalId", "x7")
			w.stranger(u, "b@example.com", "x7")
			same(w.world, u, w.read(u.ID))
		}},
		{"where an organisation restores by userName a $ user comes back under another externalId as a shadow, without groups, named as asked", choice{byUserName: true}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			back, err := w.create("A@example.com", "x8", "Somebody")
			w.ok(err)
			same(w.world, u.ID, back.ID)
			same(w.world, directory.StateShadow, back.State)
			same(w.world, "Somebody", back.Document.String("displayName"))
			same(w.world, "x8", back.ExternalID())
			same(w.world, nil, w.groupsOf(u.ID))
			same(w.world, back, w.read(u.ID))
			same(w.world, 1, w.total())
		}},
		{"where an organisation restores by userName a $ user of the same externalId is as before", choice{byUserName: true}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			w.comesBack(u, "a@example.com", "x7", "Ann")
		}},
		{"where an organisation restores by userName an externalId alone never finds a $ user", choice{byUserName: true}, func(w identity, leave leaver) {
			u := w.person("a@example.com", "x7")
			leave(w, u)
			w.stranger(u, "b@example.com", "x7")
		}},
	}
	var cases []testCase
	for _, r := range rules {
		for how, leave := range gone {
			cases = append(cases, testCase{strings.Replace(r.rule, "$", how, 1), func(w world) { r.run(newIdentity(w, r.choice), leave) }})
		}
	}
	for _, restores := range []bool{false, true} {
		suffix := ""
		if restores {
			suffix = ", also where an organisation restores by externalId"
		}
		add := func(rule string, run func(identity)) {
			cases = append(cases, testCase{rule + suffix, func(w world) { run(newIdentity(w, choice{byExternalID: restores})) }})
		}
		add("a deactivated user of this userName and another externalId is 409 uniqueness that says who has the name", func(w identity) {
			u := w.person("a@example.com", "x7")
			w.deactivate(u)
			before := w.read(u.ID)
			_, err := w.create("A@example.com", "x8", "Bob")
			w.conflict(err, "userName", "externalId", string(u.ID), "x7")
			same(w.world, before, w.read(u.ID))
			same(w.world, 1, w.total())
		})
		add("a deleted user of this userName and another externalId gives the name up and stays as it was", func(w identity) {
			u := w.person("a@example.com", "x7")
			w.delete(u)
			before := w.read(u.ID)
			created := w.stranger(u, "a@example.com", "x8")
			after := w.read(u.ID)
			same(w.world, true, after.Deleted)
			same(w.world, before.Document, after.Document)
			same(w.world, before.State, after.State)
			holder, err := w.UserByName(w.Context(), w.tenant, "a@example.com")
			w.ok(err)
			same(w.world, created, holder)
		})
		add("a recycled userName that is refused leaves the deleted user its name", func(w identity) {
			w.org.UserNameFormat = terms.UserNameAny
			u := w.person("ann", "x7")
			w.delete(u)
			before := w.read(u.ID)
			w.org.UserNameFormat = terms.UserNameEmail
			_, err := w.create("ann", "x8", "Bob")
			if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 {
				w.failf("got %v, want 400", err)
			}
			same(w.world, before, w.read(u.ID))
		})
		add("two users may have one externalId, and both are found by it", func(w identity) {
			one, err := w.create("a@example.com", "x7", "Ann")
			w.ok(err)
			two, err := w.create("b@example.com", "x7", "Bob")
			w.ok(err)
			found, err := w.UsersByExternalID(w.Context(), w.tenant, "x7")
			w.ok(err)
			same(w.world, []directory.User{one, two}, found)
			page, err := w.users.List(w.Context(), w.org, directory.Query{Filter: w.filter(w.org.Schemas.User, `externalId eq "x7"`), Limit: 10})
			w.ok(err)
			same(w.world, []directory.User{one, two}, page.Items)
		})
		add("an enabled user of this userName is 409 uniqueness that names userName, whatever the externalIds", func(w identity) {
			u := w.person("a@example.com", "x7")
			for _, externalID := range []string{"", "x7", "x8"} {
				_, err := w.create("A@example.com", externalID, "Bob")
				w.conflict(err, "userName")
			}
			same(w.world, u, w.read(u.ID))
		})
	}
	return cases
}

func newIdentity(w world, c choice) identity {
	return identity{
		w, directory.NewUsers(w.Store, time.Now), //nolint:forbidigo // the rules of identity have no time in them
		directory.Organisation{Tenant: w.tenant, Schemas: Schemas(), RestoreByExternalID: c.byExternalID, RestoreByUserName: c.byUserName},
	}
}
