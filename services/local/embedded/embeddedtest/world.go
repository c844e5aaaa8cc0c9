// Package embeddedtest is the SCIM side on an embedded store, for tests of what stands on it.
package embeddedtest

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
)

// NameKey is the key under which a World's activity hides names.
const NameKey = "a key of names"

// World is one organisation, acme, on a file of its own. A test may change Org and Clock.
type World struct {
	*testing.T
	Directory directory.Store
	History   history.Store // of Directory
	Holds     guard.Store
	Users     *directory.Users
	Groups    *directory.Groups
	Activity  activity.Store
	Log       *activity.Log
	Undos     *embedded.Undos
	Audit     *embedded.Organisations
	Tenants   embedded.Tenants
	Path      string // of the file
	Org       directory.Organisation
	Clock     func() time.Time // of Users and Groups; time.Now at first
}

// NewWorld returns a World that takes any userName.
func NewWorld(t *testing.T) *World {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scim.db")
	file, err := embedded.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &World{
		T: t, Directory: file.Directory(), History: file.Directory(), Holds: file.Directory(), Activity: file.Activity(), Log: activity.NewLog(file.Activity(), []byte(NameKey)), Undos: file.Undos(), Audit: file.Organisations(), Tenants: file.Tenants(), Path: path,
		Org:   directory.Organisation{Tenant: "acme", UserNameFormat: terms.UserNameAny, Schemas: schema.Load(directory.Fold)},
		Clock: time.Now,
	}
	now := func() time.Time { return w.Clock() }
	w.Users, w.Groups = directory.NewUsers(w.Directory, now), directory.NewGroups(w.Directory, now)
	return w
}

// Must fails the test if err is not nil.
func (w *World) Must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}
