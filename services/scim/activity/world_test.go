package activity_test

import (
	"testing"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// world is an organisation that an identity provider provisions by a token.
type world struct{ *embeddedtest.World }

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{embeddedtest.NewWorld(t)}
}

func (w *world) decode(text string) *scim.Document {
	w.Helper()
	doc, err := scim.Decode([]byte(text), scim.MaxDepth)
	w.Must(err)
	return doc
}

func by(method string, id directory.UserID) activity.Request {
	return activity.Request{RequestID: "R", TokenID: "T", Client: "okta", Method: method, Resource: activity.Resource{Type: "User", ID: string(id)}}
}

// post creates or brings back bjensen.
func (w *world) post(active string) directory.User {
	w.Helper()
	made := &directory.Change{}
	u, err := w.Users.Create(w.Context(), w.Org, w.decode(`{"schemas":["`+scim.UserSchema+`"],"userName":"bjensen","active":`+active+`}`), made)
	w.Must(err)
	w.Must(w.Log.Record(w.Context(), w.Org, by("POST", u.ID), made))
	return u
}

// patch carries operations out, a JSON array.
func (w *world) patch(id directory.UserID, operations string) {
	w.Helper()
	made := &directory.Change{}
	req, err := patch.Decode(w.decode(`{"schemas":["`+scim.PatchOpSchema+`"],"Operations":`+operations+`}`), &made.Tolerance)
	w.Must(err)
	_, err = w.Users.Patch(w.Context(), w.Org, id, req, made)
	w.Must(err)
	w.Must(w.Log.Record(w.Context(), w.Org, by("PATCH", id), made))
}

func (w *world) setActive(id directory.UserID, active string) {
	w.Helper()
	w.patch(id, `[{"op":"replace","path":"active","value":`+active+`}]`)
}

func (w *world) delete(id directory.UserID) {
	w.Helper()
	made := &directory.Change{}
	w.Must(w.Users.Delete(w.Context(), w.Org, id, made))
	w.Must(w.Log.Record(w.Context(), w.Org, by("DELETE", id), made))
}

func (w *world) signIn() {
	w.Helper()
	_, err := w.Users.SignIn(w.Context(), w.Org, "bjensen", &directory.Change{})
	w.Must(err)
}

// latest returns the latest entry.
func (w *world) latest() activity.Entry {
	w.Helper()
	entries, err := w.Log.List(w.Context(), w.Org, activity.Query{Limit: 1})
	w.Must(err)
	if len(entries) == 0 {
		w.Fatal("there is no entry")
	}
	return entries[0]
}
