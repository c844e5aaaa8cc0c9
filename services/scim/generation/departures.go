package generation

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/erasure"
)

// Departures are the tombstones of organisations in MongoDB, which the token service writes, and
// the collection of what was erased, which this service writes.
type Departures struct{ organisations, erasures *mongo.Collection }

var _ erasure.Departures = Departures{}

// NewDepartures returns those in db.
func NewDepartures(db *mongo.Database) Departures {
	db = mongodb.Lasting(db)
	return Departures{db.Collection(terms.Organisations), db.Collection(terms.Erasures)}
}

// Left implements erasure.Departures.
func (d Departures) Left(ctx context.Context) ([]terms.Left, error) {
	left := bson.E{Key: terms.FieldLeftAt, Value: bson.D{{Key: "$exists", Value: true}}}
	lately := bson.D{{Key: terms.FieldErasedAt, Value: bson.D{{Key: "$gt", Value: time.Now().Add(-erasure.Watched)}}}}
	unfinished := bson.D{{Key: terms.FieldErasedAt, Value: bson.D{{Key: "$exists", Value: false}}}}
	found, err := mongodb.FindAll[terms.Left](ctx, d.organisations, bson.D{left, {Key: "$or", Value: bson.A{unfinished, lately}}}, options.Find())
	if err != nil {
		return nil, fmt.Errorf("find tombstones: %w", err)
	}
	return found, nil
}

// IsGone implements erasure.Departures.
func (d Departures) IsGone(ctx context.Context, l terms.Left) (bool, error) {
	n, err := d.organisations.CountDocuments(ctx, bson.D{
		{Key: "_id", Value: l.ID}, {Key: terms.FieldGeneration, Value: l.Generation}, {Key: terms.FieldLeftAt, Value: bson.D{{Key: "$exists", Value: true}}},
	})
	if err != nil {
		return false, fmt.Errorf("find tombstone: %w", err)
	}
	return n > 0, nil
}

// Erased implements erasure.Departures. A later generation stays.
func (d Departures) Erased(ctx context.Context, l terms.Left) error {
	_, err := d.erasures.UpdateOne(ctx, bson.D{{Key: "_id", Value: l.ID}}, bson.D{
		{Key: "$max", Value: bson.D{{Key: terms.FieldGeneration, Value: l.Generation}}},
		{Key: "$currentDate", Value: bson.D{{Key: "at", Value: true}}},
	}, options.UpdateOne().SetUpsert(true))
	if err != nil && !mongo.IsDuplicateKeyError(err) { // another process has made it meanwhile
		return fmt.Errorf("note the erasure: %w", err)
	}
	return nil
}
