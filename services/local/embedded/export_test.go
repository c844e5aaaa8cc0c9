package embedded

import (
	"errors"
	"sync/atomic"

	"go.etcd.io/bbolt"
)

// LoseOpenTransaction ends what is open as a disk that refuses to write does.
func LoseOpenTransaction(f *File) {
	c := &f.changes
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.current; t != nil {
		c.leave(t)
		t.err = errors.Join(errors.New("the disk is full"), t.tx.Rollback())
		close(t.done)
	}
}

// Breaker ends a file's nth commit as a process that dies in it: before anything is on the disk, or
// once all is and no one has heard of it.
type Breaker struct{ left atomic.Int64 }

var errBroken = errors.New("broken")

// Break has the commits of f end as b says.
func Break(f *File) *Breaker {
	b := &Breaker{}
	f.changes.end = func(tx *bbolt.Tx) error {
		switch b.left.Add(-2) {
		case -1: // n was odd
			return errors.Join(errBroken, tx.Rollback())
		case 0:
			return errors.Join(errBroken, tx.Commit())
		}
		return tx.Commit()
	}
	return b
}

// At has the commit number (n+1)/2 from now on break: before it where n is odd, else after it.
func (b *Breaker) At(n int) { b.left.Store(int64(n)) }

// Broke ends that and reports whether it came to it.
func (b *Breaker) Broke() bool { return b.left.Swap(0) <= 0 }
