package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// FindAll returns the documents that filter selects. Its errors are the driver's.
func FindAll[D any](ctx context.Context, c *mongo.Collection, filter bson.D, o *options.FindOptionsBuilder) (all []D, err error) {
	cursor, err := c.Find(ctx, filter, o)
	if err == nil {
		err = cursor.All(ctx, &all)
	}
	return all, err
}
