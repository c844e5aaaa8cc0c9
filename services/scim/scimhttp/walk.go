package scimhttp

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/services/scim/directory"
)

// Bounds of what is remembered of walks. An organisation displaces its own places only, and the longest idle organisation those of no other.
const (
	maxWalkers = 2_000 // organisations
	maxPlaces  = 64    // of an organisation; a walk needs one, and a second to be asked for again
	maxSortKey = 512   // bytes of the value that a place is sorted by; beyond, the number counts
	walkLife   = 10 * time.Minute
)

// walks remembers where the pages of lists ended, so that a client that walks a list by startIndex goes on from there and not from a number: it
// meets every resource that was there throughout exactly once, whatever is created and deleted meanwhile, and a late page costs what the
// first one did. Where nothing is remembered (after a restart, or if another process served the page before) the number counts.
//
// What a client wrote is remembered as a hash alone, so that a place has the same size whatever was asked. It is safe for concurrent use.
type walks struct {
	mu            sync.Mutex
	organisations *lru.Cache[directory.Tenant, *lru.Cache[digest, end]]
}

// walk names the page that begins at startIndex in the answers to a query that one token of an organisation asks.
type walk struct {
	tenant       directory.Tenant
	token, query string
	startIndex   int
}

// digest is what a walk is remembered by.
type digest [sha256.Size]byte

func (w walk) digest() digest {
	text := append([]byte(w.token), 0)
	text = binary.BigEndian.AppendUint64(text, uint64(w.startIndex)) //nolint:gosec // never negative
	return sha256.Sum256(append(text, w.query...))
}

// end is where a page ended.
type end struct {
	at    directory.Position
	until time.Time // when it is forgotten
}

func newWalks() (*walks, error) {
	organisations, err := lru.New[directory.Tenant, *lru.Cache[digest, end]](maxWalkers)
	return &walks{organisations: organisations}, err
}

// begin makes q begin where the page before ended, if that is known.
func (s *walks) begin(w walk, q *directory.Query) {
	if w.startIndex <= 1 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	places, ok := s.organisations.Get(w.tenant)
	if !ok {
		return
	}
	if e, ok := places.Get(w.digest()); ok && time.Now().Before(e.until) {
		q.After, q.Skip = &e.at, 0
	}
}

// end notes that a page of w's walk ended at a position, n resources later.
func (s *walks) end(w walk, n int, at directory.Position) {
	if key, ok := at.Key.(string); ok && len(key) > maxSortKey {
		return
	}
	w.startIndex += n
	s.mu.Lock()
	defer s.mu.Unlock()
	places, ok := s.organisations.Get(w.tenant)
	if !ok {
		places, _ = lru.New[digest, end](maxPlaces) // errs for a size below 1 only
		s.organisations.Add(w.tenant, places)
	}
	places.Add(w.digest(), end{at, time.Now().Add(walkLife)})
}
