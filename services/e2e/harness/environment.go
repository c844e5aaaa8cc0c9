package harness

import (
	"crypto/rand"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/environment"
)

// OneEnvironment declares that a Redis and a new database belong together: a Redis of the
// developer's has the marker of the first run that used it.
func OneEnvironment(tb testing.TB, redisURL, mongoURI, database string) {
	tb.Helper()
	tokens, err := redisstore.Connect(redisURL, nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = tokens.Close() }()
	client, err := mongo.Connect(options.Client().ApplyURI(mongoURI))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = client.Disconnect(tb.Context()) }()
	marker, err := redisstore.New(tokens).MarkEnvironment(tb.Context(), rand.Text(), false)
	if err == nil {
		_, err = environment.InMongoDB(client.Database(database)).MarkEnvironment(tb.Context(), marker, true)
	}
	if err != nil {
		tb.Fatal(err)
	}
}
