package scimhttp

import (
	"strconv"
	"strings"
	"testing"

	"github.com/devrev/scim/services/scim/directory"
)

// TestWhatIsRememberedOfWalksIsBounded: an organisation displaces its own places and no other's, and what it wrote is not kept.
func TestWhatIsRememberedOfWalksIsBounded(t *testing.T) {
	t.Parallel()
	s, err := newWalks()
	if err != nil {
		t.Fatal(err)
	}
	known := func(w walk) bool {
		q := directory.Query{Skip: w.startIndex - 1}
		s.begin(w, &q)
		return q.After != nil && q.Skip == 0
	}
	quiet := walk{"quiet", "token", "query", 1}
	s.end(quiet, 100, directory.Position{ID: "last"})
	for n := range 10 * maxPlaces {
		s.end(walk{"greedy", "token", strconv.Itoa(n) + strings.Repeat("x", 1<<20), 1}, 100, directory.Position{ID: "last"})
	}
	quiet.startIndex = 101
	if !known(quiet) {
		t.Error("the walk of another organisation is forgotten")
	}
	if places, ok := s.organisations.Peek("greedy"); !ok || places.Len() != maxPlaces {
		t.Errorf("of one organisation %d places are remembered, want %d", places.Len(), maxPlaces)
	}
	s.end(walk{"long", "token", "query", 1}, 1, directory.Position{Key: strings.Repeat("x", maxSortKey+1), ID: "last"})
	if known(walk{"long", "token", "query", 2}) {
		t.Error("a place with a long value is remembered")
	}
	for _, other := range []walk{{"quiet", "other", "query", 101}, {"quiet", "token", "other", 101}, {"other", "token", "query", 101}, {"quiet", "token", "query", 102}} {
		if known(other) {
			t.Errorf("%v goes on where another walk ended", other)
		}
	}
}
