// Package erasure removes what the SCIM service has of organisations that have left. It is told of
// them by their tombstones, which the token service writes; it says when it has nothing of one any
// more, whereupon the organisation may come back.
package erasure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
)

// Departures are the organisations that have left.
type Departures interface {
	// Left returns those that are not erased yet, and those that were within Watched.
	Left(ctx context.Context) ([]terms.Left, error)
	// IsGone reports whether l is still the state of the organisation: once it has come back, it is
	// not.
	IsGone(ctx context.Context, l terms.Left) (bool, error)
	// Erased notes that nothing of l is there any more.
	Erased(ctx context.Context, l terms.Left) error
}

// Store is all that the SCIM service keeps of tenants.
type Store interface {
	// EraseSome removes some of what is kept of the tenant, whatever it is: so much that no other
	// tenant has to wait for it. It first chooses what, then asks still, and removes nothing if
	// that is false or fails: what was chosen before the answer is of the tenant that left, and not
	// of one that came back under its id. It returns how much it removed; 0 if there is nothing.
	EraseSome(ctx context.Context, t directory.Tenant, still func(context.Context) (bool, error)) (removed int, err error)
	// EraseEntries removes the entries of these ids from the tenant's activity. None is no error.
	EraseEntries(ctx context.Context, t directory.Tenant, ids []string) error
	// EraseUser removes a deleted user for good, with what the user was before, and frees its name.
	// It MUST return directory.ErrVersionConflict and change nothing if the user is not deleted, or
	// memberships have yet to end. No user is no error.
	EraseUser(ctx context.Context, t directory.Tenant, id directory.UserID) error
}

// Watched is how long an organisation that was erased is looked at again, for what a process that
// was suspended wrote late.
const Watched = 24 * time.Hour

// Between two calls of EraseSome is a pause of breaks times as long as the last one took, and
// leastPause at least, so that the store does more for others than for this, however slow it is.
const (
	breaks     = 3
	leastPause = 20 * time.Millisecond
)

// Eraser erases. Any number of processes may do so at once.
type Eraser struct {
	departures Departures
	store      Store
}

// New returns an Eraser.
func New(d Departures, s Store) *Eraser { return &Eraser{d, s} }

// Round erases what is there of every organisation that has left. It can stop anywhere: the next
// round goes on. An organisation that cannot be erased does not delay the others.
func (e *Eraser) Round(ctx context.Context) (removed int, err error) {
	left, err := e.departures.Left(ctx)
	if err != nil {
		return 0, fmt.Errorf("list the organisations that have left: %w", err)
	}
	var errs []error
	for _, l := range left {
		n, err := e.erase(ctx, l)
		removed += n
		if err != nil {
			errs = append(errs, fmt.Errorf("erase organisation %s: %w", l.ID, err))
		}
	}
	return removed, errors.Join(errs...)
}

// erase returns how much it removed. What another process removes meanwhile is found gone.
func (e *Eraser) erase(ctx context.Context, l terms.Left) (removed int, err error) {
	still := func(ctx context.Context) (bool, error) { return e.departures.IsGone(ctx, l) }
	for {
		began := time.Now()
		n, err := e.store.EraseSome(ctx, directory.Tenant(l.ID), still)
		removed += n
		if err != nil {
			return removed, err
		}
		if n == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return removed, ctx.Err()
		case <-time.After(max(breaks*time.Since(began), leastPause)):
		}
	}
	if gone, err := still(ctx); err != nil || !gone {
		return removed, err
	}
	return removed, e.departures.Erased(ctx, l)
}
