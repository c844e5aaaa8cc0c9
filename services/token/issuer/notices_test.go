package issuer_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

// TestNoNoticeIsSkipped lets entries be written at any time up to five minutes after their ids were
// made, while the platform reads now and then, in pages that are mostly full.
func TestNoNoticeIsSkipped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		read := map[string]bool{}
		var cursor issuer.NoticeCursor
		ask := func() (n int) {
			limit := rapid.IntRange(1, 3).Draw(r, "limit")
			page, next, err := w.Notices(t.Context(), cursor, limit)
			if err != nil || !slices.IsSortedFunc(page, func(a, b audit.Entry) int { return cmp.Compare(a.ID, b.ID) }) {
				r.Fatalf("got %d, %v", len(page), err)
			}
			for _, e := range page {
				read[e.ID] = true
			}
			text := next.String()
			if parsed, ok := issuer.ParseNoticeCursor(text); !ok || parsed != next {
				r.Fatalf("the cursor %q cannot be given back", text)
			}
			cursor = next
			if len(page) < limit {
				return 0
			}
			return len(page)
		}
		var written []string
		write := func(late time.Duration) {
			e := audit.Entry{ID: idOf(w.time.Add(-late), len(written)), At: w.time, Org: org, Action: audit.ActionLeaked, Result: audit.ResultNoted}
			assert.NilError(r, w.store.AppendAudit(t.Context(), e))
			written = append(written, e.ID)
		}
		for range rapid.IntRange(1, 20).Draw(r, "steps") {
			w.time = w.time.Add(time.Duration(rapid.IntRange(0, 200).Draw(r, "seconds")) * time.Second)
			if rapid.Bool().Draw(r, "write") {
				write(time.Duration(rapid.IntRange(0, 299).Draw(r, "seconds late")) * time.Second)
			} else {
				ask()
			}
		}
		for ask() > 0 { // to the end, which goes back to the first unsettled entry, and from there
		}
		for ask() > 0 {
		}
		for _, id := range written {
			if !read[id] {
				r.Fatalf("%s of %d was skipped", id, len(written))
			}
		}
		w.time = w.time.Add(time.Hour)
		for ask() > 0 {
		}
		if page, _, err := w.Notices(t.Context(), cursor, 1); err != nil || len(page) > 0 {
			r.Fatalf("an old entry that was read is returned for ever: %+v, %v", page, err)
		}
	})
}

// idOf is a UUIDv7 of this time; those of one time are in the order of n.
func idOf(at time.Time, n int) string {
	ms := at.UnixMilli()
	return fmt.Sprintf("%08x-%04x-7000-8000-%012x", ms>>16, ms&0xffff, n)
}
