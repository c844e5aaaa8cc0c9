package mongostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// Activity implements activity.Store.
type Activity struct{ entries, moved, coercions collection }

var _ activity.Store = (*Activity)(nil)

// NewActivity returns the store of the organisations' activity in db. Prepare must have succeeded
// once before it is used.
func NewActivity(db *mongo.Database) *Activity {
	db = mongodb.Lasting(db)
	return &Activity{entries: newCollection(db.Collection(activityName)), moved: newCollection(db.Collection(movedName)), coercions: newCollection(db.Collection(coercionsName))}
}

// Prepare makes the indexes that are not there yet, as Store.Prepare does.
func (s *Activity) Prepare(ctx context.Context) error {
	return prepare(ctx, s.entries, s.moved, s.coercions)
}

// entryDocument is an activity.Entry as it is stored: a text, and the fields that queries use.
type entryDocument struct {
	ID       string           `bson:"_id"` // documentID
	Tenant   directory.Tenant `bson:"org"`
	At       time.Time        `bson:"at"` // when its life begins
	Resource string           `bson:"resource"`
	Request  string           `bson:"request"`
	Trace    string           `bson:"trace,omitempty"`
	Kind     activity.Kind    `bson:"kind"`
	Effect   directory.Effect `bson:"effect"`
	Client   string           `bson:"client"`
	Token    string           `bson:"token"`
	Status   int              `bson:"status,omitempty"` // of the refusal
	Moved    []movedDocument  `bson:"moved,omitempty"`  // the first chunk of them
	Entry    string           `bson:"entry"`            // JSON
}

// resourceKey returns a resource as one value; no type has a slash or a question mark in its name,
// and no key a slash.
func resourceKey(r activity.Resource) string {
	if r.NameKey != "" {
		return r.Type + "?" + r.NameKey + "/" + r.ID
	}
	return r.Type + "/" + r.ID
}

// groupType is the type of resources whose entries are in onGroupTurns.
const groupType = "Group"

// ofType selects resources of a type by the beginning of their keys, whatever id follows.
func ofType(name string) bson.E {
	return is("resource", bson.D{is("$gte", name+"/"), is("$lt", name+string('/'+1))})
}

// Record implements activity.Store. An entry whose call failed between its two writes is there
// without being counted.
func (s *Activity) Record(ctx context.Context, t directory.Tenant, e activity.Entry, moved []activity.Moved) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode an entry: %w: %w", directory.ErrUnavailable, err)
	}
	if err := s.recordMoved(ctx, t, e, moved); err != nil {
		return err
	}
	missing, err := s.entries.insertOnce(ctx, entryDocument{
		ID: documentID(t, e.ID), Tenant: t, At: e.At,
		Resource: resourceKey(e.Resource), Request: e.RequestID, Trace: e.TraceID, Kind: e.Kind, Effect: e.Effect,
		Client: e.Client, Token: e.TokenID, Status: e.Refusal.Status, Moved: movedDocuments(moved[:min(len(moved), chunk)]), Entry: string(text),
	})
	if !missing || err != nil {
		return err
	}
	return s.Count(ctx, t, e.Counts())
}

// Count implements activity.Store. A tenant's counts are one document, whose fields are the
// coercions.
func (s *Activity) Count(ctx context.Context, t directory.Tenant, more activity.Counts) error {
	if len(more) == 0 {
		return nil
	}
	var counts bson.D
	for coercion, n := range more {
		counts = append(counts, is("counts."+escapes.Replace(string(coercion)), n))
	}
	return s.coercions.upsert(ctx, countsOf(t), bson.D{is("$inc", counts)})
}

func countsOf(t directory.Tenant) where { return within(t, onID, is("_id", string(t))) }

// Counts implements activity.Store.
func (s *Activity) Counts(ctx context.Context, t directory.Tenant) (activity.Counts, error) {
	type document struct {
		Counts map[string]int64 `bson:"counts"`
	}
	d, err := one[document](ctx, s.coercions, countsOf(t), bson.D{is("counts", 1)})
	if err != nil && !errors.Is(err, directory.ErrNotFound) {
		return nil, err
	}
	counts := make(activity.Counts, len(d.Counts))
	for coercion, n := range d.Counts {
		counts[scim.Coercion(unescapes.Replace(coercion))] = n
	}
	return counts, nil
}

// List implements activity.Store.
func (s *Activity) List(ctx context.Context, t directory.Tenant, q activity.Query) ([]activity.Entry, error) {
	if q.Limit <= 0 { // which MongoDB takes for no limit
		return nil, nil
	}
	if q.WithGroups {
		return s.withGroups(ctx, t, q)
	}
	w, others := asked(t, q)
	documents, err := all[entryDocument](ctx, s.entries, w.and(others...), bson.D{is("entry", 1)}, inOrder(q))
	if err != nil {
		return nil, err
	}
	return entriesOf(documents)
}

