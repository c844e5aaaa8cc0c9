package mongostore

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/sets"
	"github.com/devrev/scim/services/scim/directory"
)

// ended is how long what waits no longer stays on record: longer than any process could sleep in
// the middle of a change.
const ended = 24 * time.Hour

// waitingDocument is a directory.Waiting as it is stored. As with a membership, Version is that of
// the group at its last change, and a change as of an earlier version comes too late; therefore
// what waits no longer stays on record for a while.
//
// Each change raises the group's field waits: an Attach that began before does not take place. The
// field is there before the first document, so that a group without it has none.
type waitingDocument struct {
	ID      string                  `bson:"_id"` // documentID/value
	Tenant  directory.Tenant        `bson:"org"`
	Group   directory.GroupID       `bson:"group"`
	Key     string                  `bson:"key"` // directory.Waiting.Key
	Value   string                  `bson:"value"`
	Waits   bool                    `bson:"waits"`
	Version int64                   `bson:"ver"`
	Reason  directory.WaitingReason `bson:"reason"`
	First   moment                  `bson:"first"`
	Last    moment                  `bson:"last"`
	Count   int                     `bson:"count"`
	Until   time.Time               `bson:"until"` // it expires this time plus ended
}

// moment is a directory.Moment as it is stored.
type moment struct {
	At        time.Time `bson:"at"`
	RequestID string    `bson:"request,omitempty"`
}

func waitingID(t directory.Tenant, g directory.GroupID, value string) string {
	return documentID(t, g) + "/" + text(value)
}

func waitingDocumentOf(t directory.Tenant, w directory.Waiting, version int64) waitingDocument {
	return waitingDocument{
		ID: waitingID(t, w.Group, w.Value), Tenant: t, Group: text(w.Group), Key: text(w.Key()), Value: text(w.Value), Waits: true, Version: version,
		Reason: w.Reason, First: moment(w.First), Last: moment(w.Last), Count: w.Count, Until: untilAfter(w.Last.At),
	}
}

// again has a document that is on record wait as d does.
func (d waitingDocument) again() bson.D {
	return bson.D{is("$set", bson.D{
		is("waits", true), is("ver", d.Version), is("reason", d.Reason), is("first", d.First), is("last", d.Last), is("count", d.Count), is("until", d.Until),
	})}
}

func untilAfter(last time.Time) time.Time { return last.Add(directory.WaitingRetention - ended) }

func (d waitingDocument) waiting() directory.Waiting {
	of := func(m moment) directory.Moment { return directory.Moment{At: m.At.UTC(), RequestID: m.RequestID} }
	return directory.Waiting{Group: d.Group, Value: d.Value, Reason: d.Reason, First: of(d.First), Last: of(d.Last), Count: d.Count}
}

// waitsAfter is the value of a group's field waits once this change has been made.
func waitsAfter(change membershipChange) any {
	if !change.Wait {
		return "$waits"
	}
	return bson.D{is("$add", bson.A{bson.D{is("$ifNull", bson.A{"$waits", 0})}, 1})}
}

// changeWaits raises the group's field waits, and returns the group.
func (s *Store) changeWaits(ctx context.Context, t directory.Tenant, id directory.GroupID) (groupDocument, error) {
	_, err := s.groups.update(ctx, living(t, id), bson.D{is("$inc", bson.D{is("waits", 1)})})
	if err != nil {
		return groupDocument{}, err
	}
	return s.group(ctx, t, id)
}

// Wait implements directory.WaitingStore.
func (s *Store) Wait(ctx context.Context, t directory.Tenant, id directory.GroupID, values []string, at directory.Moment) (n int, err error) {
	g, err := s.changeWaits(ctx, t, id)
	if err != nil {
		return 0, err
	}
	for chunk := range slices.Chunk(values, chunkSize) {
		more, err := s.waitChunk(ctx, t, g, chunk, at)
		if err != nil {
			return 0, err
		}
		n += more
	}
	return n, s.deleteOrphans(ctx, t, id, g.Version)
}

