package directory_test

import (
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
)

// The fixtures: a person in full, and the operations that identity providers send most.
const (
	babs = `{"userName":"bjensen@example.com","displayName":"Barbara Jensen","externalId":"00u1",
		"name":{"givenName":"Barbara","familyName":"Jensen"},"emails":[{"value":"bjensen@example.com","type":"work","primary":true}],"active":true}`
	deactivate = `[{"op":"replace","value":{"active":false}}]`
	reactivate = `[{"op":"replace","value":{"active":true}}]`
)

func TestUserRules(t *testing.T) {
	for _, c := range []struct {
		rule string
		run  func(w *world)
	}{
		{"a provisioned user is shadow until the first sign-in, then active", func(w *world) {
			u := w.user(babs)
			w.equal("state", u.State, directory.StateShadow)
			u, err := w.signIn("BJensen@Example.com")
			w.Must(err)
			w.equal("state", u.State, directory.StateActive)
			again, err := w.signIn("bjensen@example.com")
			w.Must(err)
			w.equal("version after a second sign-in", again.Version, u.Version)
		}},
		{"a sign-in never revives a deactivated user", func(w *world) {
			u := w.user(babs)
			_, _, err := w.patch(u.ID, deactivate)
			w.Must(err)
			_, err = w.signIn("bjensen@example.com")
			w.refused(err, 403, "")
			w.equal("state", w.get(u.ID).State, directory.StateDeactivated)
		}},
		{"a person who was never provisioned cannot sign in", func(w *world) {
			_, err := w.signIn("nobody@example.com")
			w.refused(err, 404, "")
		}},
		{"reactivation leads to active for who had signed in, to shadow for who had not", func(w *world) {
			u := w.user(babs)
			for _, want := range []directory.State{directory.StateShadow, directory.StateActive} {
				_, _, err := w.patch(u.ID, deactivate)
				w.Must(err)
				back, c, err := w.patch(u.ID, reactivate)
				w.Must(err)
				w.equal("effect", c.Effect, directory.EffectReactivated)
				w.equal("state", back.State, want)
				_, err = w.signIn("bjensen@example.com")
				w.Must(err)
			}
		}},
		{"userName must be an e-mail address", func(w *world) {
			_, _, err := w.create(`{"userName":"bjensen"}`)
			w.refused(err, 400, scim.InvalidValue)
		}},
		{"an organisation can take any userName", func(w *world) {
			w.Org.UserNameFormat = terms.UserNameAny
			w.equal("userName", w.user(`{"userName":"bjensen"}`).UserName(), "bjensen")
		}},
		{"userName is returned as it was written", func(w *world) {
			w.equal("userName", w.user(`{"userName":"BJensen@Example.com"}`).UserName(), "BJensen@Example.com")
		}},
		{"userName is unique under case folding", func(w *world) {
			w.user(babs)
			_, _, err := w.create(`{"userName":"BJENSEN@example.com"}`)
			w.refused(err, 409, scim.Uniqueness)
		}},
		{"a rename onto another user's name is refused, onto one's own is not", func(w *world) {
			u := w.user(babs)
			w.user(`{"userName":"other@example.com"}`)
			_, _, err := w.patch(u.ID, `[{"op":"replace","path":"userName","value":"Other@example.com"}]`)
			w.refused(err, 409, scim.Uniqueness)
			_, _, err = w.patch(u.ID, `[{"op":"replace","path":"userName","value":"BJensen@example.com"}]`)
			w.Must(err)
		}},
		{"a name held only by a deleted record blocks no rename", func(w *world) {
			u, gone := w.user(babs), w.user(`{"userName":"gone@example.com"}`)
			w.Must(w.Users.Delete(w.Context(), w.Org, gone.ID, &directory.Change{}))
			_, _, err := w.patch(u.ID, `[{"op":"replace","path":"userName","value":"gone@example.com"}]`)
			w.Must(err)
			w.equal("userName", w.get(u.ID).UserName(), "gone@example.com")
		}},
		{"displayName is taken at creation and kept afterwards", func(w *world) {
			u := w.user(babs)
			u, c, err := w.replace(u.ID, `{"userName":"bjensen@example.com","displayName":"Babs","title":"Guide"}`)
			w.Must(err)
			w.equal("displayName", u.Document.String("displayName"), "Barbara Jensen")
			w.equal("title", u.Document.String("title"), "Guide")
			w.equal("attributes kept", len(c.Kept), 1)
		}},
		{"a displayName that a person has not got yet is taken", func(w *world) {
			u := w.user(`{"userName":"bjensen@example.com"}`)
			u, _, err := w.patch(u.ID, `[{"op":"add","path":"displayName","value":"Babs"}]`)
			w.Must(err)
			w.equal("displayName", u.Document.String("displayName"), "Babs")
		}},
		{"the person's own choice of a displayName stays", func(w *world) {
			u := w.user(babs)
			_, err := w.Users.SetDisplayName(w.Context(), w.Org, u.ID, "Babs", &directory.Change{})
			w.Must(err)
			_, _, err = w.replace(u.ID, babs)
			w.Must(err)
			w.equal("displayName", w.get(u.ID).Document.String("displayName"), "Babs")
		}},
		{"the primary e-mail follows userName", func(w *world) {
			u := w.user(babs)
			u, _, err := w.patch(u.ID, `[{"op":"replace","path":"userName","value":"babs@example.com"}]`)
			w.Must(err)
			w.equal("e-mail", u.Email(), "babs@example.com")
		}},
		{"an e-mail that the same request writes stays as written", func(w *world) {
			u := w.user(babs)
			u, _, err := w.patch(u.ID, `[{"op":"replace","value":{"userName":"babs@example.com","emails":[{"value":"mail@example.com","primary":true}]}}]`)
			w.Must(err)
			w.equal("e-mail", u.Email(), "mail@example.com")
		}},
		{"a user without e-mail gets userName as the primary one", func(w *world) {
			w.equal("e-mail", w.user(`{"userName":"bjensen@example.com"}`).Email(), "bjensen@example.com")
		}},
		{"an e-mail changed in DevRev shows as a changed userName", func(w *world) {
			u := w.user(babs)
			_, err := w.Users.SetEmail(w.Context(), w.Org, u.ID, "babs@example.com", &directory.Change{})
			w.Must(err)
			u = w.get(u.ID)
			w.equal("userName", u.UserName(), "babs@example.com")
			w.equal("e-mail", u.Email(), "babs@example.com")
			w.equal("users of the old name", len(w.find(`userName eq "bjensen@example.com"`)), 0)
		}},
		{"a manager's $ref goes when the manager changes without it", func(w *world) {
			u := w.user(`{"userName":"bjensen@example.com","` + scim.EnterpriseUserSchema + `":{"manager":{"value":"7","$ref":"https://example.com/7"}}}`)
			u, _, err := w.patch(u.ID, `[{"op":"replace","path":"`+scim.EnterpriseUserSchema+`:manager","value":"8"}]`)
			w.Must(err)
			m := u.Document.Sub(scim.EnterpriseUserSchema).Sub("manager")
			w.equal("manager", m.String("value")+m.String("$ref"), "8")
		}},
		{"an absent active leaves the state alone", func(w *world) {
			u := w.user(babs)
			_, _, err := w.patch(u.ID, deactivate)
			w.Must(err)
			u, _, err = w.replace(u.ID, `{"userName":"bjensen@example.com"}`)
			w.Must(err)
			w.equal("state", u.State, directory.StateDeactivated)
		}},
		{"a deactivated user is found and read", func(w *world) {
			u := w.user(babs)
			_, _, err := w.patch(u.ID, deactivate)
			w.Must(err)
			w.equal("users found", len(w.find(`userName eq "bjensen@example.com" and active eq false`)), 1)
			w.equal("state", w.get(u.ID).State, directory.StateDeactivated)
		}},
		{"a deleted user is gone for reads, lists, changes and a second delete", func(w *world) {
			u := w.user(babs)
			w.Must(w.Users.Delete(w.Context(), w.Org, u.ID, &directory.Change{}))
			_, err := w.Users.Get(w.Context(), w.Org, u.ID)
			w.refused(err, 404, "")
			_, _, err = w.patch(u.ID, reactivate)
			w.refused(err, 404, "")
			w.refused(w.Users.Delete(w.Context(), w.Org, u.ID, &directory.Change{}), 404, "")
			w.equal("users found", len(w.find(`userName pr`)), 0)
		}},
		{"memberships end with a delete, and do not with a deactivation", func(w *world) {
			u := w.user(babs)
			g := w.group(`{"displayName":"Guides","members":[{"value":"` + string(u.ID) + `"}]}`)
			_, _, err := w.patch(u.ID, deactivate)
			w.Must(err)
			w.equal("members", len(w.members(g.ID)), 1)
			w.Must(w.Users.Delete(w.Context(), w.Org, u.ID, &directory.Change{}))
			w.equal("members", len(w.members(g.ID)), 0)
		}},
		{"a no-op changes neither version nor lastModified", func(w *world) {
			u := w.user(babs)
			w.now = w.now.AddDate(0, 0, 1)
			same, c, err := w.replace(u.ID, babs)
			w.Must(err)
			w.equal("effect", c.Effect, directory.EffectUnchanged)
			w.equal("version", same.Version, u.Version)
			w.equal("modified", same.Modified, u.Modified)
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			c.run(newWorld(t))
		})
	}
}

