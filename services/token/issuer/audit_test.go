package issuer_test

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"testing"

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
	if v, err := w.VerifyAudit(t.Context(), org); err != nil || !v.Intact || v.Entries != 3 {
		t.Errorf("got %+v, %v", v, err)
	}
	for at := 1; at <= 2; at++ {
		w.faults.failAt(at, false)
		if v, err := w.VerifyAudit(t.Context(), org); !errors.Is(err, issuer.ErrUnavailable) || v.Intact {
			t.Errorf("call %d fails: got %+v, %v", at, v, err)
		}
	}
}
