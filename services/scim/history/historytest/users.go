package historytest

import (
	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/history"
)

func userCases() []testCase {
	return []testCase{
		{"each change of a user is told once, in the order of versions, with its cause", func(w world) {
			u := w.user("a@example.com")
			u.Document.Set("title", "Guide")
			u = w.replace(2, u)
			u.State = directory.StateDeactivated
			u = w.replace(3, u)
			u.State = directory.StateShadow
			u = w.replace(4, u)
			u.State, u.SignedIn = directory.StateActive, true
			u = w.replace(5, u)
			w.remove(6, u)
			u, err := w.User(w.Context(), w.tenant, u.ID)
			w.ok(err)
			u.Deleted, u.State = false, directory.StateActive
			w.replace(7, u)
			same(w, []line{
				{history.UserCreated, 1, "request 1"},
				{history.UserUpdated, 2, "request 2"},
				{history.UserDeactivated, 3, "request 3"},
				{history.UserReactivated, 4, "request 4"},
				{history.UserSignedIn, 5, "request 5"},
				{history.UserDeleted, 6, "request 6"},
				{history.UserRestored, 7, "request 7"},
			}, w.lines(string(u.ID)))
		}},
		{"an event says what changed, without values", func(w world) {
			u := w.user("a@example.com", "title", "Guide")
			u.Document.Delete("title")
			u.Document.Set("nickName", "Ann")
			u.Document.Set(scim.EnterpriseUserSchema, scim.NewDocument("department", "R&D"))
			u.State = directory.StateDeactivated
			w.replace(2, u)
			about := w.about(string(u.ID))
			same(w, history.Event{
				Seq: 2, ID: about[1].ID, Type: history.UserDeactivated, At: at(2), Resource: history.Resource{Type: "User", ID: string(u.ID)}, Version: 2,
				Change: history.Change{
					Attributes: []string{"nickName", "title", scim.EnterpriseUserSchema + ":department"},
					State:      history.Transition{Before: directory.StateShadow, After: directory.StateDeactivated},
				},
				Cause: told(2),
			}, about[1])
			same(w, history.Change{Attributes: []string{"title", "userName"}, State: history.Transition{After: directory.StateShadow}}, about[0].Change)
		}},
		{"a record has what the user was before", func(w world) {
			u := w.user("a@example.com", "title", "Guide", "x509Certificates", []any{scim.NewDocument("value", "$a.b", "$ref", int64(7))})
			u.State, u.SignedIn = directory.StateActive, true
			second := w.replace(2, u)
			w.remove(3, second)
			same(w, []history.Record{
				{
					Resource: history.Resource{Type: "User", ID: string(u.ID)}, Version: 3, At: at(3), Cause: cause(3),
					Before: history.Past{Version: 2, State: directory.StateActive, SignedIn: true, Document: u.Document},
				},
				{
					Resource: history.Resource{Type: "User", ID: string(u.ID)}, Version: 2, At: at(2), Cause: cause(2),
					Before: history.Past{Version: 1, State: directory.StateShadow, Document: u.Document},
				},
				{Resource: history.Resource{Type: "User", ID: string(u.ID)}, Version: 1, At: u.Created, Cause: cause(1)},
			}, w.records("User", string(u.ID)))
			third, err := w.Records(w.Context(), w.tenant, history.Resource{Type: "User", ID: string(u.ID)}, 3, 1)
			w.ok(err)
			same(w, []int64{2}, []int64{third[0].Version})
		}},
		{"a record has no values where the organisation hides them, and its events are the same", func(w world) {
			u := w.user("a@example.com")
			u.Document.Set("title", "Guide")
			u.Modified, u.Cause = at(2), cause(2)
			u.Cause.HideValues = true
			_, err := w.ReplaceUser(w.Context(), w.tenant, u)
			w.ok(err)
			latest := w.records("User", string(u.ID))[0]
			same(w, history.Past{Version: 1, State: directory.StateShadow}, latest.Before)
			same(w, []string{"title"}, w.about(string(u.ID))[1].Change.Attributes)
		}},
		{"a change that is refused leaves nothing to tell", func(w world) {
			u := w.user("a@example.com")
			other := w.user("b@example.com")
			taken := directorytest.NewUser("a@example.com")
			if err := w.CreateUser(w.Context(), w.tenant, taken); err == nil {
				w.Fatal("a name was given twice")
			}
			renamed := other.Clone()
			renamed.NameKey = u.NameKey
			if _, err := w.ReplaceUser(w.Context(), w.tenant, renamed); err == nil {
				w.Fatal("a name was given twice")
			}
			u = w.replace(2, u)
			stale := u.Clone()
			stale.Version = 1
			if _, err := w.ReplaceUser(w.Context(), w.tenant, stale); err == nil {
				w.Fatal("an old version was replaced")
			}
			if err := w.DeleteUser(w.Context(), w.tenant, stale); err == nil {
				w.Fatal("an old version was deleted")
			}
			same(w, 3, len(w.events()))
			same(w, 0, len(w.records("User", string(taken.ID))))
			same(w, 2, len(w.records("User", string(u.ID))))
		}},
		{"that a deleted user gives up its name is recorded and not told", func(w world) {
			u := w.user("a@example.com")
			w.remove(2, u)
			gone, err := w.User(w.Context(), w.tenant, u.ID)
			w.ok(err)
			gone.NameKey = "\x00" + string(gone.ID)
			gone = w.replace(3, gone)
			gone.Deleted = false
			w.replace(4, gone)
			same(w, []line{{history.UserCreated, 1, "request 1"}, {history.UserDeleted, 2, "request 2"}, {history.UserRestored, 4, "request 4"}}, w.lines(string(u.ID)))
			same(w, 4, len(w.records("User", string(u.ID))))
		}},
		{"more changes than are kept in one place are all told", func(w world) {
			u := w.user("a@example.com")
			want := []line{{history.UserCreated, 1, "request 1"}}
			for n := 2; n <= 30; n++ {
				u.Document.Set("nickName", cause(n).RequestID)
				u = w.replace(n, u)
				want = append(want, line{history.UserUpdated, int64(n), cause(n).RequestID})
			}
			same(w, want, w.lines(string(u.ID)))
		}},
		{"no cause comes back with a user or group", func(w world) {
			u := w.user("a@example.com")
			u.Document.Set("title", "Guide")
			same(w, directory.Cause{}, w.replace(2, u).Cause)
			stored, err := w.User(w.Context(), w.tenant, u.ID)
			w.ok(err)
			same(w, directory.Cause{}, stored.Cause)
			g := w.group("Guides", u.ID)
			same(w, directory.Cause{}, w.update(2, g, directory.MemberDelta{Remove: []directory.UserID{u.ID}}).Cause)
			g, err = w.Group(w.Context(), w.tenant, g.ID, true)
			w.ok(err)
			same(w, directory.Cause{}, g.Cause)
		}},
	}
}
