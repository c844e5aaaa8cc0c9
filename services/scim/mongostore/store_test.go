package mongostore_test

import (
	"path/filepath"
	"testing"

	"github.com/devrev/scim/services/embedded"
	"github.com/devrev/scim/services/mongotest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/mongostore"
)

func newStore(t *testing.T) *mongostore.Store {
	t.Helper()
	s := mongostore.New(mongotest.Database(t))
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStoreKeepsItsContract(t *testing.T) {
	s := newStore(t)
	directorytest.RunStore(t, func(*testing.T) directory.Store { return s })
}

// The embedded store evaluates filters by filter.Match; this one has MongoDB do it.
func TestEmbeddedStoreAgrees(t *testing.T) {
	t.Parallel()
	f, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	directorytest.RunOracle(t, newStore(t), f.Directory())
}
