package scimhttp

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"

	"github.com/devrev/scim/services/scim/directory"
)

// Bounds of what is remembered of walks.
const (
	maxWalks = 10_000
	walkLife = 10 * time.Minute
)

// walks remembers where the pages of lists ended, so that a client that walks a list by startIndex goes on from there and not from a number: it
// meets every resource that was there throughout exactly once, whatever is created and deleted meanwhile, and a late page costs what the
// first one did. Where nothing is remembered (after a restart, or if another process served the page before) the number counts.
type walks struct {
	ends *expirable.LRU[walk, directory.Position]
}

// walk names the page that begins at startIndex in the answers to a query that one token asks.
type walk struct {
	token, query string
	startIndex   int
}

func newWalks() walks {
	return walks{expirable.NewLRU[walk, directory.Position](maxWalks, nil, walkLife)}
}

// begin makes q begin where the page before ended, if that is known.
func (s walks) begin(w walk, q *directory.Query) {
	if at, ok := s.ends.Get(w); ok && w.startIndex > 1 {
		q.After, q.Skip = &at, 0
	}
}

// end notes that a page of w's walk ended at a position, n resources later.
func (s walks) end(w walk, n int, at directory.Position) {
	w.startIndex += n
	s.ends.Add(w, at)
}
