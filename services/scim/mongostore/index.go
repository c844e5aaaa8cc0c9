package mongostore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/undo"
)

// The names of the indexes. Each where says by which of them it selects.
const (
	onID         = "_id_" // MongoDB's own
	onName       = "name"
	onList       = "list"
	onUserName   = "byUserName"
	onDisplay    = "byDisplayName"
	onFamilyName = "byFamilyName"
	onGivenName  = "byGivenName"
	onModified   = "byModified"
	onState      = "byState"
	onExternalID = "externalId"
	onEmail      = "email"
	onUnfinished = "unfinished"
	onGroup      = "group"
	onUser       = "user"
	onLeft       = "left"
	onResource   = "resource"
	onRequest    = "request"
	onTrace      = "trace"
	onEffect     = "effect"
	onGroupTurns = "groupTurns"
	onKind       = "byKind"
	onMoved      = "moved"
	onAt         = "at"
	onUntold     = "untold"
	onSeq        = "seq"
	onStored     = "stored"
	onChange     = "byChange"
	onSlot       = "slot"
	onKey        = "byKey"
	onClaim      = "claim"
	onOpen       = "open"
	onItem       = "item"
	onValue      = "byValue"
	onUntil      = "until"
	onAwaited    = "awaited"
	onDrift      = "byDrift"
	onHold       = "hold"
	onDecided    = "decided"
)

// index is one index of a collection.
type index struct {
	collection, name string
	fields           []string // all ascending

	unique string        // the attribute of which two documents with one key would hold the same value; "" if they may
	only   bson.D        // leaves out documents that this does not select
	sparse bool          // leaves out documents that have none of the fields
	expire time.Duration // how long after the time in its field a document is removed; 0: never
}

// inList are the fields of an index that has a list in the order of a field.
func inList(field string) []string { return []string{"org", "deleted", field, "_id"} }

// stateField is where the key of a user has the state.
func stateField() string { return "key." + keyName(scim.DevRevUserSchema) + ".state." + exact }

// listed reports whether ix has a list in the order of its attribute.
func (ix index) listed() bool { return len(ix.fields) == 4 && ix.fields[1] == "deleted" }

// attribute returns the field by whose values ix finds documents.
func (ix index) attribute() string {
	if ix.listed() {
		return ix.fields[2]
	}
	return ix.fields[1]
}

