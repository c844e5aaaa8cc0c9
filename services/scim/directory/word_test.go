package directory_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/scim/directory"
)

// said are the attributes of the user's Word with the reason of each.
func (w *world) said(id directory.UserID) map[string]directory.Drift {
	w.Helper()
	u, err := w.Users.Get(w.Context(), w.Org, id)
	w.Must(err)
	said := map[string]directory.Drift{}
	for _, s := range u.Word.Said {
		said[s.Attribute] = s.Because
	}
	return said
}

func TestWhatTheProviderSaidIsKnownWhereItDiffers(t *testing.T) {
	t.Parallel()
	type drifts = map[string]directory.Drift
	here := func(by string) *directory.Change { return &directory.Change{Cause: directory.Cause{By: by}} }
	for _, row := range []struct {
		rule string
		act  func(w *world, id directory.UserID)
		want drifts
	}{
		{"a new user agrees", func(*world, directory.UserID) {}, drifts{}},
		{"a displayName that is the person's own was kept", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"replace","path":"displayName","value":"Bo"}]`)
			w.Must(err)
		}, drifts{"displayName": "kept"}},
		{"another case is no difference", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"replace","path":"displayName","value":"ANN"}]`)
			w.Must(err)
		}, drifts{}},
		{"another order is no difference", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"replace","path":"emails","value":[{"value":"a@example.com","primary":true},{"value":"x@example.com"}]}]`)
			w.Must(err)
			_, err = w.Users.SetEmail(w.Context(), w.Org, id, "b@example.com", here("administrator"))
			w.Must(err)
			_, _, err = w.patch(id, `[{"op":"replace","path":"userName","value":"b@example.com"},{"op":"replace","path":"emails","value":[{"value":"x@example.com"},{"primary":true,"value":"B@example.com"}]}]`)
			w.Must(err)
		}, drifts{}},
		{"what the person chose was changed here", func(w *world, id directory.UserID) {
			_, err := w.Users.SetDisplayName(w.Context(), w.Org, id, "Cy", here("person"))
			w.Must(err)
		}, drifts{"displayName": "changed-here"}},
		{"what was changed here and said again was kept", func(w *world, id directory.UserID) {
			_, err := w.Users.SetDisplayName(w.Context(), w.Org, id, "Cy", here("person"))
			w.Must(err)
			_, _, err = w.patch(id, `[{"op":"replace","path":"displayName","value":"Ann"}]`)
			w.Must(err)
		}, drifts{"displayName": "kept"}},
		{"a difference ends when the person agrees", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"replace","path":"displayName","value":"Bo"}]`)
			w.Must(err)
			_, err = w.Users.SetDisplayName(w.Context(), w.Org, id, "Bo", here("person"))
			w.Must(err)
		}, drifts{}},
		{"an address of the administrator's is changed here, with the userName", func(w *world, id directory.UserID) {
			_, err := w.Users.SetEmail(w.Context(), w.Org, id, "b@example.com", here("administrator"))
			w.Must(err)
		}, drifts{"userName": "changed-here", "emails": "changed-here"}},
		{"a value that another request leaves alone still differs", func(w *world, id directory.UserID) {
			_, err := w.Users.SetEmail(w.Context(), w.Org, id, "b@example.com", here("administrator"))
			w.Must(err)
			_, _, err = w.patch(id, `[{"op":"replace","path":"title","value":"Guide"}]`)
			w.Must(err)
		}, drifts{"userName": "changed-here", "emails": "changed-here"}},
		{"a value that is said again is stored, and agrees", func(w *world, id directory.UserID) {
			_, err := w.Users.SetEmail(w.Context(), w.Org, id, "b@example.com", here("administrator"))
			w.Must(err)
			_, _, err = w.replace(id, `{"userName":"a@example.com","displayName":"Ann"}`)
			w.Must(err)
		}, drifts{}},
		{"an address that follows the userName is no difference", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"replace","path":"userName","value":"c@example.com"}]`)
			w.Must(err)
		}, drifts{}},
		{"a mark of deletion is no name", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"replace","path":"active","value":false},{"op":"replace","path":"userName","value":"0123456789abcdef0123456789abcdefa@example.com"}]`)
			w.Must(err)
		}, drifts{}},
		{"a PUT without displayName says nothing about it", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"replace","path":"displayName","value":"Bo"}]`)
			w.Must(err)
			_, _, err = w.replace(id, `{"userName":"a@example.com"}`)
			w.Must(err)
		}, drifts{"displayName": "kept"}},
		{"a displayName that is removed is kept", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"remove","path":"displayName"}]`)
			w.Must(err)
		}, drifts{"displayName": "kept"}},
		{"what an administrator undoes is said still", func(w *world, id directory.UserID) {
			_, _, err := w.patch(id, `[{"op":"replace","path":"active","value":false}]`)
			w.Must(err)
			undone := &directory.Change{Cause: directory.Cause{By: "administrator", Undo: "1"}}
			_, err = w.Users.Revert(w.Context(), w.Org, id, undone, func(now directory.User) (directory.User, error) {
				now.State = directory.StateShadow
				return now, nil
			})
			w.Must(err)
		}, drifts{"active": "undone"}},
		{"a person who comes back has what they were called", func(w *world, id directory.UserID) {
			w.Must(w.Users.Delete(w.Context(), w.Org, id, &directory.Change{}))
			w.user(`{"userName":"a@example.com","displayName":"Bo"}`)
		}, drifts{"displayName": "kept"}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.user(`{"userName":"a@example.com","displayName":"Ann"}`)
			row.act(w, u.ID)
			if diff := cmp.Diff(row.want, w.said(u.ID)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestARefusalStandsUntilARequestIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.user(`{"userName":"a@example.com"}`)
	refused := func(request, detail string) *directory.Refused {
		w.Must(w.Users.Refuse(t.Context(), w.Org, u.ID, directory.Refused{RequestID: request, Status: 400, Detail: detail}))
		now, err := w.Users.Get(t.Context(), w.Org, u.ID)
		w.Must(err)
		if now.Version != u.Version {
			t.Errorf("a refusal led to version %d", now.Version)
		}
		return now.Word.Refused
	}
	first := *refused("1", "too long")
	w.now = w.now.Add(time.Minute)
	if again := *refused("2", "too long"); again != first {
		t.Errorf("the same refusal again: got %+v, want that of the first", again)
	}
	if other := *refused("3", "no address"); other.RequestID != "3" || !other.Since.After(first.Since) {
		t.Errorf("another refusal: got %+v", other)
	}
	if _, err := w.Users.SetDisplayName(t.Context(), w.Org, u.ID, "Ann", &directory.Change{Cause: directory.Cause{By: "person"}}); err != nil {
		t.Fatal(err)
	}
	if now, _ := w.Users.Get(t.Context(), w.Org, u.ID); now.Word.Refused == nil {
		t.Error("what the person does ended a refusal")
	}
	if _, _, err := w.patch(u.ID, `[{"op":"replace","path":"active","value":true}]`); err != nil {
		t.Fatal(err)
	}
	if now, _ := w.Users.Get(t.Context(), w.Org, u.ID); now.Word.Refused != nil {
		t.Error("a request that changes nothing was accepted, and the refusal stays")
	}
	w.Must(w.Users.Refuse(t.Context(), w.Org, "unknown", directory.Refused{Status: 400}))
	w.Must(w.Users.Delete(t.Context(), w.Org, u.ID, &directory.Change{}))
	w.Must(w.Users.Refuse(t.Context(), w.Org, u.ID, directory.Refused{Status: 400}))
}
