package orgstore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// auditRetention is how long audit entries are kept: a year and what an auditor needs to ask about it.
const auditRetention = 400 * 24 * time.Hour

// Prepare creates the indexes that are not there yet; it drops none. Without them the store would let two organisations have one tag.
func (s *Store) Prepare(ctx context.Context) error {
	_, err := s.organisations.Indexes().CreateOne(ctx, mongo.IndexModel{
		Keys: bson.D{{Key: fieldTag, Value: 1}}, Options: options.Index().SetUnique(true),
	})
	if err != nil {
		return unavailable("create index of organisations", err)
	}
	_, err = s.audit.Indexes().CreateMany(ctx, []mongo.IndexModel{
		{Keys: bson.D{{Key: fieldOrg, Value: 1}, {Key: fieldID, Value: -1}}},
		{Keys: bson.D{{Key: fieldAction, Value: 1}, {Key: fieldAt, Value: 1}}},
		{Keys: bson.D{{Key: fieldAt, Value: 1}}, Options: options.Index().SetExpireAfterSeconds(int32(auditRetention.Seconds()))},
	})
	return unavailable("create indexes of audit", err)
}
