package mongostore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/singleflight"

	"github.com/devrev/scim/services/scim/directory"
)

// collection is the one way to MongoDB: what goes in names a tenant and an index, what comes out is
// an error of the directory.Store contract.
type collection struct {
	c      *mongo.Collection
	counts *singleflight.Group // see countedOnce
}

func newCollection(c *mongo.Collection) collection { return collection{c, new(singleflight.Group)} }

// insertOnce adds a document, and reports whether it was not there yet.
func (c collection) insertOnce(ctx context.Context, document any) (bool, error) {
	_, err := c.c.InsertOne(ctx, document)
	if onlyDuplicates(err) {
		return false, nil
	}
	return true, fault("insert", c.c.Name(), err)
}

// insertMissing adds those of the documents that are not there yet, and reports whether all were
// missing.
func (c collection) insertMissing(ctx context.Context, documents []any) (bool, error) {
	if len(documents) == 0 {
		return true, nil
	}
	_, err := c.c.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
	if onlyDuplicates(err) {
		return false, nil
	}
	return err == nil, fault("insert", c.c.Name(), err)
}

// update changes the document that w selects, and reports whether there was one. change is of
// operators, or a pipeline.
func (c collection) update(ctx context.Context, w where, change any) (bool, error) {
	done, err := c.c.UpdateOne(ctx, w.filter(), change, options.UpdateOne().SetHint(w.index))
	if err != nil {
		return false, fault("update", c.c.Name(), err)
	}
	return done.MatchedCount > 0, nil
}

// replace puts document in place of the one that w selects, and reports whether there was one.
func (c collection) replace(ctx context.Context, w where, document any) (bool, error) {
	done, err := c.c.ReplaceOne(ctx, w.filter(), document, options.Replace().SetHint(w.index))
	if err != nil {
		return false, fault("update", c.c.Name(), err)
	}
	return done.MatchedCount > 0, nil
}

// upsert changes the document that w selects, and makes it first if there is none.
func (c collection) upsert(ctx context.Context, w where, change bson.D) error {
	o := options.UpdateOne().SetHint(w.index).SetUpsert(true)
	_, err := c.c.UpdateOne(ctx, w.filter(), change, o)
	if onlyDuplicates(err) { // another call has made it meanwhile
		_, err = c.c.UpdateOne(ctx, w.filter(), change, o)
	}
	return fault("update", c.c.Name(), err)
}

// updateAll changes all documents that w selects, and returns how many there are.
func (c collection) updateAll(ctx context.Context, w where, change bson.D) (int, error) {
	done, err := c.c.UpdateMany(ctx, w.filter(), change, options.UpdateMany().SetHint(w.index))
	if err != nil {
		return 0, fault("update", c.c.Name(), err)
	}
	return int(done.MatchedCount), nil
}

// putAll puts documents of the tenant, by their _id, in place of those that are there.
func (c collection) putAll(ctx context.Context, t directory.Tenant, documents map[string]any) error {
	writes := make([]mongo.WriteModel, 0, len(documents))
	for id, document := range documents {
		w := withID(t, id)
		writes = append(writes, mongo.NewReplaceOneModel().SetFilter(w.filter()).SetHint(w.index).SetReplacement(document).SetUpsert(true))
	}
	if len(writes) == 0 {
		return nil
	}
	_, err := c.c.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	if onlyDuplicates(err) { // another call has made some meanwhile
		_, err = c.c.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
	}
	return fault("update", c.c.Name(), err)
}

// deleteAll removes all documents that w selects.
func (c collection) deleteAll(ctx context.Context, w where) error {
	_, err := c.c.DeleteMany(ctx, w.filter(), options.DeleteMany().SetHint(w.index))
	return fault("delete", c.c.Name(), err)
}

// count returns how many documents w selects, and counts no more than most of them; 0 means no
// bound.
func (c collection) count(ctx context.Context, w where, most int) (int, error) {
	o := options.Count().SetHint(w.index)
	if most > 0 {
		o.SetLimit(int64(most))
	}
	n, err := c.c.CountDocuments(ctx, w.filter(), o)
	return int(n), fault("count", c.c.Name(), err)
}

// one returns the document that w selects, directory.ErrNotFound if there is none. fields says
// which fields of it.
func one[D any](ctx context.Context, c collection, w where, fields bson.D) (D, error) {
	var document D
	raw, err := c.c.FindOne(ctx, w.filter(), options.FindOne().SetHint(w.index).SetProjection(fields)).Raw()
	if err == nil {
		err = bson.Unmarshal(raw, &document)
	}
	return document, fault("find", c.c.Name(), err)
}

