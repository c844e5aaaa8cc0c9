package embedded

import (
	"errors"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/format"
)

// TestAFileOfALaterReleaseIsNotOpened: a program that could not read all of it does not start.
func TestAFileOfALaterReleaseIsNotOpened(t *testing.T) {
	t.Parallel()
	path, current := filepath.Join(t.TempDir(), "scim.db"), format.Current()
	for _, tt := range []struct {
		rule  string
		later format.Format
		opens bool
	}{
		{"of the next release", format.Format{Written: current.Written + 1, Readers: current.Written}, true},
		{"of the release after the next", format.Format{Written: current.Written + 2, Readers: current.Written + 1}, false},
	} {
		db, err := open(path)
		assert.NilError(t, err)
		assert.NilError(t, errors.Join(enter(db, tt.later), db.Close()))
		f, err := Open(path)
		if (err == nil) != tt.opens || err != nil && !errors.Is(err, format.ErrTooOld) {
			t.Errorf("%s: %v, want that it opens: %v", tt.rule, err, tt.opens)
		}
		if err == nil {
			_ = f.Close()
		}
	}
}
