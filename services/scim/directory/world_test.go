package directory_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
)

// world is one organisation on an embedded store, with a clock that a test sets.
type world struct {
	*testing.T
	users  *directory.Users
	groups *directory.Groups
	org    directory.Organisation
	now    time.Time
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
	w := &world{T: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	clock := func() time.Time { return w.now }
	w.users = directory.NewUsers(file.Directory(), clock)
	w.groups = directory.NewGroups(file.Directory(), clock)
	w.org = directory.Organisation{Tenant: "acme", Schemas: schema.Load(directory.Fold)}
	return w
}

func document(t *testing.T, text string) *scim.Document {
	t.Helper()
	doc, err := scim.Decode([]byte(text), scim.MaxDepth)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := doc.Get("schemas"); !ok {
		doc.Set("schemas", []any{scim.UserSchema})
	}
	return doc
}

// create makes a user of a document.
func (w *world) create(text string) (directory.User, *directory.Change, error) {
	w.Helper()
	c := &directory.Change{}
	u, err := w.users.Create(w.Context(), w.org, document(w.T, text), c)
	return u, c, err
}

// user is create for what must succeed.
func (w *world) user(text string) directory.User {
	w.Helper()
	u, _, err := w.create(text)
	w.must(err)
	return u
}

func (w *world) replace(id directory.UserID, text string) (directory.User, *directory.Change, error) {
	w.Helper()
	c := &directory.Change{}
	u, err := w.users.Replace(w.Context(), w.org, id, document(w.T, text), c)
	return u, c, err
}

// patch applies operations, a JSON array.
func (w *world) patch(id directory.UserID, operations string) (directory.User, *directory.Change, error) {
	w.Helper()
	c := &directory.Change{}
	u, err := w.users.Patch(w.Context(), w.org, id, w.request(operations, c), c)
	return u, c, err
}

func (w *world) request(operations string, c *directory.Change) patch.Request {
	w.Helper()
	body, err := scim.Decode([]byte(`{"schemas":["`+scim.PatchOpSchema+`"],"Operations":`+operations+`}`), scim.MaxDepth)
	w.must(err)
	req, err := patch.Decode(body, &c.Tolerance)
	w.must(err)
	return req
}

func (w *world) signIn(userName string) (directory.User, error) {
	return w.users.SignIn(w.Context(), w.org, userName, &directory.Change{})
}

func (w *world) get(id directory.UserID) directory.User {
	w.Helper()
	u, err := w.users.Get(w.Context(), w.org, id)
	w.must(err)
	return u
}

// find returns the ids of the users that a filter selects.
func (w *world) find(text string) []directory.UserID {
	w.Helper()
	e, err := filter.Parse(text, w.org.Schemas.User, nil)
	w.must(err)
	page, err := w.users.List(w.Context(), w.org, directory.Query{Filter: e, Limit: 100})
	w.must(err)
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
	g, err := w.groups.Create(w.Context(), w.org, doc, &directory.Change{})
	w.must(err)
	return g
}

func (w *world) patchGroup(id directory.GroupID, operations string) (*directory.Change, error) {
	w.Helper()
	c := &directory.Change{}
	_, err := w.groups.Patch(w.Context(), w.org, id, w.request(operations, c), c)
	return c, err
}

func (w *world) members(id directory.GroupID) []directory.UserID {
	w.Helper()
	g, err := w.groups.Get(w.Context(), w.org, id, true)
	w.must(err)
	return g.Members
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
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
