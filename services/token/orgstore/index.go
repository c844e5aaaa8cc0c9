package orgstore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/auditstore"
	"github.com/devrev/scim/services/internal/terms"
)

// Prepare creates missing indexes, the audit's included; it drops none. Without them the store
// would let two organisations have one tag.
func (s *Store) Prepare(ctx context.Context) error {
	_, err := s.organisations.Indexes().CreateMany(ctx, []mongo.IndexModel{
		{Keys: bson.D{{Key: fieldTag, Value: 1}}, Options: options.Index().SetUnique(true)},
		{Keys: bson.D{{Key: terms.FieldLeftAt, Value: 1}}, Options: options.Index().SetSparse(true)},
	})
	if err != nil {
		return auditstore.Unavailable("create indexes of organisations", err)
	}
	return s.Store.Prepare(ctx)
}
