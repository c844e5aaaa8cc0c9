package activity_test

import (
	"strings"
	"testing"

	"github.com/devrev/scim/services/scim/directory"
)

func TestWhy(t *testing.T) {
	t.Parallel()
	const provider = " on <time> by the identity provider (token T, request R): "
	for _, c := range []struct {
		rule string
		life func(w *world) directory.UserID
		want string
	}{
		{"never signed in", func(w *world) directory.UserID {
			return w.post("true").ID
		}, "Shadow: the person has never signed in. Created" + provider + "POST created the user."},
		{"signed in", func(w *world) directory.UserID {
			u := w.post("true")
			w.signIn()
			return u.ID
		}, "Active: the person has signed in. Created" + provider + "POST created the user."},
		{"deactivated", func(w *world) directory.UserID {
			u := w.post("true")
			w.setActive(u.ID, "false")
			return u.ID
		}, "Deactivated" + provider + "PATCH set active to false."},
		{"deactivated, asked for again, and changed since", func(w *world) directory.UserID {
			u := w.post("true")
			w.setActive(u.ID, "false")
			w.setActive(u.ID, "false")
			w.patch(u.ID, `[{"op":"add","path":"title","value":"Guide"}]`)
			return u.ID
		}, "Deactivated" + provider + "PATCH set active to false."},
		{"created as deactivated", func(w *world) directory.UserID {
			return w.post("false").ID
		}, "Created as deactivated" + provider + "POST created the user with active set to false."},
		{"reactivated before the first sign-in", func(w *world) directory.UserID {
			u := w.post("false")
			w.setActive(u.ID, "true")
			return u.ID
		}, "Shadow: the person has never signed in. Reactivated" + provider + "PATCH set active to true."},
		{"reactivated after a sign-in", func(w *world) directory.UserID {
			u := w.post("true")
			w.signIn()
			w.setActive(u.ID, "false")
			w.setActive(u.ID, "true")
			return u.ID
		}, "Active: the person has signed in. Reactivated" + provider + "PATCH set active to true."},
		{"deleted", func(w *world) directory.UserID {
			u := w.post("true")
			w.delete(u.ID)
			return u.ID
		}, "Deleted" + provider + "DELETE removed the user."},
		{"brought back after a delete", func(w *world) directory.UserID {
			u := w.post("true")
			w.delete(u.ID)
			w.post("true")
			return u.ID
		}, "Shadow: the person has never signed in. Brought back" + provider + "POST created the user again."},
		{"brought back as deactivated", func(w *world) directory.UserID {
			u := w.post("true")
			w.delete(u.ID)
			w.post("false")
			return u.ID
		}, "Brought back as deactivated" + provider + "POST created the user again with active set to false."},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u, err := w.Users.GetDeleted(t.Context(), w.Org, c.life(w))
			w.Must(err)
			got, entry, err := w.Log.Why(t.Context(), w.Org, u)
			w.Must(err)
			if entry == nil {
				t.Fatalf("%q, by no entry", got)
			}
			if got = strings.ReplaceAll(got, directory.Timestamp(entry.At), "<time>"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A line can be too old, or missing since the change was never acknowledged. What another change
// left behind must not be given as the reason.
func TestWhyWithoutAnEntry(t *testing.T) {
	t.Parallel()
	const none = " No activity tells of it, which is kept for 90 days; the user last changed on <time>."
	for rule, c := range map[string]struct {
		change func(w *world, u directory.User) (directory.User, error)
		want   string
	}{
		"deactivated": {func(w *world, u directory.User) (directory.User, error) {
			doc := u.Document.Clone()
			doc.Set("active", false)
			doc.Set("schemas", []any{"urn:ietf:params:scim:schemas:core:2.0:User"})
			return w.Users.Replace(w.Context(), w.Org, u.ID, doc, &directory.Change{})
		}, "Deactivated." + none},
		"deleted": {func(w *world, u directory.User) (directory.User, error) {
			w.Must(w.Users.Delete(w.Context(), w.Org, u.ID, &directory.Change{}))
			return w.Users.GetDeleted(w.Context(), w.Org, u.ID)
		}, "Deleted." + none},
		"created": {func(w *world, _ directory.User) (directory.User, error) {
			doc := w.decode(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"jsmith"}`)
			return w.Users.Create(w.Context(), w.Org, doc, &directory.Change{})
		}, "Shadow: the person has never signed in. Created on <time>."},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u, err := c.change(w, w.post("true"))
			w.Must(err)
			got, entry, err := w.Log.Why(t.Context(), w.Org, u)
			w.Must(err)
			if got = strings.ReplaceAll(got, directory.Timestamp(u.Modified), "<time>"); got != c.want || entry != nil {
				t.Errorf("got  %s, by %v\nwant %s", got, entry, c.want)
			}
		})
	}
}
