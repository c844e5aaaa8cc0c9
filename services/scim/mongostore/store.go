package mongostore

import (
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/devrev/scim/services/scim/directory"
)

// The collections.
const (
	usersName       = "users"
	groupsName      = "groups"
	membershipsName = "memberships"
	activityName    = "activity"
	movedName       = "activityMoved"
	coercionsName   = "coercions"
)

// Store implements directory.Store.
type Store struct {
	users, groups, memberships collection
}

var _ directory.Store = (*Store)(nil)

// New returns the store in db. Prepare must have succeeded once before the store is used.
func New(db *mongo.Database) *Store {
	db = lasting(db)
	return &Store{
		users:       collection{db.Collection(usersName)},
		groups:      collection{db.Collection(groupsName)},
		memberships: collection{db.Collection(membershipsName)},
	}
}

// lasting returns db with what its connection string may say otherwise: a write is acknowledged by
// the majority and journaled, and reads see what the majority has, from the primary. What is
// acknowledged outlives a failover, and identity providers read straight after they wrote.
func lasting(db *mongo.Database) *mongo.Database {
	acknowledged := writeconcern.Majority()
	acknowledged.Journal = new(true)
	return db.Client().Database(db.Name(), options.Database().
		SetWriteConcern(acknowledged).SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary()))
}