func (s *Store) waitChunk(ctx context.Context, t directory.Tenant, g groupDocument, values []string, at directory.Moment) (int, error) {
	ids := make([]string, len(values))
	for i, value := range values {
		ids[i] = waitingID(t, g.groupID(), value)
	}
	known, err := all[waitingDocument](ctx, s.waiting, within(t, onID, oneOf("_id", ids)), bson.D{})
	if err != nil {
		return 0, err
	}
	onRecord, waiting := map[string]bool{}, map[string]bool{}
	var again []string
	for _, d := range known {
		onRecord[d.Value] = true
		if d.Waits {
			waiting[d.Value] = true
			again = append(again, d.ID)
		}
	}
	if len(again) > 0 {
		_, err := s.waiting.updateAll(ctx, within(t, onID, oneOf("_id", again), is("waits", true)), bson.D{
			is("$set", bson.D{is("ver", g.Version), is("last", moment(at)), is("until", untilAfter(at.At))}), is("$inc", bson.D{is("count", 1)}),
		})
		if err != nil {
			return 0, err
		}
	}
	if values = slices.DeleteFunc(slices.Clone(values), func(v string) bool {
		return waiting[text(v)] || len(v) > directory.MaxWaitingValue
	}); len(values) == 0 {
		return len(again), nil
	}
	room, err := s.roomToWait(ctx, t, g.groupID())
	if err != nil {
		return 0, err
	}
	values = values[:min(len(values), room)]
	documents, err := s.toWait(ctx, t, g, values, at)
	if err != nil {
		return 0, err
	}
	var first []any
	for _, d := range documents {
		if !onRecord[d.Value] {
			first = append(first, d)
			continue
		}
		before := withID(t, d.ID, is("waits", false))
		if _, err := s.waiting.update(ctx, before, d.again()); err != nil {
			return 0, err
		}
	}
	_, err = s.waiting.insertMissing(ctx, first)
	return len(again) + len(values), err
}

// toWait returns the documents of values that do not wait yet.
func (s *Store) toWait(ctx context.Context, t directory.Tenant, g groupDocument, values []string, at directory.Moment) ([]waitingDocument, error) {
	ids := make([]string, len(values))
	for i, value := range values {
		ids[i] = documentID(t, value)
	}
	gone, err := all[leftover](ctx, s.users, within(t, onList, is("deleted", true), oneOf("_id", ids)), bson.D{is("_id", 1)})
	if err != nil {
		return nil, err
	}
	documents := make([]waitingDocument, len(values))
	for i, value := range values {
		reason := directory.WaitsUnknown
		if slices.ContainsFunc(gone, func(l leftover) bool { return l.ID == ids[i] }) {
			reason = directory.WaitsDeleted
		}
		w := directory.Waiting{Group: g.groupID(), Value: value, Reason: reason, First: at, Last: at, Count: 1}
		documents[i] = waitingDocumentOf(t, w, g.Version)
	}
	return documents, nil
}

// roomToWait returns how many more may wait for the group.
func (s *Store) roomToWait(ctx context.Context, t directory.Tenant, g directory.GroupID) (int, error) {
	ofGroup, err := s.waiting.count(ctx, within(t, onGroup, is("group", text(g)), is("waits", true)), directory.MaxWaitingOfGroup)
	if err != nil {
		return 0, err
	}
	ofTenant, err := s.CountWaiting(ctx, t, directory.MaxWaitingOfTenant)
	return min(directory.MaxWaitingOfGroup-ofGroup, directory.MaxWaitingOfTenant-ofTenant), err
}

