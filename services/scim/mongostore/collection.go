package mongostore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// collection is the one way to MongoDB: what goes in names a tenant, what comes out is an error of the directory.Store contract.
type collection struct{ c *mongo.Collection }

// insert adds a document, which is *directory.Duplicate if a unique index already has its key.
func (c collection) insert(ctx context.Context, document any) error {
	_, err := c.c.InsertOne(ctx, document)
	return fault("insert", c.c.Name(), err)
}

// insertMissing adds those of the documents that are not there yet, and tells whether some were.
func (c collection) insertMissing(ctx context.Context, documents []any) (some bool, err error) {
	_, err = c.c.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
	if onlyDuplicates(err) {
		return true, nil
	}
	return false, fault("insert", c.c.Name(), err)
}

// replace puts document in place of the one that w selects, and tells whether there was one.
func (c collection) replace(ctx context.Context, w where, document any) (bool, error) {
	done, err := c.c.ReplaceOne(ctx, w.filter(), document)
	if err != nil {
		return false, fault("replace", c.c.Name(), err)
	}
	return done.MatchedCount > 0, nil
}

// update changes the document that w selects, and tells whether there was one.
func (c collection) update(ctx context.Context, w where, change bson.D) (bool, error) {
	done, err := c.c.UpdateOne(ctx, w.filter(), change)
	if err != nil {
		return false, fault("update", c.c.Name(), err)
	}
	return done.MatchedCount > 0, nil
}

// updateAll changes all documents that w selects.
func (c collection) updateAll(ctx context.Context, w where, change bson.D) error {
	_, err := c.c.UpdateMany(ctx, w.filter(), change)
	return fault("update", c.c.Name(), err)
}

// deleteAll removes all documents that w selects.
func (c collection) deleteAll(ctx context.Context, w where) error {
	_, err := c.c.DeleteMany(ctx, w.filter())
	return fault("delete", c.c.Name(), err)
}

// count returns how many documents w selects.
func (c collection) count(ctx context.Context, w where) (int, error) {
	n, err := c.c.CountDocuments(ctx, w.filter())
	return int(n), fault("count", c.c.Name(), err)
}

// one returns the document that w selects, directory.ErrNotFound if there is none.
func one[D any](ctx context.Context, c collection, w where, o ...options.Lister[options.FindOneOptions]) (D, error) {
	var document D
	err := c.c.FindOne(ctx, w.filter(), o...).Decode(&document)
	return document, fault("find", c.c.Name(), err)
}

// all returns the documents that w selects.
func all[D any](ctx context.Context, c collection, w where, o ...options.Lister[options.FindOptions]) ([]D, error) {
	cursor, err := c.c.Find(ctx, w.filter(), o...)
	return drain[D](ctx, c, cursor, err)
}

// staged returns what the stages make of the documents that w selects.
func staged[D any](ctx context.Context, c collection, w where, stages ...bson.D) ([]D, error) {
	pipeline := append([]bson.D{{is("$match", w.filter())}}, stages...)
	cursor, err := c.c.Aggregate(ctx, pipeline)
	return drain[D](ctx, c, cursor, err)
}

// everyTenant returns where work is left over. It is the one query that knows no tenant, for Repair alone.
func everyTenant(ctx context.Context, c collection) ([]leftover, error) {
	o := options.Find().SetProjection(bson.D{is("org", 1)}).SetComment("every tenant")
	cursor, err := c.c.Find(ctx, bson.D{exists(unfinished, true)}, o)
	return drain[leftover](ctx, c, cursor, err)
}

func drain[D any](ctx context.Context, c collection, cursor *mongo.Cursor, err error) (documents []D, _ error) {
	if err == nil {
		err = cursor.All(ctx, &documents)
	}
	return documents, fault("find", c.c.Name(), err)
}

// texts returns the string at field of all documents that w selects.
func texts[T ~string](ctx context.Context, c collection, w where, field string) ([]T, error) {
	projection := bson.D{is("_id", 0), is(field, 1)}
	if field == "_id" {
		projection = projection[1:]
	}
	documents, err := all[bson.Raw](ctx, c, w, options.Find().SetProjection(projection)) // nothing decoded: groups have many members
	if err != nil {
		return nil, err
	}
	list := make([]T, len(documents))
	for i, d := range documents {
		list[i] = T(d.Lookup(field).StringValue())
	}
	return list, nil
}
