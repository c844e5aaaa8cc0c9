package embedded_test

import (
	"testing"

	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/undo/undotest"
)

func undoStores(f *embedded.File) undotest.Stores {
	return undotest.Stores{Directory: f.Directory(), History: f.Directory(), Activity: f.Activity(), Undos: f.Undos()}
}

func TestAnUndoLeavesTheDirectoryAsItWas(t *testing.T) {
	t.Parallel()
	undotest.RunLaw(t, undoStores(open(t)), 6)
}

func TestAnUndoGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	undotest.RunKills(t, undoStores(open(t)))
}

func TestUndosKeepTheContract(t *testing.T) {
	t.Parallel()
	undotest.RunStore(t, open(t).Undos())
}

func TestWhatAnUndoTakesBack(t *testing.T) {
	t.Parallel()
	undotest.RunRules(t, undoStores(open(t)))
}
