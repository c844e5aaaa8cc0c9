package history

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

const (
	mostLookedAt = 5000        // events in which one answer looks for some types
	pageSize     = 500         // events that are read at a time
	lookEvery    = time.Second // for new events, while a reader waits
	mostWaiting  = 200         // readers of this process that wait at a time
)

// Feed reads the events of organisations.
type Feed struct {
	store   Store
	waiting atomic.Int32
}

// NewFeed returns the feed of the events in store.
func NewFeed(store Store) *Feed { return &Feed{store: store} }

// Gone is the error of a reader whose place in the feed is not, or no longer, in it.
type Gone struct {
	Oldest int64 // the first event that is there; 0: there is none
	Last   int64 // the last event there ever was
}

// Error says where the feed is.
func (g *Gone) Error() string {
	return fmt.Sprintf("the feed has the events %d to %d", g.Oldest, g.Last)
}

// Page is a part of the feed.
type Page struct {
	Events []Event
	Next   int64 // the Seq behind which the next page begins: of the last event that was looked at
	More   bool  // there is more to read at once
}

// Read returns the events behind the one of number after, 0 being before the first: at most limit,
// and only those of types, if there are any types. With a limit of 0, More says whether there are
// any events, of whatever type. The error is a *Gone if the event that follows
// is no longer kept, or if there never was an event of number after; any other is the Store's.
func (f *Feed) Read(ctx context.Context, t directory.Tenant, after int64, types []Type, limit int) (Page, error) {
	p := Page{Next: after}
	for looked := 0; looked < mostLookedAt; {
		events, err := f.store.Events(ctx, t, p.Next, pageSize)
		if err != nil {
			return Page{}, err
		}
		if looked == 0 {
			if err := f.check(ctx, t, after, events); err != nil {
				return Page{}, err
			}
		}
		for _, e := range events {
			if e.Seq != p.Next+1 { // those between are beyond their retention: the next page says so
				return p, nil
			}
			if len(p.Events) >= limit {
				p.More = true
				return p, nil
			}
			p.Next = e.Seq
			if len(types) == 0 || slices.Contains(types, e.Type) {
				p.Events = append(p.Events, e)
			}
		}
		looked += len(events)
		if len(events) < pageSize {
			return p, nil
		}
	}
	p.More = true
	return p, nil
}

// check returns a *Gone unless events, which were read behind after, follow it.
func (f *Feed) check(ctx context.Context, t directory.Tenant, after int64, events []Event) error {
	if len(events) > 0 && events[0].Seq == after+1 {
		return nil
	}
	last, err := f.store.LastSeq(ctx, t)
	switch {
	case err != nil:
		return err
	case len(events) > 0:
		return &Gone{events[0].Seq, last}
	case after == last:
		return nil
	}
	from := after
	if after > last { // there never was such an event
		from = 0
	}
	events, err = f.store.Events(ctx, t, from, 1)
	switch {
	case err != nil:
		return err
	case len(events) == 0:
		return &Gone{0, last}
	case after > last, events[0].Seq != after+1:
		return &Gone{events[0].Seq, last}
	default: // they came meanwhile
		return nil
	}
}

// Await is Read that waits for the first event that it may return, as long as patience, unless too
// many wait already or ending reports true. Its page may be empty.
func (f *Feed) Await(
	ctx context.Context, t directory.Tenant, after int64, types []Type, limit int, patience time.Duration, ending func() bool,
) (Page, error) {
	defer f.waiting.Add(-1)
	if f.waiting.Add(1) > mostWaiting {
		patience = 0
	}
	for until := time.Now().Add(patience); ; {
		p, err := f.Read(ctx, t, after, types, limit)
		left := time.Until(until)
		if err != nil || len(p.Events) > 0 || limit <= 0 || left <= 0 || ending() {
			return p, err
		}
		after = p.Next
		if p.More {
			continue
		}
		select {
		case <-ctx.Done():
			return p, fmt.Errorf("wait for events: %w: %w", directory.ErrUnavailable, ctx.Err())
		case <-time.After(min(left, lookEvery)):
		}
	}
}

// LastSeq returns the number of the organisation's last event, 0 before the first.
func (f *Feed) LastSeq(ctx context.Context, t directory.Tenant) (int64, error) {
	last, err := f.store.LastSeq(ctx, t)
	if err != nil {
		return 0, fmt.Errorf("find the last event: %w", err)
	}
	return last, nil
}

// Records returns all records of one resource, latest first.
func (f *Feed) Records(ctx context.Context, t directory.Tenant, of Resource) (records []Record, err error) {
	for below := int64(0); ; {
		page, err := f.store.Records(ctx, t, of, below, pageSize)
		if err != nil {
			return nil, fmt.Errorf("read the history: %w", err)
		}
		if records = append(records, page...); len(page) < pageSize {
			return records, nil
		}
		below = page[len(page)-1].Version
	}
}
