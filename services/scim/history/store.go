package history

import (
	"context"
	"strings"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

// Store gives back what a directory.Store has written about its changes; each implementation is one
// with such a Store. historytest proves each MUST.
//
// Every change that the directory.Store acknowledged MUST get its record and its events, in time:
// at once, or by Relay, or by CatchUp. The Seq of an organisation's events MUST begin at 1 and have
// no gap; those of one resource MUST be in the order of its versions. An event MUST be told once,
// whatever crashed and however many processes tell.
//
// All methods are safe for concurrent use, honour ctx, and except for Relay, CatchUp and Prune
// touch only the given tenant. Errors wrap directory.ErrUnavailable. What a method returned stays
// as it is.
type Store interface {
	// Events returns the events whose Seq is greater than after, in ascending order, at most limit.
	// Those beyond their Retention may be missing.
	Events(ctx context.Context, t directory.Tenant, after int64, limit int) ([]Event, error)
	// LastSeq returns the Seq of the last event, 0 before the first. It never falls.
	LastSeq(ctx context.Context, t directory.Tenant) (int64, error)
	// Records returns the records of one resource, latest first, at most limit, of versions less
	// than below; 0 is no bound.
	Records(ctx context.Context, t directory.Tenant, of Resource, below int64, limit int) ([]Record, error)
	// Changes returns the records that q asks for, of all resources, latest first, without any
	// Document. next is what q.After is for those that follow, "" at the end.
	Changes(ctx context.Context, t directory.Tenant, q Query) (records []Record, next string, err error)
	// Relay tells of the changes of this process, as soon as they took place, until ctx is done.
	// Failures are given to failed; what they are about is left to CatchUp.
	Relay(ctx context.Context, failed func(error))
	// CatchUp tells of what crashed or busy processes have left untold. It is called at start and
	// from time to time, and may run at the same time as anything else.
	CatchUp(ctx context.Context) error
	// Prune removes what is too old at that time. A store that forgets by itself does nothing.
	Prune(ctx context.Context, now time.Time) error
}

// Query asks for changes that satisfy all that is set in it.
type Query struct {
	Since, Until time.Time // Since <= At < Until, both to the millisecond; both have to be set
	RequestID    string
	TokenID      string
	Client       string
	Undo         string // the id of an undo: what it did
	After        string // next of the page before
	Limit        int    // at most so many; 0: none
}

// Asks reports whether q asks for r, whatever the time.
func (q Query) Asks(r Record) bool {
	undo, _, _ := strings.Cut(r.Cause.Undo, "/")
	return (q.RequestID == "" || q.RequestID == r.Cause.RequestID) && (q.TokenID == "" || q.TokenID == r.Cause.TokenID) &&
		(q.Client == "" || q.Client == r.Cause.Client) && (q.Undo == "" || q.Undo == undo)
}