// all returns the documents that w selects, with the fields that fields says.
func all[D any](ctx context.Context, c collection, w where, fields bson.D, o ...options.Lister[options.FindOptions]) ([]D, error) {
	documents, _, err := some[D](ctx, c, w, 0, fields, o...)
	return documents, err
}

// some is all, up to the document by which they have so many bytes, 0 for no bound; cut reports
// whether it ended there.
func some[D any](ctx context.Context, c collection, w where, most int, fields bson.D, o ...options.Lister[options.FindOptions]) (documents []D, cut bool, err error) {
	cursor, err := c.find(ctx, w, fields, o...)
	if err != nil {
		return nil, false, fault("find", c.c.Name(), err)
	}
	return gather[D](ctx, c, cursor, most)
}

// gather reads documents without the cursor's Decode and All, which make a buffer of 4 KB for each.
func gather[D any](ctx context.Context, c collection, cursor *mongo.Cursor, most int) (documents []D, cut bool, err error) {
	for bytes := 0; err == nil && !cut && cursor.Next(ctx); {
		if documents == nil {
			documents = make([]D, 0, 1+cursor.RemainingBatchLength())
		}
		documents = append(documents, *new(D))
		err = bson.Unmarshal(cursor.Current, &documents[len(documents)-1])
		bytes += len(cursor.Current)
		cut = most > 0 && bytes >= most
	}
	err = errors.Join(err, cursor.Err())
	_ = cursor.Close(ctx) // which sends nothing where all of the answer has come
	return documents, cut, fault("find", c.c.Name(), err)
}

// each calls do with the documents that w selects, one by one. A document is read where the driver
// has it, not decoded, and not to be kept: this is for the members of a group, which may be a
// hundred thousand.
func (c collection) each(ctx context.Context, w where, fields bson.D, do func(bson.Raw), o ...options.Lister[options.FindOptions]) error {
	cursor, err := c.find(ctx, w, fields, o...)
	if err != nil {
		return fault("find", c.c.Name(), err)
	}
	for cursor.Next(ctx) {
		do(cursor.Current)
	}
	err = cursor.Err()
	_ = cursor.Close(ctx) // which the server does itself for one that is exhausted or forgotten
	return fault("find", c.c.Name(), err)
}

func (c collection) find(ctx context.Context, w where, fields bson.D, o ...options.Lister[options.FindOptions]) (*mongo.Cursor, error) {
	return c.c.Find(ctx, w.filter(), append(o, options.Find().SetHint(w.index).SetProjection(fields))...)
}

// staged returns what the stages make of the documents that w selects.
func staged[D any](ctx context.Context, c collection, w where, stages ...bson.D) ([]D, error) {
	documents, _, err := someStaged[D](ctx, c, w, 0, stages...)
	return documents, err
}

// someStaged is staged, bounded as in some.
func someStaged[D any](ctx context.Context, c collection, w where, most int, stages ...bson.D) (documents []D, cut bool, err error) {
	cursor, err := c.aggregate(ctx, w, stages...)
	if err != nil {
		return nil, false, fault("find", c.c.Name(), err)
	}
	return gather[D](ctx, c, cursor, most)
}

func (c collection) aggregate(ctx context.Context, w where, stages ...bson.D) (*mongo.Cursor, error) {
	pipeline := append([]bson.D{{is("$match", w.filter())}}, stages...)
	return c.c.Aggregate(ctx, pipeline, options.Aggregate().SetHint(w.index))
}

// leftover names a document about which something is left to do.
type leftover struct {
	ID     string           `bson:"_id"`
	Tenant directory.Tenant `bson:"org"`
}

// leftovers returns where something is left to do, which is what has the field of the index, of the
// same name. It is the one query that knows no tenant, for Repair
// and CatchUp alone.
func (c collection) leftovers(ctx context.Context, index string) ([]leftover, error) {
	o := options.Find().SetHint(index).SetProjection(bson.D{is("org", 1)})
	cursor, err := c.c.Find(ctx, bson.D{exists(index, true)}, o)
	if err != nil {
		return nil, fault("find", c.c.Name(), err)
	}
	left, _, err := gather[leftover](ctx, c, cursor, 0)
	return left, err
}
