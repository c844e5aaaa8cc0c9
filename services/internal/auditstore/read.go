package auditstore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/mongodb"
)

// ReadAudit is as issuer.Store describes it.
func (s *Store) ReadAudit(ctx context.Context, org string, q audit.Query) ([]audit.Entry, error) {
	if q.Limit <= 0 { // which MongoDB takes for no limit
		return nil, nil
	}
	order := -1
	if q.OldestFirst {
		order = 1
	}
	return s.entries(ctx, auditFilter(org, q), options.Find().SetLimit(int64(q.Limit)).
		SetSort(bson.D{{Key: fieldSeq, Value: order}, {Key: fieldID, Value: order}}))
}

// auditFilter selects the entries of q. Those without a Seq sort before all others, as null does in
// the index.
func auditFilter(org string, q audit.Query) bson.D {
	all := bson.A{bson.D{{Key: fieldOrg, Value: org}}}
	and := func(condition bson.D) { all = append(all, condition) }
	if q.Action != "" {
		and(bson.D{{Key: fieldAction, Value: q.Action}})
	}
	if q.TokenID != "" {
		and(bson.D{{Key: "$or", Value: bson.A{bson.D{{Key: fieldTokenID, Value: q.TokenID}}, bson.D{{Key: fieldOtherID, Value: q.TokenID}}}}})
	}
	if q.UserID != "" {
		and(bson.D{{Key: fieldUserID, Value: q.UserID}})
	}
	if !q.Since.IsZero() {
		and(bson.D{{Key: fieldAt, Value: bson.D{{Key: "$gte", Value: q.Since}}}})
	}
	if !q.Until.IsZero() {
		and(bson.D{{Key: fieldAt, Value: bson.D{{Key: "$lt", Value: q.Until}}}})
	}
	if q.After != (audit.Position{}) {
		and(behind(q.After, q.OldestFirst))
	}
	return bson.D{{Key: "$and", Value: all}}
}

func behind(p audit.Position, oldestFirst bool) bson.D {
	seq := func(condition any) bson.D { return bson.D{{Key: fieldSeq, Value: condition}} }
	is := func(operator string, value any) bson.D { return bson.D{{Key: operator, Value: value}} }
	unchained := seq(nil)
	switch {
	case p.Seq > 0 && oldestFirst:
		return seq(is("$gt", p.Seq))
	case p.Seq > 0:
		return seq(is("$not", is("$gte", p.Seq)))
	case oldestFirst:
		later := append(unchained, bson.E{Key: fieldID, Value: is("$gt", p.ID)})
		return is("$or", bson.A{later, seq(is("$gt", 0))})
	default:
		return append(unchained, bson.E{Key: fieldID, Value: is("$lt", p.ID)})
	}
}

// Revocations is as issuer.Store describes it.
func (s *Store) Revocations(ctx context.Context, since time.Time) ([]audit.Entry, error) {
	return s.entries(ctx, bson.D{
		{Key: fieldAction, Value: bson.D{{Key: "$in", Value: audit.EndingActions()}}},
		{Key: fieldAt, Value: bson.D{{Key: "$gte", Value: since}}},
		{Key: fieldResult, Value: audit.ResultBegun},
	}, options.Find())
}

// Notices is as issuer.Store describes it.
func (s *Store) Notices(ctx context.Context, after string, limit int) ([]audit.Entry, error) {
	if limit <= 0 {
		return nil, nil
	}
	return s.entries(ctx, bson.D{
		{Key: fieldAction, Value: bson.D{{Key: "$in", Value: audit.NoticeActions()}}},
		{Key: fieldID, Value: bson.D{{Key: "$gt", Value: after}}},
		{Key: fieldResult, Value: bson.D{{Key: "$ne", Value: audit.ResultDenied}}},
	}, options.Find().SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(int64(limit)))
}

func (s *Store) entries(ctx context.Context, filter bson.D, o *options.FindOptionsBuilder) ([]audit.Entry, error) {
	documents, err := mongodb.FindAll[entryDocument](ctx, s.audit, filter, o)
	if err != nil {
		return nil, Unavailable("find audit entries", err)
	}
	entries := make([]audit.Entry, len(documents))
	for i, d := range documents {
		entries[i] = d.entry()
	}
	return entries, nil
}
