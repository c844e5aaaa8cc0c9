package embedded

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// Activity is the activity.Store of a File. Its buckets:
//
//	activity
//	  <tenant>
//	    entries  <entry id>  -> the entry; entry ids sort by time
//	    moved    <entry id>, <place>    -> a user who joined or left a group by it
//	    movedBy  <user id>, <entry id>  -> that user, as in moved
//	    index    <what>, <entry id>     -> nothing; for each of indexed
//	    counts   <coercion>  -> how often it was counted
//
// A list is read backwards from its beginning until it is full, by what the index has of the query;
// entries that the query does not select are skipped.
type Activity struct{ file *File }

var _ activity.Store = (*Activity)(nil)

// Activity returns the store of the organisations' activity.
func (f *File) Activity() *Activity { return &Activity{file: f} }

// told is a tenant's activity, within a transaction.
type told struct{ entries, moved, movedBy, index, counts table }

var toldTables = []string{"entries", "moved", "movedBy", "index", "counts"}

func toldOf(root table) told {
	return told{root.sub("entries"), root.sub("moved"), root.sub("movedBy"), root.sub("index"), root.sub("counts")}
}

func (s *Activity) view(ctx context.Context, t directory.Tenant, read func(told) error) error {
	return answer(s.file.view(ctx, func(tx *bbolt.Tx) error { return read(toldOf(tableAt(tx, "activity", string(t)))) }))
}

func (s *Activity) update(ctx context.Context, t directory.Tenant, change func(told) error) error {
	return answer(s.file.update(ctx, func(tx *bbolt.Tx) error {
		if tableAt(tx, "activity", string(t)).bucket == nil { // else Open has seen to it that it has all tables
			if err := makeActivity(tx, t); err != nil {
				return err
			}
		}
		return change(toldOf(tableAt(tx, "activity", string(t))))
	}))
}

// makeActivity makes the tables of a tenant that are missing.
func makeActivity(tx *bbolt.Tx, t directory.Tenant) error {
	for _, name := range toldTables {
		if _, err := makeTable(tx, "activity", string(t), name); err != nil {
			return err
		}
	}
	return nil
}

// Record implements activity.Store.
func (s *Activity) Record(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	return s.update(ctx, t, func(in told) error {
		if in.entries.has([]byte(e.ID)) {
			return nil
		}
		if err := in.entries.putJSON([]byte(e.ID), e); err != nil {
			return err
		}
		for _, key := range indexed(e) {
			if err := in.index.put(key, noValue()); err != nil {
				return err
			}
		}
		for place, m := range moved {
			if err := in.moved.putJSON(placeOf(e.ID, place), m); err != nil {
				return err
			}
			if err := in.movedBy.putJSON(pair(m.User, e.ID), m); err != nil {
				return err
			}
		}
		return in.count(e.Counts())
	})
}

// placeOf is the key of a user who moved by an entry.
func placeOf(entry string, place int) []byte { return pair(entry, fmt.Sprintf("%08d", place)) }

// Moved implements activity.Store.
func (s *Activity) Moved(ctx context.Context, t directory.Tenant, id string, skip, limit int) (moved []activity.Moved, err error) {
	err = s.view(ctx, t, func(in told) error {
		for place := skip; len(moved) < limit; place++ {
			m, ok, err := getJSON[activity.Moved](in.moved, placeOf(id, place))
			if err != nil || !ok {
				return err
			}
			moved = append(moved, m)
		}
		return nil
	})
	return moved, err
}

// Count implements activity.Store.
func (s *Activity) Count(ctx context.Context, t directory.Tenant, more activity.Counts) error {
	return s.update(ctx, t, func(in told) error { return in.count(more) })
}

func (in told) count(more activity.Counts) error {
	for coercion, n := range more {
		before, _, err := getJSON[int64](in.counts, []byte(coercion))
		if err != nil {
			return err
		}
		if err := in.counts.putJSON([]byte(coercion), before+n); err != nil {
			return err
		}
	}
	return nil
}

// Counts implements activity.Store.
func (s *Activity) Counts(ctx context.Context, t directory.Tenant) (activity.Counts, error) {
	counts := activity.Counts{}
	err := s.view(ctx, t, func(in told) error {
		for coercion, value := range in.counts.under(nil) {
			n, err := decode[int64](value)
			if err != nil {
				return err
			}
			counts[scim.Coercion(coercion)] = n
		}
		return nil
	})
	return counts, err
}

// List implements activity.Store.
func (s *Activity) List(ctx context.Context, t directory.Tenant, q activity.Query) ([]activity.Entry, error) {
	entries, _, err := s.Browse(ctx, t, q, math.MaxInt)
	return entries, err
}

