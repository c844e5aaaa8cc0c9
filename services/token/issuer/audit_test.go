package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
)

func TestWhatCannotBeReadIsNotVerified(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	if v, err := w.VerifyAudit(t.Context(), org, audit.Position{}); err != nil || !v.Intact || v.Entries != 3 {
		t.Errorf("got %+v, %v", v, err)
	}
	for at := 1; at <= 3; at++ {
		w.faults.failAt(at, false)
		if v, err := w.VerifyAudit(t.Context(), org, audit.Position{}); !errors.Is(err, issuer.ErrUnavailable) || v.Intact {
			t.Errorf("call %d fails: got %+v, %v", at, v, err)
		}
	}
}

// TestAnAuditIsVerifiedPartByPart: a missing entry is reported in the part where it was, also at
// the seam of two parts.
func TestAnAuditIsVerifiedPartByPart(t *testing.T) {
	t.Parallel()
	const part, entries = 5000, 12_001
	chainTime := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
	var chain []audit.Entry
	var head audit.Head
	for n := range entries {
		e := audit.Link(head, audit.Entry{ID: fmt.Sprintf("0190a1b2-0000-7000-8000-%012d", n), At: chainTime, Org: org, Action: audit.ActionIssue})
		chain, head = append(chain, e), e.Head()
	}
	for _, tt := range []struct {
		rule    string
		removed int // the Seq of an entry, 0: none
		faulty  int // which part reports it, from 1; 0: none
	}{
		{"all are there", 0, 0},
		{"one within the first part", 7, 1},
		{"the last one of the first part", part, 1},
		{"the first one of the second part", part + 1, 2},
		{"the last one of all", entries, 3},
	} {
		kept := slices.DeleteFunc(slices.Clone(chain), func(e audit.Entry) bool { return e.Seq == int64(tt.removed) })
		i := issuertest.New(t, issuer.Deps{Store: listed{entries: kept, head: head}, Now: func() time.Time { return chainTime }})
		total, parts := 0, 0
		for after, more := (audit.Position{}), true; more; {
			found, err := i.VerifyAudit(t.Context(), org, after)
			assert.NilError(t, err)
			parts++
			total += found.Entries
			if found.Intact == (parts == tt.faulty) {
				t.Errorf("%s: part %d reports %+v", tt.rule, parts, found)
			}
			after, _ = audit.ParsePosition(found.Next)
			more = found.Next != ""
		}
		if parts != 3 || total != len(kept) {
			t.Errorf("%s: %d parts have %d entries, want 3 with %d", tt.rule, parts, total, len(kept))
		}
	}
}

// listed is a Store of one audit for reading, which tests may alter.
type listed struct {
	issuer.Store

	entries []audit.Entry // oldest first
	head    audit.Head
}

func (l listed) AuditHead(context.Context, string) (audit.Head, error) { return l.head, nil }

func (l listed) ReadAudit(_ context.Context, _ string, q audit.Query) (found []audit.Entry, _ error) {
	for _, e := range l.entries {
		if q.Asks(e) && len(found) < q.Limit {
			found = append(found, e)
		}
	}
	return found, nil
}
