package directorytest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

func errorCases() []testCase {
	return []testCase{
		{"a cancelled ctx is ErrUnavailable wrapping context.Canceled, for every method", func(w world) {
			ctx, cancel := context.WithCancel(w.Context())
			cancel()
			w.everyCall(ctx, context.Canceled)
		}},
		{"a ctx past its deadline is ErrUnavailable wrapping context.DeadlineExceeded, for every method", func(w world) {
			ctx, cancel := context.WithDeadline(w.Context(), time.Unix(0, 0))
			defer cancel()
			w.everyCall(ctx, context.DeadlineExceeded)
		}},
		{"an id that is not text, or that nobody can have, is that of nobody", func(w world) {
			u, g := w.user("a@example.com"), w.group("Guides")
			for _, id := range []string{"\xff", string(u.ID) + "\xff", "\x00", "\x00" + string(u.ID), string(u.ID) + "\x00", "", "\xed\xa0\x80", "../" + string(u.ID), strings.Repeat("7", 70_000)} {
				w.nobody(id)
			}
			same(w, u, w.read(u.ID))
			same(w, g, w.readGroup(g.ID))
			for _, text := range []string{"\xff", "a@example.com\xff", "\xff" + string(u.ID)} {
				_, err := w.UserByName(w.Context(), w.tenant, text)
				w.refused(err, directory.ErrNotFound)
				found, err := w.UsersByExternalID(w.Context(), w.tenant, text)
				w.ok(err)
				same(w, 0, len(found))
			}
		}},
		{"no error tells a name", func(w world) {
			u, g := w.user("a@example.com"), w.group("Guides")
			for _, err := range []error{
				w.CreateUser(w.Context(), w.tenant, NewUser(u.UserName())),
				w.CreateGroup(w.Context(), w.tenant, NewGroup(g.DisplayName())),
			} {
				if err == nil || strings.Contains(err.Error(), u.NameKey) || strings.Contains(err.Error(), g.NameKey) {
					w.failf("the error is %v", err)
				}
			}
		}},
	}
}

// no one asserts that no call finds a user or group of this id.
func (w world) nobody(id string) {
	w.Helper()
	u, g := NewUser("b@example.com"), NewGroup("Leaders")
	u.ID, g.ID = directory.UserID(id), directory.GroupID(id)
	_, err := w.User(w.Context(), w.tenant, u.ID)
	w.refused(err, directory.ErrNotFound)
	_, err = w.ReplaceUser(w.Context(), w.tenant, u)
	w.refused(err, directory.ErrNotFound)
	w.refused(w.DeleteUser(w.Context(), w.tenant, u), directory.ErrNotFound)
	same(w, nil, w.known(u))
	same(w, nil, w.groupsOf(u.ID))
	_, err = w.Group(w.Context(), w.tenant, g.ID, true)
	w.refused(err, directory.ErrNotFound)
	_, _, err = w.UpdateGroup(w.Context(), w.tenant, g, directory.MemberDelta{})
	w.refused(err, directory.ErrNotFound)
	w.refused(w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID}), directory.ErrNotFound)
}

// everyCall makes each call of a Store with a ctx that has ended for the given cause.
func (w world) everyCall(ctx context.Context, cause error) {
	w.Helper()
	u := w.user("a@example.com", "externalId", "7")
	g := w.group("Guides", u.ID)
	t := w.tenant
	calls := map[string]func() error{
		"CreateUser":        func() error { return w.CreateUser(ctx, t, NewUser("b@example.com")) },
		"User":              func() error { _, err := w.User(ctx, t, u.ID); return err },
		"UserByName":        func() error { _, err := w.UserByName(ctx, t, u.NameKey); return err },
		"UsersByExternalID": func() error { _, err := w.UsersByExternalID(ctx, t, "7"); return err },
		"ReplaceUser":       func() error { _, err := w.ReplaceUser(ctx, t, u); return err },
		"DeleteUser":        func() error { return w.DeleteUser(ctx, t, u) },
		"ListUsers":         func() error { _, err := w.ListUsers(ctx, t, directory.Query{Limit: 1}); return err },
		"KnownUsers":        func() error { _, err := w.KnownUsers(ctx, t, ids(u)); return err },
		"NamesOf":           func() error { _, err := w.NamesOf(ctx, t, ids(u)); return err },
		"CreateGroup":       func() error { return w.CreateGroup(ctx, t, NewGroup("Leaders")) },
		"Group":             func() error { _, err := w.Group(ctx, t, g.ID, true); return err },
		"UpdateGroup": func() error {
			_, _, err := w.UpdateGroup(ctx, t, renamedGroup(g, "Leaders"), directory.MemberDelta{Reset: true})
			return err
		},
		"DeleteGroup":  func() error { return w.DeleteGroup(ctx, t, directory.Group{ID: g.ID}) },
		"ListGroups":   func() error { _, err := w.ListGroups(ctx, t, directory.Query{Limit: 1}); return err },
		"CountMembers": func() error { _, err := w.CountMembers(ctx, t, []directory.GroupID{g.ID}); return err },
		"GroupsOf":     func() error { _, err := w.GroupsOf(ctx, t, ids(u)); return err },
		"Repair":       func() error { return w.Repair(ctx) },
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		err := calls[name]()
		if outcome(err) != outcome(directory.ErrUnavailable) || !errors.Is(err, cause) {
			w.failf("%s: got %s (%v), want %v wrapping %v", name, outcome(err), err, directory.ErrUnavailable, cause)
		}
	}
}

func repairCases() []testCase {
	return []testCase{
		{"Repair changes nothing where nothing is broken", func(w world) {
			u := fullUser()
			w.ok(w.CreateUser(w.Context(), w.tenant, u))
			g := NewGroup("Guides", u.ID)
			w.ok(w.CreateGroup(w.Context(), w.tenant, g))
			w.ok(w.Repair(w.Context()))
			same(w, u, w.read(u.ID))
			same(w, g, w.readGroup(g.ID))
			same(w, []directory.GroupRef{{ID: g.ID, DisplayName: "Guides"}}, w.groupsOf(u.ID))
		}},
		{"Repair may run beside anything else", func(w world) {
			const writers = 8
			users := w.users(writers)
			g := w.group("Guides")
			w.together(2*writers, func(i int) error {
				if i%2 == 1 {
					return w.Repair(w.Context())
				}
				return w.retry(g.ID, directory.MemberDelta{Add: users[i/2 : i/2+1]})
			})
			same(w, users, w.members(g.ID))
		}},
	}
}