// Browse implements activity.Store.
func (s *Activity) Browse(ctx context.Context, t directory.Tenant, q activity.Query, most int) (entries []activity.Entry, rest string, err error) {
	err = s.view(ctx, t, func(in told) error {
		read, last := 0, ""
		for id := range in.walk(q) {
			if len(entries) >= q.Limit {
				break
			}
			if read == most {
				rest = last
				break
			}
			read, last = read+1, id
			e, err := decode[activity.Entry](in.entries.get([]byte(id)))
			if err != nil {
				return err
			}
			asked, err := in.asks(q, &e)
			if err != nil {
				return err
			}
			if asked {
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries, rest, err
}

// Glimpses implements activity.Store.
func (s *Activity) Glimpses(ctx context.Context, t directory.Tenant, since time.Time, limit int) (latest []activity.Glimpse, err error) {
	err = s.view(ctx, t, func(in told) error {
		for id := range in.walk(activity.Query{Since: since}) {
			if len(latest) >= limit {
				break
			}
			g, err := decode[activity.Glimpse](in.entries.get([]byte(id)))
			if err != nil {
				return err
			}
			latest = append(latest, g)
		}
		return nil
	})
	return latest, err
}

// Entry implements activity.Store.
func (s *Activity) Entry(ctx context.Context, t directory.Tenant, id string) (e activity.Entry, err error) {
	err = s.view(ctx, t, func(in told) error {
		value := in.entries.get([]byte(id))
		if value == nil {
			return directory.ErrNotFound
		}
		e, err = decode[activity.Entry](value)
		return err
	})
	return e, err
}

// asks reports whether q selects e, apart from its time. In an entry that is selected because it
// moved the user of q, it leaves no other in Members.
func (in told) asks(q activity.Query, e *activity.Entry) (bool, error) {
	if q.WithGroups && e.Resource != q.Resource {
		m, moved, err := getJSON[activity.Moved](in.movedBy, pair(q.Resource.ID, e.ID))
		if err != nil || !moved {
			return false, err
		}
		e.Members, q.Resource = m.OnlyOf(), activity.Resource{}
	}
	return asksFor(q, *e), nil
}

// asksFor reports whether q selects e, apart from its time.
func asksFor(q activity.Query, e activity.Entry) bool {
	return (q.Resource == activity.Resource{} || q.Resource == e.Resource) &&
		(q.Type == "" || q.Type == e.Resource.Type && e.Resource.NameKey == "") &&
		(q.RequestID == "" || q.RequestID == e.RequestID) &&
		(q.TraceID == "" || q.TraceID == e.TraceID) &&
		(q.Client == "" || q.Client == e.Client) &&
		(q.TokenID == "" || q.TokenID == e.TokenID) &&
		(q.Status == 0 || q.Status == e.Refusal.Status) &&
		(len(q.Kinds) == 0 || slices.ContainsFunc(q.Kinds, e.Is)) &&
		(len(q.Effects) == 0 || slices.Contains(q.Effects, e.Effect))
}

// mostPruned bounds what one transaction removes, so that no request waits long for it.
const mostPruned = 1000

// Prune implements activity.Store.
func (s *Activity) Prune(ctx context.Context, now time.Time) error {
	_, end := activity.Query{Until: now.Add(-activity.Retention)}.Span()
	tenants, err := s.withOlder(ctx, end)
	for _, t := range tenants {
		for more := true; more && err == nil; {
			err = s.update(ctx, t, func(in told) (err error) {
				more, err = in.remove(end)
				return err
			})
		}
	}
	return err
}

// withOlder returns the tenants that have entries whose id is less than end. Mostly there are none,
// and then nothing is written.
func (s *Activity) withOlder(ctx context.Context, end string) (tenants []directory.Tenant, err error) {
	err = answer(s.file.view(ctx, func(tx *bbolt.Tx) error {
		root := tableAt(tx, "activity")
		for t := range root.under(nil) {
			for id := range toldOf(root.sub(t)).entries.under(nil) {
				if id < end {
					tenants = append(tenants, directory.Tenant(t))
				}
				break
			}
		}
		return nil
	}))
	return tenants, err
}

// remove removes entries whose id is less than end, and reports whether there may be more of them.
func (in told) remove(end string) (more bool, err error) {
	var old []string
	for id := range in.entries.under(nil) {
		if id >= end || len(old) == mostPruned {
			break
		}
		old = append(old, id)
	}
	for _, id := range old {
		if err := in.removeEntry(id); err != nil {
			return false, err
		}
	}
	return len(old) == mostPruned, nil
}

// removeEntry removes an entry, the keys that lead to it, and whom it moved. One that is gone
// already is no error.
func (in told) removeEntry(id string) error {
	if !in.entries.has([]byte(id)) {
		return nil
	}
	return errors.Join(in.unindex(id), in.entries.delete([]byte(id)), in.removeMoved(id))
}

// removeMoved removes whom an entry moved.
func (in told) removeMoved(id string) error {
	moved := map[string]directory.UserID{}
	for place, value := range in.moved.under(pair(id, "")) {
		m, err := decode[activity.Moved](value)
		if err != nil {
			return err
		}
		moved[place] = m.User
	}
	for place, user := range moved {
		if err := errors.Join(in.moved.delete(pair(id, place)), in.movedBy.delete(pair(user, id))); err != nil {
			return err
		}
	}
	return nil
}
