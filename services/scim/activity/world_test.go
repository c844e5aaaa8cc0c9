package activity_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// world is one organisation on an embedded store, and an identity provider that provisions it by a
// token.
type world struct {
	*testing.T
	users *directory.Users
	store activity.Store
	log   *activity.Log
	org   directory.Organisation
}

func newWorld(t *testing.T) *world {
	t.Helper()
	file, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{
		T: t, users: directory.NewUsers(file.Directory(), time.Now), store: file.Activity(), log: activity.NewLog(file.Activity(), []byte("a key of names")),
		org: directory.Organisation{Tenant: "acme", UserNameFormat: terms.UserNameAny, Schemas: schema.Load(directory.Fold)},
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) decode(text string) *scim.Document {
	w.Helper()
	doc, err := scim.Decode([]byte(text), scim.MaxDepth)
	w.must(err)
	return doc
}

func by(method string, id directory.UserID) activity.Request {
	return activity.Request{RequestID: "R", TokenID: "T", Client: "okta", Method: method, Resource: activity.Resource{Type: "User", ID: string(id)}}
}

// post creates or brings back bjensen.
func (w *world) post(active string) directory.User {
	w.Helper()
	made := &directory.Change{}
	u, err := w.users.Create(w.Context(), w.org, w.decode(`{"schemas":["`+scim.UserSchema+`"],"userName":"bjensen","active":`+active+`}`), made)
	w.must(err)
	w.must(w.log.Record(w.Context(), w.org, by("POST", u.ID), made))
	return u
}

// patch carries operations out, a JSON array.
func (w *world) patch(id directory.UserID, operations string) {
	w.Helper()
	made := &directory.Change{}
	req, err := patch.Decode(w.decode(`{"schemas":["`+scim.PatchOpSchema+`"],"Operations":`+operations+`}`), &made.Tolerance)
	w.must(err)
	_, err = w.users.Patch(w.Context(), w.org, id, req, made)
	w.must(err)
	w.must(w.log.Record(w.Context(), w.org, by("PATCH", id), made))
}

func (w *world) setActive(id directory.UserID, active string) {
	w.Helper()
	w.patch(id, `[{"op":"replace","path":"active","value":`+active+`}]`)
}

func (w *world) delete(id directory.UserID) {
	w.Helper()
	made := &directory.Change{}
	w.must(w.users.Delete(w.Context(), w.org, id, made))
	w.must(w.log.Record(w.Context(), w.org, by("DELETE", id), made))
}

func (w *world) signIn() {
	w.Helper()
	_, err := w.users.SignIn(w.Context(), w.org, "bjensen", &directory.Change{})
	w.must(err)
}

// latest returns the latest entry.
func (w *world) latest() activity.Entry {
	w.Helper()
	entries, err := w.log.List(w.Context(), w.org, activity.Query{Limit: 1})
	w.must(err)
	if len(entries) == 0 {
		w.Fatal("there is no entry")
	}
	return entries[0]
}
