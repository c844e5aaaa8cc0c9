package audit_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/services/internal/audit"
)

// TestActionsAreAll compares with the code.
func TestActionsAreAll(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("entry.go")
	assert.NilError(t, err)
	var written []audit.Action
	for _, match := range regexp.MustCompile(`Action\w+ +Action = "([a-z._]+)"`).FindAllStringSubmatch(string(source), -1) {
		written = append(written, audit.Action(match[1]))
	}
	if diff := cmp.Diff(written, audit.Actions()); diff != "" {
		t.Errorf("Actions (-written +listed):\n%s", diff)
	}
	for _, a := range slices.Concat(audit.NoticeActions(), audit.EndingActions()) {
		if !slices.Contains(audit.Actions(), a) {
			t.Errorf("%s is not an action", a)
		}
	}
}

func TestALineIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		chain, _ := drawChain(r)
		for _, e := range chain {
			text, err := json.Marshal(e.Line())
			assert.NilError(r, err)
			var line audit.Line
			assert.NilError(r, json.Unmarshal(text, &line))
			if got := line.Entry(); !cmp.Equal(got, e, cmpopts.EquateEmpty()) {
				r.Fatalf("got %+v, want %+v", got, e)
			}
		}
	})
}

func TestAPositionIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, p := range []audit.Position{{}, {Seq: 1}, {Seq: 1 << 60}, {ID: "0190a1b2-0000-7000-8000-000000000001"}} {
		if got, ok := audit.ParsePosition(p.String()); !ok || got != p {
			t.Errorf("%q gives %+v, %v; want %+v", p, got, ok, p)
		}
	}
	for _, text := range []string{"0", "-1", "x", "1.5", "99999999999999999999"} {
		if p, ok := audit.ParsePosition(text); ok {
			t.Errorf("%q gives %+v", text, p)
		}
	}
}
