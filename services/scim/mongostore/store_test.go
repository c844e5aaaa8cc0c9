package mongostore

import (
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/history/historytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newStore returns a store in a database of its own, whose client is configured by opts as well.
func newStore(tb testing.TB, opts ...*options.ClientOptions) *Store {
	tb.Helper()
	s := New(mongotest.Database(tb, opts...))
	assert.NilError(tb, s.Prepare(tb.Context()))
	return s
}

func TestStoreKeepsItsContract(t *testing.T) {
	t.Parallel()
	s := newStore(t, watched(t))
	directorytest.RunStore(t, func(*testing.T) directory.Store { return s })
}

// The embedded store evaluates filters by filter.Match; this one has MongoDB do it.
func TestEmbeddedStoreAgrees(t *testing.T) {
	t.Parallel()
	f, err := embedded.Open(filepath.Join(t.TempDir(), "scim.db"))
	assert.NilError(t, err)
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	directorytest.RunOracle(t, newStore(t, watched(t)), f.Directory())
}

func TestAWordIsWhereTheProviderBelievesOtherwise(t *testing.T) {
	t.Parallel()
	directorytest.RunWord(t, newStore(t, watched(t)))
}

func TestStoreKeepsItsHistory(t *testing.T) {
	t.Parallel()
	s := newStore(t, watched(t))
	historytest.RunStore(t, func(*testing.T) historytest.Store { return s })
}

func TestMembersWaitAsTheModelDoes(t *testing.T) {
	t.Parallel()
	directorytest.RunWaiting(t, newStore(t, watched(t)))
}
