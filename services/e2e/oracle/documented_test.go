package oracle

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// TestDocument tells what docs/oracles.md has to say.
func TestDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/oracles.md")
	assert.NilError(t, err)
	for _, want := range []string{table(knownFilters), table(knownPatches)} {
		if !strings.Contains(string(text)+"\n", "\n\n"+want+"\n") {
			t.Errorf("docs/oracles.md does not have exactly this table:\n%s", want)
		}
	}
}

func table[Q any](rows []known[Q]) string {
	var b strings.Builder
	b.WriteString("| difference | the oracle | we | who decides |\n|---|---|---|---|\n")
	for _, row := range rows {
		decides := row.decides
		if row.counted != "" {
			decides += fmt.Sprintf(" (`%s`)", row.counted)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", row.name, row.they, row.we, decides)
	}
	return b.String()
}

// A row that is the reason of no fixed case is the reason of nothing. The cases themselves fail if
// a row is not needed.
func TestEachKnownDifferenceIsShown(t *testing.T) {
	t.Parallel()
	var differs []string
	for _, c := range filters {
		differs = append(differs, c.differs...)
	}
	requireAll(t, names(knownFilters), differs)

	differs = nil
	for _, c := range patches {
		differs = append(differs, c.differs...)
	}
	requireAll(t, names(knownPatches), differs)
}

func requireAll(t *testing.T, rows, differs []string) {
	t.Helper()
	for _, name := range rows {
		if !slices.Contains(differs, name) {
			t.Errorf("no fixed case differs by %q", name)
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(rows)))) != len(rows) {
		t.Error("two rows have one name")
	}
}