// indexes returns all indexes except onID. README.md lists the question that each answers.
func indexes() []index {
	return []index{
		{collection: usersName, name: onName, fields: []string{"org", "nameKey"}, unique: "userName"},
		{collection: usersName, name: onList, fields: []string{"org", "deleted", "_id"}},
		{collection: usersName, name: onUserName, fields: inList("key.username.f")},
		{collection: usersName, name: onDisplay, fields: inList("key.displayname.f")},
		{collection: usersName, name: onFamilyName, fields: inList("key.name.familyname.f")},
		{collection: usersName, name: onGivenName, fields: inList("key.name.givenname.f")},
		{collection: usersName, name: onModified, fields: inList("key.meta.lastmodified.t")},
		{collection: usersName, name: onState, fields: inList(stateField())},
		{collection: usersName, name: onExternalID, fields: []string{"org", "key.externalid.x", "_id"}},
		{collection: usersName, name: onEmail, fields: []string{"org", "key.emails.value.f"}},
		{collection: usersName, name: onDrift, fields: []string{"org", "drift", "_id"}, only: bson.D{exists("drift", true)}},
		{collection: usersName, name: onUnfinished, fields: []string{"unfinished"}, sparse: true},
		{collection: usersName, name: onUntold, fields: []string{"untold"}, sparse: true},
		{collection: usersName, name: onAwaited, fields: []string{"awaited"}, sparse: true},

		{collection: groupsName, name: onName, fields: []string{"org", "nameKey"}, unique: "displayName"},
		{collection: groupsName, name: onList, fields: []string{"org", "deleted", "_id"}},
		{collection: groupsName, name: onDisplay, fields: inList("key.displayname.f")},
		{collection: groupsName, name: onModified, fields: inList("key.meta.lastmodified.t")},
		{collection: groupsName, name: onExternalID, fields: []string{"org", "key.externalid.x", "_id"}},
		{collection: groupsName, name: onDrift, fields: []string{"org", "drift", "_id"}, only: bson.D{exists("drift", true)}},
		{collection: groupsName, name: onUnfinished, fields: []string{"unfinished"}, sparse: true},
		{collection: groupsName, name: onUntold, fields: []string{"untold"}, sparse: true},

		{collection: membershipsName, name: onGroup, fields: []string{"org", "group", "in", "user"}},
		{collection: membershipsName, name: onUser, fields: []string{"org", "user", "in", "group"}},
		{collection: membershipsName, name: onLeft, fields: []string{"left"}, expire: 24 * time.Hour},

		{collection: activityName, name: onList, fields: []string{"org", "_id"}},
		{collection: activityName, name: onResource, fields: []string{"org", "resource", "_id", "effect"}},
		{collection: activityName, name: onRequest, fields: []string{"org", "request", "_id"}},
		{collection: activityName, name: onTrace, fields: []string{"org", "trace", "_id"}},
		{collection: activityName, name: onEffect, fields: []string{"org", "effect", "_id"}},
		{collection: activityName, name: onGroupTurns, fields: []string{"org", "effect", "_id"}, only: bson.D{ofType(groupType)}},
		{collection: activityName, name: onKind, fields: []string{"org", "kind", "effect", "_id"}},
		{collection: activityName, name: onMoved, fields: []string{"org", "moved.u", "_id"}},
		{collection: activityName, name: onAt, fields: []string{"at"}, expire: activity.Retention},

		{collection: movedName, name: onMoved, fields: []string{"org", "moved.u", "_id"}},
		{collection: movedName, name: onAt, fields: []string{"at"}, expire: activity.Retention},

		{collection: recordsName, name: onResource, fields: []string{"org", "resource", "ver"}},
		{collection: recordsName, name: onChange, fields: []string{"org", "at", "_id"}},
		{collection: recordsName, name: onAt, fields: []string{"at"}, expire: history.RecordRetention},

		{collection: waitingName, name: onGroup, fields: []string{"org", "group", "waits", "key"}},
		{collection: waitingName, name: onValue, fields: []string{"org", "waits", "key", "group"}},
		{collection: waitingName, name: onUntil, fields: []string{"until"}, expire: ended},

		{collection: eventsName, name: onSeq, fields: []string{"org", "seq"}, unique: "seq"},
		{collection: eventsName, name: onStored, fields: []string{"stored"}, expire: history.Retention},

		{collection: undosName, name: onList, fields: []string{"org", "_id"}},
		{collection: undosName, name: onSlot, fields: []string{"org", "slot"}, unique: "claim"},
		{collection: undosName, name: onKey, fields: []string{"org", "key", "_id"}},
		{collection: undosName, name: onClaim, fields: []string{"org", "claims"}, unique: "claim", only: bson.D{exists("claims", true)}},
		{collection: undosName, name: onOpen, fields: []string{"open"}, sparse: true},
		{collection: undosName, name: onAt, fields: []string{"at"}, expire: undo.Retention},

		{collection: undoItemsName, name: onItem, fields: []string{"org", "undo", "n"}},
		{collection: undoItemsName, name: onResource, fields: []string{"org", "resource"}},
		{collection: undoItemsName, name: onAt, fields: []string{"at"}, expire: undo.Retention},

		{collection: holdsName, name: onUnfinished, fields: []string{"unfinished"}, sparse: true},

		{collection: heldName, name: onHold, fields: []string{"org", "hold", "_id", "state"}},
		{collection: heldName, name: onDecided, fields: []string{"decided"}, expire: guard.HeldFor},
	}
}

// uniqueIn returns the attribute that is unique in the collection.
func uniqueIn(collection string) string {
	for _, ix := range indexes() {
		if ix.collection == collection && ix.unique != "" {
			return ix.unique
		}
	}
	return ""
}

