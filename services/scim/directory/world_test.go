package directory_test

import (
	"errors"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/directory"
)

// world is one organisation, with a clock that a test sets.
type world struct {
	*embeddedtest.World
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{embeddedtest.NewWorld(t), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.Clock = func() time.Time { return w.now }
	w.Org.UserNameFormat = terms.UserNameEmail
	return w
}

func document(t *testing.T, text string) *scim.Document {
	t.Helper()
	doc, err := scim.Decode([]byte(text), scim.MaxDepth)
	assert.NilError(t, err)
	if _, ok := doc.Get("schemas"); !ok {
		doc.Set("schemas", []any{scim.UserSchema})
	}
	return doc
}

// create makes a user of a document.
func (w *world) create(text string) (directory.User, *directory.Change, error) {
	w.Helper()
	c := &directory.Change{}
	u, err := w.Users.Create(w.Context(), w.Org, document(w.T, text), c)
	return u, c, err
}

// user is create for what must succeed.
func (w *world) user(text string) directory.User {
	w.Helper()
	u, _, err := w.create(text)
	w.Must(err)
	return u
}

func (w *world) replace(id directory.UserID, text string) (directory.User, *directory.Change, error) {
	w.Helper()
	c := &directory.Change{}
	u, err := w.Users.Replace(w.Context(), w.Org, id, document(w.T, text), c)
	return u, c, err
}

// patch applies operations, a JSON array.
func (w *world) patch(id directory.UserID, operations string) (directory.User, *directory.Change, error) {
	w.Helper()
	c := &directory.Change{}
	u, err := w.Users.Patch(w.Context(), w.Org, id, w.request(operations, c), c)
	return u, c, err
}

func (w *world) request(operations string, c *directory.Change) patch.Request {
	w.Helper()
	body, err := scim.Decode([]byte(`{"schemas":["`+scim.PatchOpSchema+`"],"Operations":`+operations+`}`), scim.MaxDepth)
	w.Must(err)
	req, err := patch.Decode(body, &c.Tolerance)
	w.Must(err)
	return req
}

func (w *world) signIn(userName string) (directory.User, error) {
	return w.Users.SignIn(w.Context(), w.Org, userName, &directory.Change{})
}

func (w *world) get(id directory.UserID) directory.User {
	w.Helper()
	u, err := w.Users.Get(w.Context(), w.Org, id)
	w.Must(err)
	return u
}

// find returns the ids of the users that a filter selects.
func (w *world) find(text string) []directory.UserID {
	w.Helper()
	e, err := filter.Parse(text, w.Org.Schemas.User, nil)
	w.Must(err)
	page, err := w.Users.List(w.Context(), w.Org, directory.Query{Filter: e, Limit: 100})
	w.Must(err)
	var ids []directory.UserID
	for _, u := range page.Items {
		ids = append(ids, u.ID)
	}
	return ids
}

func (w *world) group(text string) directory.Group {
	w.Helper()
	doc := document(w.T, text)
	doc.Set("schemas", []any{scim.GroupSchema})
	g, err := w.Groups.Create(w.Context(), w.Org, doc, &directory.Change{})
	w.Must(err)
	return g
}

func (w *world) patchGroup(id directory.GroupID, operations string) (*directory.Change, error) {
	w.Helper()
	c := &directory.Change{}
	_, err := w.Groups.Patch(w.Context(), w.Org, id, w.request(operations, c), c)
	return c, err
}

func (w *world) members(id directory.GroupID) []directory.UserID {
	w.Helper()
	g, err := w.Groups.Get(w.Context(), w.Org, id, true)
	w.Must(err)
	return g.Members
}

// refused asserts that err is the refusal a client gets.
func (w *world) refused(err error, status int, typ scim.ErrorType) {
	w.Helper()
	e, ok := errors.AsType[*scim.Error](err)
	if !ok {
		w.Fatalf("got %v, want %d %s", err, status, typ)
	}
	if e.Status != status || e.Type != typ {
		w.Errorf("got %v, want %d %s", e, status, typ)
	}
}

func (w *world) equal(what string, got, want any) {
	w.Helper()
	if got != want {
		w.Errorf("%s is %v, want %v", what, got, want)
	}
}

// waitingValues returns the values that wait for a group.
func (w *world) waitingValues(id directory.GroupID) []string {
	w.Helper()
	waiting, err := w.Groups.Waiting(w.Context(), w.Org, directory.WaitingQuery{Group: id, Limit: 100})
	w.Must(err)
	var values []string
	for _, one := range waiting {
		values = append(values, one.Value)
	}
	return values
}
