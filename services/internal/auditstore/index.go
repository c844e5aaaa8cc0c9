package auditstore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/audit"
)

// indexOfOrder is the name that MongoDB gives to the index in the order of the chain.
const indexOfOrder = "org_1_seq_-1__id_-1"

// Prepare creates missing indexes; it drops none. Without them two entries could have one place in
// the chain.
func (s *Store) Prepare(ctx context.Context) error {
	_, err := s.audit.Indexes().CreateMany(ctx, []mongo.IndexModel{
		{Keys: bson.D{{Key: fieldOrg, Value: 1}, {Key: fieldSeq, Value: -1}, {Key: fieldID, Value: -1}}},
		{Keys: bson.D{{Key: fieldOrg, Value: 1}, {Key: fieldSeq, Value: 1}}, Options: uniqueWhereSet(fieldSeq)},
		{Keys: bson.D{{Key: fieldOrg, Value: 1}, {Key: fieldOnce, Value: 1}}, Options: uniqueWhereSet(fieldOnce)},
		{Keys: bson.D{{Key: fieldResult, Value: 1}, {Key: fieldAction, Value: 1}, {Key: fieldAt, Value: 1}}, Options: whereBegun()},
		{Keys: bson.D{{Key: fieldAction, Value: 1}, {Key: fieldID, Value: 1}}},
		{Keys: bson.D{{Key: fieldAt, Value: 1}}, Options: options.Index().SetExpireAfterSeconds(int32(audit.Retention.Seconds()))},
	})
	return Unavailable("create indexes of audit", err)
}

// whereBegun keeps entries that change nothing, such as refusals, out of the index of Revocations,
// so that no caller can make it longer by asking.
func whereBegun() *options.IndexOptionsBuilder {
	return options.Index().SetPartialFilterExpression(bson.D{{Key: fieldResult, Value: audit.ResultBegun}})
}

// uniqueWhereSet allows any number of documents without the field: entries from before the chain
// have no place in it, and most entries have no Once.
func uniqueWhereSet(field string) *options.IndexOptionsBuilder {
	return options.Index().SetUnique(true).SetPartialFilterExpression(bson.D{{Key: field, Value: bson.D{{Key: "$exists", Value: true}}}})
}
