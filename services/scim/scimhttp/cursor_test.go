package scimhttp

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
)

func testCursors(t *testing.T) cursors {
	t.Helper()
	s, err := newCursors(bytes.Repeat([]byte{7}, 32))
	assert.NilError(t, err)
	return s
}

func TestCursorsKeepThePosition(t *testing.T) {
	s := testCursors(t)
	for _, key := range []any{nil, "", "text", int64(7), 7.5, true, false, time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)} {
		at := directory.Position{ID: "id", Key: key}
		cursor, err := s.make("acme", "query", at)
		assert.NilError(t, err)
		got, err := s.read("acme", "query", cursor)
		if diff := cmp.Diff(at, got); diff != "" || err != nil {
			t.Errorf("%v, %v (-made +read)\n%s", key, err, diff)
		}
	}
}

func TestCursorsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testCursors(t)
		cursor, err := s.make("acme", "query", directory.Position{ID: "id"})
		assert.NilError(t, err)
		changed := []byte(cursor)
		changed[len(changed)/2] ^= 1
		refused := func(rule string, want scim.ErrorType, t2 directory.Tenant, query, cursor string) {
			t.Helper()
			_, err := s.read(t2, query, cursor)
			if e, ok := errors.AsType[*scim.Error](err); !ok || e.Status != 400 || e.Type != want {
				t.Errorf("%s: %v, want 400 %s", rule, err, want)
			}
		}
		refused("of another organisation", scim.InvalidCursor, "other", "query", cursor)
		refused("of another query", scim.InvalidCursor, "acme", "other", cursor)
		refused("changed", scim.InvalidCursor, "acme", "query", string(changed))
		refused("no cursor at all", scim.InvalidCursor, "acme", "query", "cursor")
		refused("empty", scim.InvalidCursor, "acme", "query", "")
		time.Sleep(cursorLife + time.Second)
		refused("too old", scim.ExpiredCursor, "acme", "query", cursor)
	})
}
