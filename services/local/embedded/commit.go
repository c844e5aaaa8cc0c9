package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

const (
	// gatherFor is how long a transaction waits for as many changes as the one before it had. It is
	// about as long as an fsync takes, so that many callers share each one.
	gatherFor = 500 * time.Microsecond
	// longest is how long it waits for changes that are coming, and for units to be complete. What
	// comes later is in the next transaction.
	longest = 10 * time.Millisecond
	// mostTogether bounds the changes of one transaction.
	mostTogether = 1000
)

// committer does changes one after the other, and those that come at about the same time in one
// transaction: they share its fsync. A lone change is committed at once.
//
// A change that fails leaves nothing behind: the transaction is begun again, and what was done in
// it is done again, without it. So a change that has succeeded may run once more, with the same
// result; that of a unit must then leave alone what it has returned.
type committer struct {
	begin  func() (*bbolt.Tx, error)
	end    func(*bbolt.Tx) error // commits
	coming atomic.Int32          // callers of do whose change is not done yet

	mu      sync.Mutex // held while a change is done
	current *together  // nil: no transaction is open
	before  int        // how many changes the one before had
}

// together are changes that are committed in one transaction.
type together struct {
	tx      *bbolt.Tx
	since   time.Time
	changes []func(*bbolt.Tx) error
	units   int // that have their first change in it and are not complete
	timer   *time.Timer

	done chan struct{} // closed once err is the outcome
	err  error
}

// do does a change, and returns once it is on the disk; of a unit, once it is done. The error of a
// change is returned once what it may rest on, the changes before it, is on the disk.
func (c *committer) do(ctx context.Context, u *unit, change func(*bbolt.Tx) error) error {
	c.coming.Add(1)
	c.mu.Lock()
	t, err := c.add(ctx, u, change)
	c.coming.Add(-1)
	c.proceed()
	if t != nil && (err != nil || u == nil) {
		<-t.done
		if t.err != nil {
			err = t.err
		}
	}
	if p, ok := errors.AsType[panicked](err); ok {
		panic(p.value)
	}
	return err
}

// add does a change in the open transaction, or in a new one, which it returns unless there is
// nothing in it. c.mu is held.
func (c *committer) add(ctx context.Context, u *unit, change func(*bbolt.Tx) error) (*together, error) {
	if err := ctx.Err(); err != nil { // a caller that gave up while waiting has changed nothing
		return nil, err
	}
	if err := u.lost(); err != nil {
		return nil, err
	}
	t := c.current
	if t == nil {
		tx, err := c.begin() // once the transaction before has ended
		if err != nil {
			return nil, err
		}
		t = &together{tx: tx, since: time.Now(), done: make(chan struct{})}
		t.timer = time.AfterFunc(gatherFor, func() { c.check(t) })
		c.current = t
	}
	if err := attempt(t.tx, change); err != nil {
		return c.without(t), err
	}
	t.changes = append(t.changes, change)
	u.join(t)
	return t, nil
}

// panicked is what a change panicked with.
type panicked struct{ value any }

func (p panicked) Error() string { return fmt.Sprintf("a change panicked: %v", p.value) }

func attempt(tx *bbolt.Tx, change func(*bbolt.Tx) error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicked{value}
		}
	}()
	return change(tx)
}

// without begins t again without what the change that failed has done of itself, and returns it;
// nil if it is empty, and has ended.
func (c *committer) without(t *together) *together {
	err := t.tx.Rollback()
	if err == nil && len(t.changes) == 0 {
		c.leave(t)
		close(t.done)
		return nil
	}
	if err == nil {
		t.tx, err = c.begin()
	}
	if err == nil {
		for _, change := range t.changes {
			if err = attempt(t.tx, change); err != nil {
				err = errors.Join(err, t.tx.Rollback())
				break
			}
		}
	}
	if err != nil {
		c.leave(t)
		t.err = err
		close(t.done)
	}
	return t
}

// proceed commits the open transaction if there is nothing to wait for. c.mu is held, and released.
func (c *committer) proceed() {
	t := c.current
	if t == nil || !c.isReady(t) {
		c.mu.Unlock()
		return
	}
	c.leave(t)
	c.mu.Unlock()
	c.commit(t)
}

// isReady reports whether t waits for nothing, or has waited for too long.
func (c *committer) isReady(t *together) bool {
	age := time.Since(t.since)
	switch {
	case age >= longest || len(t.changes) >= mostTogether:
		return true
	case t.units > 0 || c.coming.Load() > 0:
		return false
	default:
		return age >= gatherFor || len(t.changes) >= c.before
	}
}

// check is proceed for a transaction that has waited.
func (c *committer) check(t *together) {
	c.mu.Lock()
	if c.current != t {
		c.mu.Unlock()
		return
	}
	t.timer.Reset(gatherFor)
	c.proceed()
}

// leave has no change come to t any more.
func (c *committer) leave(t *together) {
	c.current = nil
	t.timer.Stop()
	if n := len(t.changes); n > 0 {
		c.before = n
	}
}

func (c *committer) commit(t *together) {
	t.err = c.end(t.tx)
	close(t.done)
}

// finish returns once no transaction is open, or is being committed. No change must come meanwhile.
func (c *committer) finish() error {
	c.mu.Lock()
	t := c.current
	if t != nil {
		c.leave(t)
	}
	c.mu.Unlock()
	if t != nil {
		c.commit(t)
	}
	tx, err := c.begin() // once the transaction before has ended
	if err != nil {
		return err
	}
	return tx.Rollback()
}

// unit is the changes of one request, which are acknowledged together: so they can be in one
// transaction, although the later ones are made of the results of the earlier.
//
// The transaction of its first change waits for the unit. Those after it do not: a unit that makes
// many changes must not keep the changes of others waiting, one transaction after the other.
type unit struct {
	c     *committer
	first *together // with the first change
	in    *together // with the latest change; nil: there is none, or it was waited for
	err   error     // why an earlier change was lost
}

// lost returns why a change of the unit was lost, once that is known. c.mu is held.
func (u *unit) lost() error {
	if u == nil {
		return nil
	}
	if u.in != nil && u.in != u.c.current {
		<-u.in.done // whoever commits does not need c.mu
		u.note(u.in)
	}
	return u.err
}

func (u *unit) note(t *together) {
	u.in = nil
	if u.err == nil {
		u.err = t.err
	}
}

func (u *unit) join(t *together) {
	if u == nil {
		return
	}
	u.in = t
	if u.first == nil {
		u.first = t
		t.units++
	}
}

// complete returns once all changes of the unit are on the disk, or with why one is not. Changes
// may follow.
func (u *unit) complete() error {
	u.c.mu.Lock()
	t := u.in
	if t == nil {
		defer u.c.mu.Unlock()
		return u.err
	}
	if t == u.c.current && t == u.first {
		t.units--
	}
	u.c.proceed()
	<-t.done
	u.c.mu.Lock()
	defer u.c.mu.Unlock()
	u.note(t)
	return u.err
}

type unitKey struct{}

func unitOf(ctx context.Context) *unit {
	u, _ := ctx.Value(unitKey{}).(*unit)
	return u
}

// Together returns a context for the changes of one request. A change made with it is on the disk,
// for sure, once complete has returned nil; if complete returns an error, a change may be lost, and
// none that came after a lost one took place. What is read with the context has the changes. One
// goroutine may use it at a time.
func (f *File) Together(ctx context.Context) (together context.Context, complete func() error) {
	u := &unit{c: &f.changes}
	return context.WithValue(ctx, unitKey{}, u), func() error {
		if err := u.complete(); err != nil {
			return answer(err)
		}
		return nil
	}
}
