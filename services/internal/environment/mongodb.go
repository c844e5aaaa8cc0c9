package environment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/format"
	"github.com/devrev/scim/services/internal/mongodb"
)

// The collection of the marker, and its documents.
const (
	collection = "environment"
	documentID = "environment"
	formatID   = "format"
)

// MongoDB is the marker in a database. Make it with InMongoDB.
type MongoDB struct{ markers *mongo.Collection }

var _ Marked = MongoDB{}

// InMongoDB returns the marker in db, which is read as the majority has it.
func InMongoDB(db *mongo.Database) MongoDB {
	return MongoDB{mongodb.Lasting(db).Collection(collection)}
}

type markerDocument struct {
	ID     string    `bson:"_id"`
	Marker string    `bson:"marker"`
	At     time.Time `bson:"at"`
}

// Environment implements Marked.
func (m MongoDB) Environment(ctx context.Context) (string, error) {
	var d markerDocument
	err := m.markers.FindOne(ctx, bson.D{{Key: "_id", Value: documentID}}).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the marker of the environment in MongoDB: %w", err)
	}
	return d.Marker, nil
}

// MarkEnvironment implements Marked.
func (m MongoDB) MarkEnvironment(ctx context.Context, marker string, replace bool) (string, error) {
	d := markerDocument{documentID, marker, time.Now().UTC()}
	var err error
	if replace {
		_, err = m.markers.ReplaceOne(ctx, bson.D{{Key: "_id", Value: documentID}}, d, options.Replace().SetUpsert(true))
	} else {
		_, err = m.markers.InsertOne(ctx, d)
	}
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return "", fmt.Errorf("write the marker of the environment in MongoDB: %w", err)
	}
	return m.Environment(ctx)
}

// Format implements Marked.
func (m MongoDB) Format(ctx context.Context) (written, readers int64, err error) {
	var f format.Format
	err = m.markers.FindOne(ctx, bson.D{{Key: "_id", Value: formatID}}).Decode(&f)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return 0, 0, fmt.Errorf("read the format of the data in MongoDB: %w", err)
	}
	return f.Written, f.Readers, nil
}

// RaiseFormat implements Marked.
func (m MongoDB) RaiseFormat(ctx context.Context, written, readers int64) error {
	raise := bson.D{{Key: "$max", Value: format.Format{Written: written, Readers: readers}}}
	_, err := m.markers.UpdateOne(ctx, bson.D{{Key: "_id", Value: formatID}}, raise, options.UpdateOne().SetUpsert(true))
	if mongo.IsDuplicateKeyError(err) { // another program has made it meanwhile
		_, err = m.markers.UpdateOne(ctx, bson.D{{Key: "_id", Value: formatID}}, raise)
	}
	if err != nil {
		return fmt.Errorf("write the format of the data in MongoDB: %w", err)
	}
	return nil
}
