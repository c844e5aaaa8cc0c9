package mongostore

import (
	"testing"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/undo/undotest"
)

func undoStores(t *testing.T) undotest.Stores {
	t.Helper()
	db := mongotest.Database(t, watched(t))
	s, a, u := New(db), NewActivity(db), NewUndos(db)
	for _, prepare := range []error{s.Prepare(t.Context()), a.Prepare(t.Context()), u.Prepare(t.Context())} {
		if prepare != nil {
			t.Fatal(prepare)
		}
	}
	return undotest.Stores{Directory: s, History: s, Activity: a, Undos: u}
}

func TestUndosKeepTheContract(t *testing.T) {
	t.Parallel()
	undotest.RunStore(t, undoStores(t).Undos)
}

func TestAnUndoLeavesTheDirectoryAsItWas(t *testing.T) {
	t.Parallel()
	undotest.RunLaw(t, undoStores(t), 3)
}

func TestAnUndoGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	undotest.RunKills(t, undoStores(t))
}

func TestWhatAnUndoTakesBack(t *testing.T) {
	t.Parallel()
	undotest.RunRules(t, undoStores(t))
}
