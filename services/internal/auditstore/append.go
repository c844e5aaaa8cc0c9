package auditstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/audit"
)

// Bounds of the loop in which the appends of several processes to one chain meet.
const (
	maxAppends = 50
	maxBackoff = 32 * time.Millisecond
)

// AppendAudit implements audit.Appender. It takes two round trips: one reads the head, the other
// writes the entry after it and raises the head. The unique index refuses the second of two appends
// to a place, which then continues after the first.
func (s *Store) AppendAudit(ctx context.Context, e audit.Entry) error {
	leave, err := s.queues.enter(ctx, e.Org)
	if err != nil {
		return unavailable("wait for the audit", err)
	}
	defer leave()
	head, err := s.AuditHead(ctx, e.Org)
	backoff := time.Millisecond
	for range maxAppends {
		if err != nil {
			return err
		}
		if err := s.appendBehind(ctx, head, e); !errors.Is(err, errPlaceTaken) {
			return err
		}
		select {
		case <-ctx.Done():
			return unavailable("append to the audit", ctx.Err())
		case <-time.After(rand.N(backoff)): //nolint:gosec // jitter, not a secret
			backoff = min(2*backoff, maxBackoff)
		}
		head, err = s.end(ctx, e.Org)
	}
	return unavailable("append to the audit", errPlaceTaken)
}

// AuditHead is as issuer.Store describes it.
func (s *Store) AuditHead(ctx context.Context, org string) (audit.Head, error) {
	var d headDocument
	err := s.audit.FindOne(ctx, byID(headID(org))).Decode(&d)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return audit.Head{}, unavailable("find head of audit", err)
	}
	return d.head(), nil
}

// end is where the chain ends: at its head or, if a crash kept that from being raised, at its last
// entry. The head counts if entries behind it are missing, so that the gap stays.
func (s *Store) end(ctx context.Context, org string) (audit.Head, error) {
	head, err := s.AuditHead(ctx, org)
	if err != nil {
		return audit.Head{}, err
	}
	last, err := s.ReadAudit(ctx, org, audit.Query{Limit: 1})
	if err == nil && len(last) > 0 && last[0].Seq > head.Seq {
		head = last[0].Head()
	}
	return head, err
}

var errPlaceTaken = errors.New("another entry has the place in the chain")

// appendBehind writes e after head and raises the head, one after the other in one command. It
// returns errPlaceTaken if head is not the end.
//
// The filter is the whole new entry, so that a different one in its place is refused as a duplicate
// and the command ends.
func (s *Store) appendBehind(ctx context.Context, head audit.Head, e audit.Entry) error {
	e = audit.Link(head, e)
	itself := append(byID(e.ID), bson.E{Key: fieldSeq, Value: e.Seq}, bson.E{Key: fieldHash, Value: e.Hash})
	lower := append(byID(headID(e.Org)), bson.E{Key: fieldLastSeq, Value: bson.D{{Key: "$lt", Value: e.Seq}}})
	_, err := s.audit.BulkWrite(ctx, []mongo.WriteModel{
		mongo.NewReplaceOneModel().SetFilter(itself).SetReplacement(documentOfEntry(e)).SetUpsert(true),
		mongo.NewReplaceOneModel().SetFilter(lower).SetReplacement(documentOfHead(e.Org, e.Head())).SetUpsert(true),
	}, options.BulkWrite().SetOrdered(true))
	switch refusedOf(err) {
	case refusal{}:
		return unavailable("write audit entry", err)
	case refusal{0, fieldID}: // the entry is there
		return nil
	case refusal{1, fieldID}: // the entry is written, and another append created the head at the same time
		return s.raise(ctx, lower, documentOfHead(e.Org, e.Head()))
	case refusal{0, fieldOnce}:
		return audit.ErrTold
	default:
		return errPlaceTaken
	}
}

// raise stores the head if the one that is there is lower.
func (s *Store) raise(ctx context.Context, lower bson.D, head headDocument) error {
	_, err := s.audit.ReplaceOne(ctx, lower, head)
	return unavailable("raise head of audit", err)
}

// refusal names the write that was refused, by its number in the command, and the last field of the
// unique index that refused it.
type refusal struct {
	write int
	field string
}

// refusedOf returns zero if err is anything other than the refusal of a duplicate. A document that
// a majority has not acknowledged may still be rolled back.
func refusedOf(err error) refusal {
	bulk, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || bulk.WriteConcernError != nil || len(bulk.WriteErrors) != 1 || !mongo.IsDuplicateKeyError(err) {
		return refusal{}
	}
	e := bulk.WriteErrors[0]
	pattern, _ := e.Raw.Lookup("keyPattern").DocumentOK()
	elements, _ := pattern.Elements()
	if len(elements) == 0 {
		return refusal{}
	}
	return refusal{e.Index, elements[len(elements)-1].Key()}
}