func TestCreateMatches(t *testing.T) {
	for _, c := range []struct {
		rule string
		end  func(w *world, u directory.User)
		post string
		want directory.State
	}{
		{"a deactivated user of this userName comes back", (*world).deactivate, babs, directory.StateShadow},
		{"a deleted user of this userName comes back", (*world).delete, babs, directory.StateShadow},
		{"who had signed in comes back as active", func(w *world, u directory.User) {
			_, err := w.signIn("bjensen@example.com")
			w.Must(err)
			w.deactivate(u)
		}, babs, directory.StateActive},
		{"active:false brings the record back deactivated", (*world).delete, `{"userName":"bjensen@example.com","active":false}`, directory.StateDeactivated},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t)
			before := w.user(babs)
			c.end(w, before)
			after, change, err := w.create(c.post)
			w.Must(err)
			w.equal("id", after.ID, before.ID)
			w.equal("state", after.State, c.want)
			w.equal("effect", change.Effect, directory.EffectRestored)
			w.equal("displayName", after.Document.String("displayName"), "Barbara Jensen")
		})
	}
}

func (w *world) deactivate(u directory.User) {
	w.Helper()
	_, _, err := w.patch(u.ID, deactivate)
	w.Must(err)
}

func (w *world) delete(u directory.User) {
	w.Helper()
	w.Must(w.Users.Delete(w.Context(), w.Org, u.ID, &directory.Change{}))
}
