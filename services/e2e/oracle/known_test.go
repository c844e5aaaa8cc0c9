package oracle

import (
	"fmt"
	"slices"
	"sort"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/scim"
)

// ask is a way to come to an answer: that of an oracle, or of an oracle that is told of differences. Q is the text of
// a filter or an operation.
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
}

// told returns the oracle that is told of all rows. A row sees what the rows before it have made of the question.
func told[Q any](rows []known[Q], oracle ask[Q]) ask[Q] {
	for _, row := range slices.Backward(rows) {
		oracle = row.tell(oracle)
	}
	return oracle
}

// explain returns the rows of which the oracle must be told so that it agrees. It is not ok if the oracle does not
// agree even if told of all.
func explain[Q any](rows []known[Q], agrees func(told []known[Q]) bool) (needed []known[Q], ok bool) {
	if agrees(nil) {
		return nil, true
	}
	if !agrees(rows) {
		return nil, false
	}
	// It agrees if told of rows and needed. The last of the rows that it takes is needed; no row behind it is.
	for !agrees(needed) {
		last := sort.Search(len(rows), func(i int) bool { return agrees(slices.Concat(rows[:i+1], needed)) })
		needed = slices.Concat(rows[last:last+1], needed)
		rows = rows[:last]
	}
	return needed, true
}

// uncounted tells of a tolerance that explains a difference and of which the organisation would not learn; "" if there
// is none. What is refused in the end is tolerated by nobody.
func uncounted[Q any](needed []known[Q], ours answer, tol scim.Tolerance) string {
	for _, row := range needed {
		counted := slices.ContainsFunc(tol.Accepted, func(a scim.Accepted) bool { return a.Coercion == row.counted })
		if row.counted != "" && ours.Refused == "" && !counted {
			return fmt.Sprintf("%s is counted as %v, not as %s", row.name, tol.Accepted, row.counted)
		}
	}
	return ""
}

func names[Q any](rows []known[Q]) []string {
	var names []string
	for _, row := range rows {
		names = append(names, row.name)
	}
	return names
}

// same tells whether two answers are one. The oracles have one scimType for whatever they do not understand, so that
// only noTarget is told from the rest, and what a row refuses.
func same(ours, theirs answer) bool {
	if ours.Refused != "" && theirs.Refused == scim.InvalidSyntax {
		return ours.Refused != scim.NoTarget
	}
	return cmp.Equal(ours, theirs)
}
