package format_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/devrev/scim/services/internal/format"
)

func TestReleasesThatFollowOneAnotherRunSideBySide(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule    string
		program format.Format
		stored  format.Format
		may     bool
	}{
		{"a new store", format.Format{Written: 3, Readers: 2}, format.Format{}, true},
		{"a store of its own release", format.Format{Written: 3, Readers: 2}, format.Format{Written: 3, Readers: 2}, true},
		{"a store of an earlier release, however early", format.Format{Written: 3, Readers: 2}, format.Format{Written: 1, Readers: 1}, true},
		{"a store of the next release", format.Format{Written: 3, Readers: 2}, format.Format{Written: 4, Readers: 3}, true},
		{"a store of the release after the next", format.Format{Written: 3, Readers: 2}, format.Format{Written: 5, Readers: 4}, false},
	} {
		err := tt.program.Check("MongoDB", tt.stored)
		if (err == nil) != tt.may || err != nil && !errors.Is(err, format.ErrTooOld) {
			t.Errorf("%s: %v, want that it may: %v", tt.rule, err, tt.may)
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "MongoDB holds data of format 5, for programs of format 4 or later, and this one is of format 3")) {
			t.Errorf("%s: it says %q", tt.rule, err)
		}
	}
	if c := format.Current(); c.Readers > c.Written || c.Readers < c.Written-1 {
		t.Errorf("this release is of format %+v: the one before could not run beside it", c)
	}
}
