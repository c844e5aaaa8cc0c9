package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/mongostore"
)

// calls sends the commands of an operation as scimd does, by the driver alone: nothing is decoded,
// decided or encoded. They go to a database of their own, which the store itself has filled.
type calls struct {
	users, memberships, activity *mongo.Collection
	stored                       []bson.D
	otherKeys                    bson.D // of a user, those that two users may have in common
}

// floorUsers is the number of users in addition to the product's.
const floorUsers = 1000

// floorDatabase returns the database of the floor, as the product opens its own.
func floorDatabase(uri string) (*mongo.Database, error) {
	client, err := mongodb.Connect(uri, 50, nil, telemetry.Off())
	if err != nil {
		return nil, err
	}
	durable := writeconcern.Majority()
	durable.Journal = new(true)
	return client.Database("floor", options.Database().SetWriteConcern(durable).SetReadConcern(readconcern.Majority())), nil
}

// newCalls fills db with users.
func newCalls(ctx context.Context, db *mongo.Database, users int) (*calls, error) {
	store := mongostore.New(db)
	if err := store.Prepare(ctx); err != nil {
		return nil, err
	}
	if err := mongostore.NewActivity(db).Prepare(ctx); err != nil {
		return nil, err
	}
	for i := range users {
		if err := store.CreateUser(ctx, organisation, storedUser(i)); err != nil {
			return nil, err
		}
	}
	if _, err := store.ListUsers(ctx, organisation, directory.Query{}); err != nil { // which counts
		return nil, err
	}
	c := &calls{users: db.Collection("users"), memberships: db.Collection("memberships"), activity: db.Collection("activity")}
	found, err := c.users.Find(ctx, bson.D{{Key: "org", Value: organisation}, {Key: "deleted", Value: false}})
	if err == nil {
		err = found.All(ctx, &c.stored)
	}
	if err != nil {
		return nil, fmt.Errorf("read the users: %w", err)
	}
	keys, _ := member(c.stored[0], "key").(bson.D)
	c.otherKeys = slices.DeleteFunc(slices.Clone(keys), func(e bson.E) bool { return e.Key == "username" })
	return c, nil
}

// storedUser is the user of userBody, as the domain hands it to a store: one who comes now, since
// the history of one from long ago would be removed while something is measured.
func storedUser(i int) directory.User {
	name := nameOf(i)
	u := directorytest.NewUser(name, "externalId", "00u-"+name, "displayName", "Given Family", "locale", "en-US", "title", "Member of staff")
	u.Created = directory.Now(time.Now())
	u.Modified = u.Created
	return u
}

func (c *calls) byName() map[string]func(ctx context.Context, n int) error {
	return map[string]func(ctx context.Context, n int) error{
		"get": c.get, "hit": c.hit, "miss": c.miss, "page": c.page, "patch": c.patch, "create": c.create,
		"provision": func(ctx context.Context, n int) error { // the three requests of it in turn
			return []func(context.Context, int) error{c.miss, c.create, c.get}[n%3](ctx, n)
		},
	}
}

func of(pairs ...any) bson.D {
	d := bson.D{{Key: "org", Value: organisation}}
	for i := 0; i < len(pairs); i += 2 {
		d = append(d, bson.E{Key: pairs[i].(string), Value: pairs[i+1]}) //nolint:forcetypeassert // of this file
	}
	return d
}

func (c *calls) user(n int) bson.D { return c.stored[n*7919%len(c.stored)] }

func member(d bson.D, name string) any {
	for _, e := range d {
		if e.Key == name {
			return e.Value
		}
	}
	return nil
}

func withoutKey() bson.D { return bson.D{{Key: "key", Value: 0}} }

func (c *calls) get(ctx context.Context, n int) error {
	u := c.user(n)
	if err := c.one(ctx, "_id_", "_id", member(u, "_id")); err != nil {
		return err
	}
	return c.groupsOf(ctx, u)
}

func (c *calls) one(ctx context.Context, index string, pairs ...any) error {
	_, err := c.users.FindOne(ctx, of(pairs...), options.FindOne().SetHint(index).SetProjection(withoutKey())).Raw()
	return err
}

func (c *calls) named(ctx context.Context, name string, found int) error {
	filter := of("deleted", false, "$and", bson.A{bson.D{{Key: "key.username.f", Value: bson.D{{Key: "$eq", Value: name}}}}})
	return c.some(ctx, found, filter, options.Find().SetHint("byUserName"))
}

// some finds users, and says if there were not so many.
func (c *calls) some(ctx context.Context, want int, filter bson.D, o *options.FindOptionsBuilder) error {
	o.SetProjection(withoutKey()).SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(101)
	var found []bson.Raw
	cursor, err := c.users.Find(ctx, filter, o)
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err == nil && len(found) != want {
		err = fmt.Errorf("found %d users, want %d", len(found), want)
	}
	return err
}

