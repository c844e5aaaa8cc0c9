package mongostore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/chain"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

var _ history.Store = (*Store)(nil)

// mostAppended is how many events one command appends.
const mostAppended = 100

// eventDocument is a history.Event as it is stored: a text, and the fields that queries use. The
// collection also has the head of each organisation's chain.
type eventDocument struct {
	ID     string           `bson:"_id"` // documentID
	Tenant directory.Tenant `bson:"org"`
	Seq    int64            `bson:"seq"`
	At     time.Time        `bson:"at"`
	Stored time.Time        `bson:"stored"` // when its life begins: what was told late is not forgotten early
	Event  string           `bson:"event"`  // JSON, without seq
}

// appendEvents adds those of the events that are not there yet, in their order.
func (s *Store) appendEvents(ctx context.Context, t directory.Tenant, events []history.Event) error {
	entries := make([]chain.Entry, len(events))
	for i, e := range events {
		text, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("encode an event: %w: %w", directory.ErrUnavailable, err)
		}
		entries[i] = func(before chain.Head) (itself bson.D, document any, head chain.Head) {
			d := eventDocument{documentID(t, e.ID), t, before.Seq + 1, e.At, directory.Now(time.Now()), string(text)}
			itself = withID(t, d.ID, is("seq", d.Seq)).filter()
			return itself, d, chain.Head{Seq: d.Seq, At: d.At}
		}
	}
	for part := range slices.Chunk(entries, mostAppended) {
		if err := s.chains.Append(ctx, string(t), part...); err != nil {
			return fmt.Errorf("%w: %w", directory.ErrUnavailable, discreet(err))
		}
	}
	return nil
}

// Events implements history.Store.
func (s *Store) Events(ctx context.Context, t directory.Tenant, after int64, limit int) ([]history.Event, error) {
	if limit <= 0 { // which MongoDB takes for no limit
		return nil, nil
	}
	w := within(t, onSeq, above("seq", after))
	documents, err := all[eventDocument](ctx, s.events, w, bson.D{is("seq", 1), is("event", 1)},
		options.Find().SetSort(bson.D{is("seq", 1)}).SetLimit(int64(limit)))
	if err != nil {
		return nil, err
	}
	events := make([]history.Event, len(documents))
	for i, d := range documents {
		if err := json.Unmarshal([]byte(d.Event), &events[i]); err != nil {
			return nil, fmt.Errorf("decode an event: %w: %w", directory.ErrUnavailable, err)
		}
		events[i].Seq = d.Seq
	}
	return events, nil
}

// LastSeq implements history.Store.
func (s *Store) LastSeq(ctx context.Context, t directory.Tenant) (int64, error) {
	head, err := s.chains.End(ctx, string(t))
	return head.Seq, fault("find", eventsName, err)
}

// Prune has nothing to do: an index of MongoDB's removes what is too old, within a minute or so.
func (s *Store) Prune(context.Context, time.Time) error { return nil }
