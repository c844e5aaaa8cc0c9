package issuer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/devrev/scim/services/token/issuer"
)

// TestActionsAreAll compares with what stands in the code.
func TestActionsAreAll(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("audit.go")
	if err != nil {
		t.Fatal(err)
	}
	var written []issuer.Action
	for _, match := range regexp.MustCompile(`Action\w+ +Action = "([a-z.]+)"`).FindAllStringSubmatch(string(source), -1) {
		written = append(written, issuer.Action(match[1]))
	}
	if diff := cmp.Diff(written, issuer.Actions()); diff != "" {
		t.Errorf("Actions (-written +listed):\n%s", diff)
	}
	for _, a := range slices.Concat(issuer.NoticeActions(), issuer.EndingActions()) {
		if !slices.Contains(issuer.Actions(), a) {
			t.Errorf("%s is no action", a)
		}
	}
}

func TestALineIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		chain, _ := drawChain(r)
		for _, e := range chain {
			text, err := json.Marshal(e.Line())
			if err != nil {
				r.Fatal(err)
			}
			var line issuer.Line
			if err := json.Unmarshal(text, &line); err != nil {
				r.Fatal(err)
			}
			if got := line.Entry(); got != e {
				r.Fatalf("got %+v, want %+v", got, e)
			}
		}
	})
}

func TestAPositionIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, p := range []issuer.Position{{}, {Seq: 1}, {Seq: 1 << 60}, {ID: "0190a1b2-0000-7000-8000-000000000001"}} {
		if got, ok := issuer.ParsePosition(p.String()); !ok || got != p {
			t.Errorf("%q gives %+v, %v; want %+v", p, got, ok, p)
		}
	}
	for _, text := range []string{"0", "-1", "x", "1.5", "99999999999999999999"} {
		if p, ok := issuer.ParsePosition(text); ok {
			t.Errorf("%q gives %+v", text, p)
		}
	}
}

func TestWhatCannotBeReadIsNotVerified(t *testing.T) {
	t.Parallel()
	w, _ := enabled(t)
	if v, err := w.VerifyAudit(t.Context(), org, issuer.Position{}); err != nil || !v.Intact || v.Entries != 3 {
		t.Errorf("got %+v, %v", v, err)
	}
	for at := 1; at <= 3; at++ {
		w.faults.failAt(at, false)
		if v, err := w.VerifyAudit(t.Context(), org, issuer.Position{}); !errors.Is(err, issuer.ErrUnavailable) || v.Intact {
			t.Errorf("call %d fails: got %+v, %v", at, v, err)
		}
	}
}

// TestAnAuditIsVerifiedPartByPart: what is missing shows in the part where it was, also at the seam of two parts.
func TestAnAuditIsVerifiedPartByPart(t *testing.T) {
	t.Parallel()
	const part, entries = 5000, 12_001
	var chain []issuer.Entry
	var head issuer.Head
	for n := range entries {
		e := issuer.Link(head, issuer.Entry{ID: fmt.Sprintf("0190a1b2-0000-7000-8000-%012d", n), At: chainTime, Org: org, Action: issuer.ActionIssue})
		chain, head = append(chain, e), e.Head()
	}
	for _, tt := range []struct {
		rule    string
		removed int // the Seq of an entry, 0: none
		faulty  int // which part tells of it, from 1; 0: none
	}{
		{"all are there", 0, 0},
		{"one within the first part", 7, 1},
		{"the last one of the first part", part, 1},
		{"the first one of the second part", part + 1, 2},
		{"the last one of all", entries, 3},
	} {
		kept := slices.DeleteFunc(slices.Clone(chain), func(e issuer.Entry) bool { return e.Seq == int64(tt.removed) })
		i := issuer.New(issuer.Deps{Store: listed{entries: kept, head: head}, Now: func() time.Time { return chainTime }})
		total, parts := 0, 0
		for after, more := (issuer.Position{}), true; more; {
			found, err := i.VerifyAudit(t.Context(), org, after)
			if err != nil {
				t.Fatal(err)
			}
			parts++
			total += found.Entries
			if found.Intact == (parts == tt.faulty) {
				t.Errorf("%s: part %d says %+v", tt.rule, parts, found)
			}
			after, _ = issuer.ParsePosition(found.Next)
			more = found.Next != ""
		}
		if parts != 3 || total != len(kept) {
			t.Errorf("%s: %d parts have %d entries, want 3 with %d", tt.rule, parts, total, len(kept))
		}
	}
}

// listed is a Store of one audit for reading, which nobody keeps from being altered.
type listed struct {
	issuer.Store

	entries []issuer.Entry // oldest first
	head    issuer.Head
}

func (l listed) AuditHead(context.Context, string) (issuer.Head, error) { return l.head, nil }

func (l listed) ReadAudit(_ context.Context, _ string, q issuer.AuditQuery) (found []issuer.Entry, _ error) {
	for _, e := range l.entries {
		if q.Asks(e) && len(found) < q.Limit {
			found = append(found, e)
		}
	}
	return found, nil
}