func entriesOf(documents []entryDocument) ([]activity.Entry, error) {
	entries := make([]activity.Entry, len(documents))
	for i, d := range documents {
		var err error
		if entries[i], err = d.entry(); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// Entry implements activity.Store.
func (s *Activity) Entry(ctx context.Context, t directory.Tenant, id string) (activity.Entry, error) {
	d, err := one[entryDocument](ctx, s.entries, withID(t, documentID(t, id)), bson.D{is("entry", 1)})
	if err != nil {
		return activity.Entry{}, err
	}
	return d.entry()
}

func (d entryDocument) entry() (e activity.Entry, err error) {
	if err := json.Unmarshal([]byte(d.Entry), &e); err != nil {
		return e, fmt.Errorf("decode an entry: %w: %w", directory.ErrUnavailable, err)
	}
	return e, nil
}

// Browse implements activity.Store.
func (s *Activity) Browse(ctx context.Context, t directory.Tenant, q activity.Query, most int) (entries []activity.Entry, rest string, err error) {
	w, others := asked(t, q)
	if others == nil || q.Limit <= 0 || q.WithGroups {
		entries, err = s.List(ctx, t, q)
		return entries, "", err
	}
	order := bson.D{is("_id", -1)}
	if q.OldestFirst {
		order = bson.D{is("_id", 1)}
	}
	documents, err := staged[entryDocument](ctx, s.entries, w,
		bson.D{is("$sort", order)}, bson.D{is("$limit", most)}, bson.D{is("$match", others)}, bson.D{is("$limit", q.Limit)},
		bson.D{is("$project", bson.D{is("entry", 1)})})
	if err != nil {
		return nil, "", err
	}
	if entries, err = entriesOf(documents); err != nil || len(entries) == q.Limit {
		return entries, "", err
	}
	last, err := all[leftover](ctx, s.entries, w, bson.D{is("_id", 1)}, options.Find().SetSort(order).SetSkip(int64(most-1)).SetLimit(1))
	for _, d := range last {
		rest = resourceID[string](d.ID)
	}
	return entries, rest, err
}

// Glimpses implements activity.Store.
func (s *Activity) Glimpses(ctx context.Context, t directory.Tenant, since time.Time, limit int) ([]activity.Glimpse, error) {
	if limit <= 0 { // which MongoDB takes for no limit
		return nil, nil
	}
	w := within(t, onList).and(spanOf(t, activity.Query{Since: since})...)
	fields := bson.D{is("_id", 0), is("at", 1), is("effect", 1)}
	return all[activity.Glimpse](ctx, s.entries, w, fields, once(limit).SetSort(bson.D{is("_id", -1)}))
}

// asked returns what selects the entries of q by the index that leaves the fewest to look at, and
// the terms that the index does not have.
func asked(t directory.Tenant, q activity.Query) (w where, others bson.D) {
	w = within(t, onList)
	if q.Status != 0 && q.Effects == nil {
		q.Effects = []directory.Effect{activity.EffectRefused} // no other has a status
	}
	term := func(has bool, index string, e bson.E) {
		switch {
		case !has:
		case w.index == onList && index != "":
			w.index = index
			w = w.and(e)
		default:
			others = append(others, e)
		}
	}
	term(q.TraceID != "", onTrace, is("trace", q.TraceID))
	term(q.RequestID != "", onRequest, is("request", q.RequestID))
	term(q.Resource != activity.Resource{}, onResource, is("resource", resourceKey(q.Resource)))
	if kinds := oneOf("kind", kindsAsStored(q.Kinds)); w.index == onList && len(q.Kinds) > 0 {
		w.index = onKind
		effects := q.Effects
		if effects == nil {
			effects = activity.Effects() // all: so the index has what is asked for in the order of _id
		}
		w = w.and(kinds, oneOf("effect", effects))
	} else {
		term(len(q.Kinds) > 0, "", kinds)
		if q.Type == groupType && len(q.Effects) > 0 && w.index == onList {
			w.index = onGroupTurns
			w = w.and(ofType(q.Type), oneOf("effect", q.Effects))
			q.Type, q.Effects = "", nil
		}
		term(len(q.Effects) > 0, onEffect, oneOf("effect", q.Effects))
	}
	term(q.Type != "", "", ofType(q.Type))
	term(q.Client != "", "", is("client", q.Client))
	term(q.TokenID != "", "", is("token", q.TokenID))
	term(q.Status != 0, "", is("status", q.Status))
	return w.and(spanOf(t, q)...), others
}

// spanOf is the range of ids in which q asks for entries; none if it is not bounded.
func spanOf(t directory.Tenant, q activity.Query) []bson.E {
	var span bson.D
	from, to := q.Span()
	if from != "" {
		span = append(span, is("$gte", documentID(t, from)))
	}
	if to != "" {
		span = append(span, is("$lt", documentID(t, to)))
	}
	if span == nil {
		return nil
	}
	return []bson.E{is("_id", span)}
}

// kindsAsStored returns the kinds as they stand in documents: changes are without one in those from
// before there were kinds.
func kindsAsStored(kinds []activity.Kind) []any {
	var stored []any
	for _, k := range kinds {
		stored = append(stored, k)
		if k == activity.KindChange {
			stored = append(stored, activity.Kind(""), nil)
		}
	}
	return stored
}

// Prune has nothing to do: an index of MongoDB's removes what is too old, within a minute or so.
func (s *Activity) Prune(context.Context, time.Time) error { return nil }
