package scimhttp

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/devrev/scim/services/scim/directory"
)

// Bounds of what is remembered of walks. An organisation displaces its own places only, and the
// longest idle organisation those of no other.
const (
	maxWalkers = 2_000 // organisations
	maxPlaces  = 64    // of an organisation; a walk needs one, and a second to be asked for again
	maxSortKey = 512   // bytes of the value that a place is sorted by; beyond, the number counts
)

// WalkLife is how long the end of a page is remembered, here and in Redis.
const WalkLife = 10 * time.Minute

// walks remembers where the pages of lists ended, so that a client that walks a list by startIndex
// goes on from there and not from a number: it meets every resource that was there throughout
// exactly once, whatever is created and deleted meanwhile, and a late page costs what the first one
// did. Where nothing is remembered the number counts.
//
// Places are shared with the other processes, since a load balancer sends the next page to any of
// them; what this one remembers counts where they cannot be shared at the moment, and where they
// are not.
//
// What a client wrote is remembered as a hash alone, so that a place has the same size whatever was
// asked. It is safe for concurrent use.
type walks struct {
	shared Places  // nil: there is one process
	seal   cursors // of what is shared: a place may hold a name, and Redis is to hold none

	mu            sync.Mutex
	organisations *lru.Cache[directory.Tenant, *lru.Cache[digest, end]]
}

// Places are shared by all processes: a bounded number for each organisation, by its tag. A later
// one may displace an earlier one.
type Places interface {
	// PutPlace keeps a place under the key for so long. It may fail in silence.
	PutPlace(ctx context.Context, tag, key, place string, life time.Duration)
	// Place returns what was kept, "" if nothing is; an error if the store cannot be read.
	Place(ctx context.Context, tag, key string) (string, error)
}

// walk names the page that begins at startIndex in the answers to a query that one token of an
// organisation asks.
type walk struct {
	tenant       directory.Tenant
	tag          string // of the organisation, where places are shared
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

func newWalks(shared Places, seal cursors) (*walks, error) {
	organisations, err := lru.New[directory.Tenant, *lru.Cache[digest, end]](maxWalkers)
	return &walks{shared: shared, seal: seal, organisations: organisations}, err
}

// key is what the place is shared under. It reveals nothing of the query.
func (d digest) key() string { return base64.RawURLEncoding.EncodeToString(d[:]) }

// begin makes q begin where the page before ended, if that is known.
func (s *walks) begin(ctx context.Context, w walk, q *directory.Query) {
	if w.startIndex <= 1 {
		return
	}
	if at, known := s.find(ctx, w); known {
		q.After, q.Skip = &at, 0
	}
}

// find returns the place that is shared. An older one of this process does not count then: the same
// walk may have been begun again since, and have come to another place.
func (s *walks) find(ctx context.Context, w walk) (directory.Position, bool) {
	if s.shared != nil {
		sealed, err := s.shared.Place(ctx, w.tag, w.digest().key())
		if err == nil {
			at, err := s.seal.read(w.tenant, w.query, sealed)
			return at, err == nil
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	places, ok := s.organisations.Get(w.tenant)
	if !ok {
		return directory.Position{}, false
	}
	e, ok := places.Get(w.digest())
	return e.at, ok && time.Now().Before(e.until)
}

// end notes that a page of w's walk ended at a position, n resources later. What is the first page
// and the last one, as most lists are, is not shared.
func (s *walks) end(ctx context.Context, w walk, n int, at directory.Position, more bool) {
	if key, ok := at.Key.(string); ok && len(key) > maxSortKey {
		return
	}
	share := s.shared != nil && (more || w.startIndex > 1)
	w.startIndex += n
	s.remember(w, at)
	if !share {
		return
	}
	if sealed, err := s.seal.make(w.tenant, w.query, at); err == nil {
		s.shared.PutPlace(ctx, w.tag, w.digest().key(), sealed, WalkLife)
	}
}

func (s *walks) remember(w walk, at directory.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	places, ok := s.organisations.Get(w.tenant)
	if !ok {
		places, _ = lru.New[digest, end](maxPlaces) // errs for a size below 1 only
		s.organisations.Add(w.tenant, places)
	}
	places.Add(w.digest(), end{at, time.Now().Add(WalkLife)})
}
