package web

import (
	"io"
	"sync"
)

// Budget bounds what requests hold at a time, in whatever unit: in the whole process, and of that
// what any one owner, an organisation, may have. It is safe for concurrent use. Made by NewBudget.
type Budget struct {
	total, each int64

	mu   sync.Mutex
	held int64
	by   map[string]int64 // no owner that holds nothing
}

// NewBudget returns a budget of which nothing is held. No owner may hold more than each, nor all of
// them more than total.
func NewBudget(total, each int64) *Budget {
	return &Budget{total: total, each: each, by: make(map[string]int64)}
}

// Held returns how much is held now.
func (b *Budget) Held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

// Share returns what a request of this owner holds, which is nothing yet.
func (b *Budget) Share(owner string) *Share { return &Share{budget: b, owner: owner} }

// Share is what one request holds of a Budget. It is for one goroutine at a time.
type Share struct {
	budget *Budget
	owner  string
	held   int64
}

// Take reports whether there was as much left, and holds it if so.
func (s *Share) Take(n int64) bool {
	b := s.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held+n > b.total || b.by[s.owner]+n > b.each {
		return false
	}
	b.held += n
	b.by[s.owner] += n
	s.held += n
	return true
}

// Hold reports whether the share holds n by now, and takes for that what it lacks.
func (s *Share) Hold(n int64) bool { return s.held >= n || s.Take(n-s.held) }

// Release gives everything back. A share that has nothing has nothing to give.
func (s *Share) Release() {
	b := s.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held -= s.held
	if b.by[s.owner] -= s.held; b.by[s.owner] == 0 {
		delete(b.by, s.owner)
	}
	s.held = 0
}

// Charge returns body as one whose every byte is taken from the share. A read beyond what is left
// is refused with ErrOverloaded.
func Charge(body io.ReadCloser, s *Share) io.ReadCloser { return charged{body, s} }

type charged struct {
	io.ReadCloser

	share *Share
}

func (b charged) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if !b.share.Take(int64(n)) {
		return n, ErrOverloaded
	}
	return n, err
}