// waitForReturn has those wait who left the group d with its pending change.
func (s *Store) waitForReturn(ctx context.Context, d groupDocument) error {
	at := directory.Moment{At: d.Modified.UTC(), RequestID: d.Cause.RequestID}
	for chunk := range slices.Chunk(d.Pending.Remove, chunkSize) {
		first := make([]any, len(chunk))
		for i, user := range chunk {
			w := directory.Waiting{Group: d.groupID(), Value: string(user), Reason: directory.WaitsDeleted, First: at, Last: at}
			first[i] = waitingDocumentOf(d.Tenant, w, d.Version)
		}
		allMissing, err := s.waiting.insertMissing(ctx, first)
		if err != nil {
			return err
		}
		if allMissing {
			continue
		}
		for _, document := range first {
			w, _ := document.(waitingDocument)
			onRecord := withID(d.Tenant, w.ID, below("ver", d.Version))
			if _, err := s.waiting.update(ctx, onRecord, w.again()); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unwait implements directory.WaitingStore.
func (s *Store) Unwait(ctx context.Context, t directory.Tenant, id directory.GroupID, values []string, others bool) ([]string, error) {
	var found []waitingDocument
	var err error
	if others {
		found, err = all[waitingDocument](ctx, s.waiting, within(t, onGroup, is("group", text(id)), is("waits", true)), bson.D{is("value", 1)})
		keep := sets.Of(values)
		found = slices.DeleteFunc(found, func(d waitingDocument) bool { return keep[d.Value] })
	} else {
		for chunk := range slices.Chunk(values, chunkSize) {
			ids := make([]string, len(chunk))
			for i, value := range chunk {
				ids[i] = waitingID(t, id, value)
			}
			var more []waitingDocument
			if more, err = all[waitingDocument](ctx, s.waiting, within(t, onID, oneOf("_id", ids), is("waits", true)), bson.D{is("value", 1)}); err != nil {
				break
			}
			found = append(found, more...)
		}
	}
	if err != nil || len(found) == 0 {
		return nil, err
	}
	gone := make([]string, len(found))
	for chunk := range slices.Chunk(found, chunkSize) {
		ids := make([]string, len(chunk))
		for i, d := range chunk {
			ids[i] = d.ID
		}
		if _, err := s.waiting.updateAll(ctx, within(t, onID, oneOf("_id", ids)), noLonger()); err != nil {
			return nil, err
		}
	}
	for i, d := range found {
		gone[i] = d.Value
	}
	_, err = s.changeWaits(ctx, t, id)
	return gone, nilIfNotFound(err)
}

// noLonger ends the waiting of a document.
func noLonger(more ...bson.E) bson.D {
	return bson.D{is("$set", append(bson.D{is("waits", false)}, more...)), is("$currentDate", bson.D{is("until", true)})}
}

// Attach implements directory.WaitingStore. It takes place once the next version of the group is
// stored; that the value waits no longer, who comes next finds out.
func (s *Store) Attach(
	ctx context.Context, t directory.Tenant, g directory.Group, value string, user directory.UserID,
) (before, after directory.Group, err error) {
	var none directory.Group
	for {
		delta := directory.MemberDelta{Add: []directory.UserID{user}}
		now, err := s.settled(ctx, t, g.ID, delta)
		if err != nil {
			return none, none, err
		}
		w := withID(t, waitingID(t, g.ID, value), is("waits", true))
		if _, err := one[waitingDocument](ctx, s.waiting, w, bson.D{is("_id", 1)}); err != nil {
			return none, none, err
		}
		known, err := s.KnownUsers(ctx, t, []directory.UserID{user})
		if err != nil {
			return none, none, err
		}
		if len(known) == 0 {
			return none, none, directory.ErrNotFound
		}
		stored, change := now.Group, membershipChange{Add: without(known, now.present())}
		before = stored.group()
		if change.empty() {
			_, err := s.waiting.update(ctx, w.and(is("ver", bson.D{is("$lte", stored.Version)})), noLonger(is("ver", stored.Version)))
			return before, before, err
		}
		next := before
		next.Modified, next.Cause = g.Modified, g.Cause
		as, done, err := s.storeVersion(ctx, t, next, change, is("waits", stored.Waits))
		if err != nil {
			return none, none, err
		}
		if !done {
			continue
		}
		if err := s.carryOut(ctx, as); err != nil { // whoever comes next goes on with it
			return none, none, err
		}
		_, err = s.waiting.update(ctx, w.and(below("ver", as.Version)), noLonger(is("ver", as.Version)))
		s.left(t, true, as.ID)
		return before, as.group(), err
	}
}

// Explain implements directory.WaitingStore.
func (s *Store) Explain(ctx context.Context, t directory.Tenant, g directory.GroupID, value string, reason directory.WaitingReason) error {
	_, err := s.waiting.update(ctx, withID(t, waitingID(t, g, value), is("waits", true)), bson.D{is("$set", bson.D{is("reason", reason)})})
	return nilIfNotFound(err)
}

// Waiting implements directory.WaitingStore.
func (s *Store) Waiting(ctx context.Context, t directory.Tenant, q directory.WaitingQuery) ([]directory.Waiting, error) {
	if q.Limit <= 0 { // which MongoDB takes for no limit
		return nil, nil
	}
	w, sort := within(t, onValue, is("waits", true)), bson.D{is("key", 1), is("group", 1), is("value", 1)}
	if q.Group != "" {
		w, sort = within(t, onGroup, is("group", text(q.Group)), is("waits", true)), bson.D{is("key", 1), is("value", 1)}
	}
	var terms bson.A
	if q.Keys != nil {
		terms = append(terms, bson.D{oneOf("key", texts(q.Keys))})
	}
	if q.Prefix != "" {
		terms = append(terms, bson.D{is("key", bson.D{is("$gte", text(q.Prefix)), is("$lt", text(q.Prefix)+"\U0010FFFF")})})
	}
	if q.After.Value != "" {
		key := text(q.After.Key())
		terms = append(terms, bson.D{is("$or", bson.A{
			bson.D{above("key", key)},
			bson.D{is("key", key), above("group", q.After.Group)},
			bson.D{is("key", key), is("group", q.After.Group), above("value", text(q.After.Value))},
		})})
	}
	if len(terms) > 0 {
		w = w.and(is("$and", terms))
	}
	found, err := all[waitingDocument](ctx, s.waiting, w, bson.D{}, options.Find().SetSort(sort).SetLimit(int64(q.Limit)))
	waiting := make([]directory.Waiting, len(found))
	for i, d := range found {
		waiting[i] = d.waiting()
	}
	return waiting, err
}

// CountWaiting implements directory.WaitingStore.
func (s *Store) CountWaiting(ctx context.Context, t directory.Tenant, most int) (int, error) {
	return s.waiting.count(ctx, within(t, onValue, is("waits", true)), most)
}

// deleteWaiting removes what waits for a group that is gone, as of its last version: it may have
// come back.
func (s *Store) deleteWaiting(ctx context.Context, t directory.Tenant, g directory.GroupID, version int64) error {
	return s.waiting.deleteAll(ctx, within(t, onGroup, is("group", text(g)), is("ver", bson.D{is("$lte", version)})))
}

// Awaited implements directory.WaitingStore.
func (s *Store) Awaited(ctx context.Context) ([]directory.Awaited, error) {
	left, err := s.users.leftovers(ctx, onAwaited)
	awaited := make([]directory.Awaited, len(left))
	for i, l := range left {
		awaited[i] = directory.Awaited{Tenant: l.Tenant, ID: resourceID[directory.UserID](l.ID)}
	}
	return awaited, err
}

// Arrived implements directory.WaitingStore.
func (s *Store) Arrived(ctx context.Context, t directory.Tenant, id directory.UserID) error {
	_, err := s.users.update(ctx, withID(t, documentID(t, id)), bson.D{is("$unset", bson.D{is("awaited", "")})})
	return err
}
