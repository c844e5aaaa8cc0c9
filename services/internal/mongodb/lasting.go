package mongodb

import (
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// Lasting returns db with what its connection string may say otherwise: a write is acknowledged by
// the majority and journaled, and reads see what the majority has, from the primary. What is
// acknowledged outlives a failover, and clients read straight after they wrote.
func Lasting(db *mongo.Database) *mongo.Database {
	acknowledged := writeconcern.Majority()
	acknowledged.Journal = new(true)
	return db.Client().Database(db.Name(), options.Database().
		SetWriteConcern(acknowledged).SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary()))
}