// buildTime bounds how long Prepare waits for the indexes of a collection that is already large.
const buildTime = 10 * time.Minute

// Prepare makes the indexes that are not there yet. One that is there under the same name but
// differs is an error: none is ever dropped or changed, since another version of this program may
// be using it. Any number of processes may do this at once.
func (s *Store) Prepare(ctx context.Context) error {
	return prepare(ctx, s.users, s.groups, s.memberships, s.records, s.events, s.waiting, s.holds, s.held)
}

// prepare is Prepare for these collections.
func prepare(ctx context.Context, collections ...collection) error {
	ctx, cancel := context.WithTimeout(ctx, buildTime)
	defer cancel()
	for _, c := range collections {
		present, err := c.definitions(ctx)
		if err != nil {
			return err
		}
		for _, ix := range indexes() {
			if ix.collection != c.c.Name() {
				continue
			}
			if err := c.prepare(ctx, ix, present[ix.name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare makes ix unless an index of its name is there, whose definition is present.
func (c collection) prepare(ctx context.Context, ix index, present string) error {
	wanted := definition(append(ix.options(), is("key", ix.keys())))
	switch present {
	case wanted:
		return nil
	case "":
		_, err := c.c.Indexes().CreateOne(ctx, ix.model())
		return fault("create index "+ix.name+" of", c.c.Name(), err)
	default:
		return fmt.Errorf("the index %s of %s is there with another definition (%s) than this version needs (%s): "+
			"drop it at a quiet time and start again", ix.name, c.c.Name(), present, wanted)
	}
}

func (ix index) keys() bson.D {
	keys := make(bson.D, len(ix.fields))
	for i, field := range ix.fields {
		keys[i] = is(field, 1)
	}
	return keys
}

// options returns what of ix is not the default.
func (ix index) options() bson.D {
	var o bson.D
	if ix.unique != "" {
		o = append(o, is("unique", true))
	}
	if ix.sparse {
		o = append(o, is("sparse", true))
	}
	if ix.only != nil {
		o = append(o, is("partialFilterExpression", ix.only))
	}
	if ix.expire > 0 {
		o = append(o, is("expireAfterSeconds", int(ix.expire.Seconds())))
	}
	return o
}

func (ix index) model() mongo.IndexModel {
	o := options.Index().SetName(ix.name).SetUnique(ix.unique != "").SetSparse(ix.sparse)
	if ix.only != nil {
		o.SetPartialFilterExpression(ix.only)
	}
	if ix.expire > 0 {
		o.SetExpireAfterSeconds(int32(ix.expire.Seconds()))
	}
	return mongo.IndexModel{Keys: ix.keys(), Options: o}
}

// definitions returns the definition of each index of the collection, by its name.
func (c collection) definitions(ctx context.Context) (map[string]string, error) {
	var present []bson.D
	cursor, err := c.c.Indexes().List(ctx)
	if err == nil {
		err = cursor.All(ctx, &present)
	}
	if err != nil {
		return nil, fault("list indexes of", c.c.Name(), err)
	}
	byName := make(map[string]string, len(present))
	for _, ix := range present {
		var name string
		var properties bson.D
		for _, p := range ix {
			switch p.Key {
			case "name":
				name, _ = p.Value.(string)
			case "v", "ns", "background": // how it is stored, not what it does
			default:
				properties = append(properties, p)
			}
		}
		byName[name] = definition(properties)
	}
	return byName, nil
}

// definition returns the properties of an index as one text. What is the default is left out, said
// or not; 1 and 1.0 are one.
func definition(properties bson.D) string {
	var texts []string
	for _, p := range properties {
		text := fmt.Sprint(p.Value)
		if keys, ok := p.Value.(bson.D); ok {
			text = fmt.Sprint([]bson.E(keys))
		}
		if text != "false" && text != "[{locale simple}]" {
			texts = append(texts, p.Key+" "+text)
		}
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}
