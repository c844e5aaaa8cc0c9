package scimhttp

import (
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/directory"
)

// TestWhatIsRememberedOfWalksIsBounded: an organisation displaces its own places and no other's,
// and what it wrote is not kept.
func TestWhatIsRememberedOfWalksIsBounded(t *testing.T) {
	t.Parallel()
	s, err := newWalks(nil, cursors{})
	assert.NilError(t, err)
	known := func(w walk) bool {
		q := directory.Query{Skip: w.startIndex - 1}
		s.begin(t.Context(), w, &q)
		return q.After != nil && q.Skip == 0
	}
	quiet := walk{"quiet", "tag", "token", "query", 1}
	s.end(t.Context(), quiet, 100, directory.Position{ID: "last"}, true)
	for n := range 10 * maxPlaces {
		s.end(t.Context(), walk{"greedy", "tag", "token", strconv.Itoa(n) + strings.Repeat("x", 1<<20), 1}, 100, directory.Position{ID: "last"}, true)
	}
	quiet.startIndex = 101
	if !known(quiet) {
		t.Error("the walk of another organisation is forgotten")
	}
	if places, ok := s.organisations.Peek("greedy"); !ok || places.Len() != maxPlaces {
		t.Errorf("of one organisation %d places are remembered, want %d", places.Len(), maxPlaces)
	}
	s.end(t.Context(), walk{"long", "tag", "token", "query", 1}, 1, directory.Position{Key: strings.Repeat("x", maxSortKey+1), ID: "last"}, true)
	if known(walk{"long", "tag", "token", "query", 2}) {
		t.Error("a place with a long value is remembered")
	}
	for _, other := range []walk{{"quiet", "tag", "other", "query", 101}, {"quiet", "tag", "token", "other", 101}, {"other", "tag", "token", "query", 101}, {"quiet", "tag", "token", "query", 102}} {
		if known(other) {
			t.Errorf("%v goes on where another walk ended", other)
		}
	}
}
