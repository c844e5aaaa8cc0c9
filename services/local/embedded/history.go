package embedded

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

var _ history.Store = (*Directory)(nil)

// tellOfUser stores what a change of a user leaves behind, in the transaction of the change.
func (in tenant) tellOfUser(before, after directory.User) error {
	r, events := history.OfUser(before, after)
	return in.tell(r, events)
}

// tellOfGroup is tellOfUser for a group.
func (in tenant) tellOfGroup(before, after directory.Group, moved directory.MembershipChange) error {
	r, events := history.OfGroup(before, after, moved)
	return in.tell(r, events)
}

func (in tenant) tell(r history.Record, events []history.Event) error {
	key := append(recordKey(r.Resource), seqKey(r.Version)...)
	if err := in.records().putJSON(key, r); err != nil {
		return err
	}
	if err := in.recordTimes().put(timeKey(r.At, key), noValue()); err != nil {
		return err
	}
	for _, e := range events {
		seq, err := in.events().bucket.NextSequence()
		if err != nil {
			return fmt.Errorf("number an event: %w", err)
		}
		e.Seq = int64(seq) //nolint:gosec // far from its end
		if err := in.events().putJSON(seqKey(e.Seq), e); err != nil {
			return err
		}
	}
	return nil
}

// recordKey is what the keys of a resource's records begin with; its versions follow.
func recordKey(of history.Resource) []byte { return pair(of.Type+"/"+of.ID, "") }

// timeKey sorts the keys of records by the time of their changes.
func timeKey(at time.Time, record []byte) []byte { return append(seqKey(at.UnixMilli()), record...) }

// seqKey sorts by number.
func seqKey(seq int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(seq)) //nolint:gosec // never negative
}

// Events returns events by number.
func (d *Directory) Events(ctx context.Context, t directory.Tenant, after int64, limit int) (events []history.Event, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		for _, value := range in.events().since(string(seqKey(after + 1))) {
			if len(events) >= limit {
				break
			}
			e, err := decode[history.Event](value)
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		return nil
	})
	return events, err
}

// LastSeq returns the number of the last event.
func (d *Directory) LastSeq(ctx context.Context, t directory.Tenant) (last int64, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		if bucket := in.events().bucket; bucket != nil {
			last = int64(bucket.Sequence()) //nolint:gosec // far from its end
		}
		return nil
	})
	return last, err
}

// Records returns the records of a resource.
func (d *Directory) Records(
	ctx context.Context, t directory.Tenant, of history.Resource, below int64, limit int,
) (records []history.Record, err error) {
	err = d.view(ctx, t, func(in tenant) error {
		first := string(recordKey(of))
		end := first + string(seqKey(below))
		if below == 0 {
			end = first + "\xff"
		}
		for key, value := range in.records().before(end) {
			if len(records) >= limit || key < first {
				break
			}
			r, err := decode[history.Record](value)
			if err != nil {
				return err
			}
			records = append(records, r)
		}
		return nil
	})
	return records, err
}

// Changes returns records by the time of their changes. The place of a record is its key in
// recordTimes.
func (d *Directory) Changes(ctx context.Context, t directory.Tenant, q history.Query) (records []history.Record, next string, err error) {
	if q.Limit <= 0 {
		return nil, "", nil
	}
	first, end := string(seqKey(q.Since.UnixMilli())), string(seqKey(q.Until.UnixMilli()))
	if q.After != "" {
		end = q.After
	}
	err = d.view(ctx, t, func(in tenant) error {
		for key := range in.recordTimes().before(end) {
			if key < first {
				break
			}
			r, _, err := getJSON[history.Record](in.records(), []byte(key[len(seqKey(0)):]))
			if err != nil {
				return err
			}
			if !q.Asks(r) {
				continue
			}
			if len(records) == q.Limit {
				next = q.After
				return nil
			}
			r.Before.Document = nil
			records, q.After = append(records, r), key
		}
		return nil
	})
	return records, next, err
}

// Relay has nothing to do: an event is there as soon as its change is.
func (d *Directory) Relay(ctx context.Context, _ func(error)) { <-ctx.Done() }

// CatchUp finds nothing to tell, either.
func (d *Directory) CatchUp(ctx context.Context) error { return answer(ctx.Err()) }

// Prune removes events, records and members that wait which are too old.
func (d *Directory) Prune(ctx context.Context, now time.Time) error {
	var tenants []directory.Tenant
	err := answer(d.file.view(ctx, func(tx *bbolt.Tx) error {
		for t := range tableAt(tx, "directory").under(nil) {
			tenants = append(tenants, directory.Tenant(t))
		}
		return nil
	}))
	for _, t := range tenants {
		if err == nil {
			err = d.prune(ctx, t, now)
		}
	}
	return err
}

// prune removes those of one tenant, a part in each transaction.
func (d *Directory) prune(ctx context.Context, t directory.Tenant, now time.Time) error {
	for {
		var events, times, waits []string
		err := d.view(ctx, t, func(in tenant) (err error) {
			events, err = in.oldEvents(now.Add(-history.Retention))
			times = in.oldRecords(now.Add(-history.RecordRetention))
			waits = in.oldWaiting(now.Add(-directory.WaitingRetention))
			return err
		})
		if err != nil || len(events)+len(times)+len(waits) == 0 {
			return err
		}
		err = d.update(ctx, t, func(in tenant) error {
			var errs []error
			for _, key := range events {
				errs = append(errs, in.events().delete([]byte(key)))
			}
			for _, key := range times {
				errs = append(errs, in.recordTimes().delete([]byte(key)), in.records().delete([]byte(key[len(seqKey(0)):])))
			}
			for _, key := range waits {
				errs = append(errs, in.endWaiting([]byte(key)))
			}
			return errors.Join(errs...)
		})
		if err != nil {
			return err
		}
	}
}

// oldEvents returns the keys of some of the first events that are older than end.
func (in tenant) oldEvents(end time.Time) (keys []string, err error) {
	for key, value := range in.events().under(nil) {
		e, err := decode[history.Event](value)
		if err != nil {
			return nil, err
		}
		if !e.At.Before(end) || len(keys) == mostPruned {
			break
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// oldRecords is oldEvents for records; it returns the keys in recordTimes.
func (in tenant) oldRecords(end time.Time) (keys []string) {
	for key := range in.recordTimes().under(nil) {
		if key >= string(seqKey(end.UnixMilli())) || len(keys) == mostPruned {
			break
		}
		keys = append(keys, key)
	}
	return keys
}
