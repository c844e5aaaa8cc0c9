package oracle

import (
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/scim"
)

// ask is a way to come to an answer: that of an oracle, or of an oracle that is told of
// differences. Q is the text of a filter or an operation.
type ask[Q any] func(resource map[string]any, q Q) answer

// known is a difference between an oracle and us that is as it should be.
type known[Q any] struct {
	name    string
	they    string        // what the oracle does
	we      string        // what we do
	decides string        // the RFC's section or the client that decides it
	counted scim.Coercion // by which the organisation learns of it, if it is a tolerance

	// tell returns an oracle that does in this one point as we do.
	tell func(ask[Q]) ask[Q]
	// whole, where it is set in the place of tell, makes of the oracle's answer to a request of
	// several questions our answer.
	whole func(resource map[string]any, qs []Q, a answer) answer
}

// told returns the oracle that is told of all rows. A row sees what the rows before it have made of
// the question.
func told[Q any](rows []known[Q], oracle ask[Q]) ask[Q] {
	for _, row := range slices.Backward(rows) {
		if row.tell != nil {
			oracle = row.tell(oracle)
		}
	}
	return oracle
}

// explain returns the rows of which the oracle must be told so that it agrees. It is not ok if the
// oracle does not agree even if told of all.
func explain[Q any](rows []known[Q], agrees func(told []known[Q]) bool) (needed []known[Q], ok bool) {
	if agrees(nil) {
		return nil, true
	}
	if !agrees(rows) {
		return nil, false
	}
	// It agrees if told of needed and rows. The first of the rows that it takes is needed, none
	// before it is.
	for !agrees(needed) {
		first := sort.Search(len(rows), func(i int) bool { return !agrees(slices.Concat(needed, rows[i+1:])) })
		needed = slices.Concat(needed, rows[first:first+1])
		rows = rows[first+1:]
	}
	return needed, true
}

// checkExplained fails unless these are the rows that it takes, and the organisation would learn of
// each tolerance among them. What is refused in the end is tolerated by no one.
func checkExplained[Q any](t *testing.T, needed []known[Q], want []string, ours answer, tol scim.Tolerance) {
	t.Helper()
	if got := names(needed); !slices.Equal(got, want) {
		t.Errorf("differs by %q, want %q", got, want)
	}
	for _, row := range needed {
		counted := slices.ContainsFunc(tol.Accepted, func(a scim.Accepted) bool { return a.Coercion == row.counted })
		if row.counted != "" && ours.Refused == "" && !counted {
			t.Errorf("%s is counted as %v, want %s", row.name, tol.Accepted, row.counted)
		}
	}
}

func names[Q any](rows []known[Q]) []string {
	var names []string
	for _, row := range rows {
		names = append(names, row.name)
	}
	return names
}

// same reports whether two answers are one. The oracles have one scimType for whatever they do not
// understand, so that only noTarget is told from the rest, and what a row refuses.
func same(ours, theirs answer) bool {
	if ours.Refused != "" && theirs.Refused == scim.InvalidSyntax {
		return ours.Refused != scim.NoTarget
	}
	return cmp.Equal(ours, theirs)
}
