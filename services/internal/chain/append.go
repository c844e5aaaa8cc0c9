package chain

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/turns"
)

// Bounds of the loop in which the appends of several processes to one chain meet.
const (
	maxAppends = 50
	maxBackoff = 32 * time.Millisecond
)

// idIndex is MongoDB's own index.
const idIndex = "_id_"

// Config is what differs between collections of chains.
type Config struct {
	Index   string // the name of an index on org and seq, by which the end of a chain is found
	Sharded bool   // by org: then a head has the field org too, and its _id begins with it
}

// Chains are the chains in one collection.
type Chains struct {
	documents *mongo.Collection
	config    Config
	appending turns.Turns // by organisation, so that one append does not get into the way of another
}

// New returns the chains in the collection.
func New(documents *mongo.Collection, config Config) *Chains {
	return &Chains{documents: documents, config: config}
}

// Entry makes the document that follows the given head, and says what the head is then. itself
// selects that document as far as no other in its place is selected; it names _id, seq and, where
// documents have one, the hash.
type Entry func(before Head) (itself bson.D, document any, head Head)

// Refused is the error of an append that a unique index of the collection refuses, other than those
// of ids and of places.
type Refused struct {
	Field string // the last one of the index
}

// Error names the field.
func (r *Refused) Error() string { return "refused by the unique index of " + r.Field }

var errPlaceTaken = errors.New("another document has the place in the chain")

// Append adds the entries, in their order, as the next ones of the organisation's chain, except
// those whose _id is there already. It takes two round trips: one reads the head, the other writes
// the documents after it and raises the head. The unique index refuses the second of two documents
// in a place, which then goes on after the first. After an error, any of the entries may have been
// added, none without those before it.
func (c *Chains) Append(ctx context.Context, org string, entries ...Entry) error {
	leave, err := c.appending.Enter(ctx, org)
	if err != nil {
		return fmt.Errorf("append to the chain: %w", err)
	}
	defer leave()
	head, err := c.Head(ctx, org)
	backoff := time.Millisecond
	for tries := 0; tries < maxAppends; {
		if err != nil {
			return err
		}
		rest, err := c.appendBehind(ctx, org, head, entries)
		if len(rest) == 0 || err != nil {
			return err
		}
		meets := len(rest) == len(entries)
		if entries = rest; meets {
			tries++
			select {
			case <-ctx.Done():
				return fmt.Errorf("append to the chain: %w", ctx.Err())
			case <-time.After(rand.N(backoff)): //nolint:gosec // jitter, not a secret
				backoff = min(2*backoff, maxBackoff)
			}
		}
		if head, err = c.End(ctx, org); err != nil {
			return err
		}
	}
	return errPlaceTaken
}

// appendBehind writes the entries after head and raises the head, one after the other in one
// command. It returns those that are not in the chain yet: there are some if head is not its end,
// or if others were there before.
//
// The filter of each is the whole new document, so that a different one in its place is refused as
// a duplicate and the command ends.
func (c *Chains) appendBehind(ctx context.Context, org string, head Head, entries []Entry) (rest []Entry, err error) {
	writes := make([]mongo.WriteModel, 0, len(entries)+1)
	for _, entry := range entries {
		var itself bson.D
		var document any
		itself, document, head = entry(head)
		writes = append(writes, mongo.NewReplaceOneModel().SetFilter(itself).SetHint(idIndex).SetReplacement(document).SetUpsert(true))
	}
	lower := append(c.selectHead(org), bson.E{Key: fieldLastSeq, Value: bson.D{{Key: "$lt", Value: head.Seq}}})
	raised := c.headOf(org, head)
	writes = append(writes, mongo.NewReplaceOneModel().SetFilter(lower).SetHint(idIndex).SetReplacement(raised).SetUpsert(true))
	_, err = c.documents.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(true))
	if err == nil {
		return nil, nil
	}
	refused, ok := refusedOf(err)
	switch {
	case !ok:
		return entries, fmt.Errorf("append to the chain: %w", err)
	case refused.write == len(entries): // all are written, and another append has made the head at the same time
		return nil, c.raise(ctx, lower, raised)
	case refused.field == fieldID: // it is there
		return c.missing(ctx, org, entries[refused.write+1:])
	case refused.field == fieldSeq:
		return entries[refused.write:], nil
	default:
		return entries[refused.write:], &Refused{refused.field}
	}
}

// missing returns those of the entries that are not in the chain, in their order. Where one was
// there, another append is likely to have been about all of them. The collection's reads must be of
// what a majority has: what is left out here is not written again.
func (c *Chains) missing(ctx context.Context, org string, entries []Entry) ([]Entry, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	ids := make(bson.A, len(entries))
	for n, entry := range entries {
		itself, _, _ := entry(Head{})
		ids[n] = idOf(itself)
	}
	there, err := mongodb.FindAll[struct {
		ID string `bson:"_id"`
	}](ctx, c.documents, bson.D{{Key: fieldOrg, Value: org}, {Key: fieldID, Value: bson.D{{Key: "$in", Value: ids}}}},
		options.Find().SetHint(idIndex).SetProjection(bson.D{{Key: fieldID, Value: 1}}))
	if err != nil {
		return entries, fmt.Errorf("find what is in the chain: %w", err)
	}
	found := map[any]bool{}
	for _, d := range there {
		found[d.ID] = true
	}
	var rest []Entry
	for n, entry := range entries {
		if !found[ids[n]] {
			rest = append(rest, entry)
		}
	}
	return rest, nil
}

func idOf(itself bson.D) any {
	for _, e := range itself {
		if e.Key == fieldID {
			return e.Value
		}
	}
	return nil
}

// raise stores the head if the one that is there is lower.
func (c *Chains) raise(ctx context.Context, lower bson.D, head headDocument) error {
	_, err := c.documents.ReplaceOne(ctx, lower, head, options.Replace().SetHint(idIndex))
	if err != nil {
		return fmt.Errorf("raise the head of a chain: %w", err)
	}
	return nil
}

// refusal names the write that was refused, by its number in the command, and the last field of the
// unique index that refused it.
type refusal struct {
	write int
	field string
}

// refusedOf returns false if err is anything other than the refusal of a duplicate. A document that
// a majority has not acknowledged may still be rolled back.
func refusedOf(err error) (refusal, bool) {
	bulk, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || bulk.WriteConcernError != nil || len(bulk.WriteErrors) != 1 || !mongo.IsDuplicateKeyError(err) {
		return refusal{}, false
	}
	e := bulk.WriteErrors[0]
	pattern, _ := e.Raw.Lookup("keyPattern").DocumentOK()
	elements, _ := pattern.Elements()
	if len(elements) == 0 {
		return refusal{}, false
	}
	return refusal{e.Index, elements[len(elements)-1].Key()}, true
}