func (c *calls) hit(ctx context.Context, n int) error {
	u := c.user(n)
	name, _ := member(u, "nameKey").(string)
	if err := c.named(ctx, name, 1); err != nil {
		return err
	}
	return c.groupsOf(ctx, u)
}

func (c *calls) miss(ctx context.Context, n int) error {
	return c.named(ctx, fmt.Sprintf("nobody%d@example.com", n), 0)
}

func (c *calls) page(ctx context.Context, _ int) error {
	if _, err := c.users.FindOne(ctx, of("_id", organisation), options.FindOne().SetHint("_id_")).Raw(); err != nil {
		return err
	}
	if err := c.some(ctx, 101, of("deleted", false), options.Find().SetHint("list")); err != nil {
		return err
	}
	return c.groupsOf(ctx, c.stored[:100]...)
}

// groupsOf reads the groups of users as the store does.
func (c *calls) groupsOf(ctx context.Context, users ...bson.D) error {
	var ids []string
	for _, u := range users {
		id, _ := member(u, "_id").(string)
		_, id, _ = strings.Cut(id, "/")
		ids = append(ids, id)
	}
	pipeline := mongo.Pipeline{
		{{Key: "$match", Value: of("user", bson.D{{Key: "$in", Value: ids}}, "in", true)}},
		{{Key: "$project", Value: bson.D{{Key: "_id", Value: 0}, {Key: "group", Value: 1}, {Key: "user", Value: 1}}}},
		{{Key: "$group", Value: bson.D{{Key: "_id", Value: "$group"}, {Key: "users", Value: bson.D{{Key: "$push", Value: "$user"}}}}}},
		{{Key: "$set", Value: bson.D{{Key: "document", Value: bson.D{{Key: "$concat", Value: bson.A{organisation, "/", "$_id"}}}}}}},
		{{Key: "$lookup", Value: bson.D{
			{Key: "from", Value: "groups"}, {Key: "localField", Value: "document"}, {Key: "foreignField", Value: "_id"}, {Key: "as", Value: "found"},
		}}},
	}
	var found []bson.Raw
	cursor, err := c.memberships.Aggregate(ctx, pipeline, options.Aggregate().SetHint("user"))
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	return err
}

func (c *calls) patch(ctx context.Context, n int) error {
	u := c.user(n)
	id := member(u, "_id")
	if err := c.one(ctx, "_id_", "_id", id); err != nil {
		return err
	}
	filter := of("_id", id, "unfinished", bson.D{{Key: "$exists", Value: false}}, "deleted", false)
	if _, err := c.users.ReplaceOne(ctx, filter, u, options.Replace().SetHint("_id_")); err != nil {
		return err
	}
	if err := c.groupsOf(ctx, u); err != nil {
		return err
	}
	return c.tell(ctx, fmt.Sprint(id))
}

func (c *calls) create(ctx context.Context, _ int) error {
	u := storedUser(0)
	name := "floor-" + string(u.ID) + "@example.com"
	if err := c.one(ctx, "name", "nameKey", name); err != mongo.ErrNoDocuments { //nolint:errorlint // as it comes from the driver
		return fmt.Errorf("look up %s: %w", name, err)
	}
	id := organisation + "/" + string(u.ID)
	created := bson.D{{Key: "_id", Value: id}}
	for _, e := range c.stored[0][1:] {
		switch e.Key {
		case "nameKey":
			e.Value = name
		case "key":
			e.Value = append(bson.D{{Key: "username", Value: bson.D{{Key: "f", Value: name}, {Key: "x", Value: name}}}}, c.otherKeys...)
		}
		created = append(created, e)
	}
	tally := func(change bson.D) *mongo.UpdateOneModel {
		return mongo.NewUpdateOneModel().SetFilter(of("_id", organisation)).SetHint("_id_").SetUpdate(change)
	}
	inc := func(open, shown int) bson.D {
		return bson.D{{Key: "$inc", Value: bson.D{{Key: "ver", Value: 1}, {Key: "open", Value: open}, {Key: "shown", Value: shown}}}}
	}
	_, err := c.users.BulkWrite(ctx, []mongo.WriteModel{
		tally(inc(1, 0)),
		mongo.NewReplaceOneModel().SetFilter(of("_id", id, "ver", 0)).SetHint("_id_").SetUpsert(true).SetReplacement(created),
		tally(inc(-1, 1)),
	})
	if err != nil {
		return err
	}
	return c.tell(ctx, id)
}

// tell records an activity entry of the usual size.
func (c *calls) tell(ctx context.Context, resource string) error {
	id := organisation + "/" + string(storedUser(0).ID)
	_, err := c.activity.InsertOne(ctx, of("_id", id, "at", bson.NewDateTimeFromTime(directory.Now(storedUser(0).Created)),
		"resource", resource, "request", id, "effect", "updated", "entry", strings.Repeat("x", 500)))
	return err
}
