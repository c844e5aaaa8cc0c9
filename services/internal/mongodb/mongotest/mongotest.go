// Package mongotest gives a test a MongoDB database of its own.
//
// The server is the one TEST_MONGODB_URI names; where that is not set, one that mongoengine starts,
// shared by all tests of a test binary and ended with it. Where none is to be had a test is
// skipped, unless REQUIRE_BACKENDS=1 makes that a failure, as `make test` does.
package mongotest

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/mongodb/mongoengine"
)

const cleanupTimeout = time.Minute

type server struct {
	uri  string
	stop func() error // never called: the engine ends with the test binary, and until then this keeps it alive
}

// A start costs 0.3 s, too much for each test; so this is the one place where tests share state.
var shared = sync.OnceValues(func() (server, error) {
	if uri := os.Getenv("TEST_MONGODB_URI"); uri != "" {
		return server{uri: uri}, nil
	}
	uri, stop, err := mongoengine.Start(context.Background(), "")
	return server{uri: uri, stop: stop}, err
})

// URI returns the connection string of the server that the tests of this binary share.
func URI(tb testing.TB) string {
	tb.Helper()
	s, err := shared()
	switch {
	case err == nil:
	case errors.Is(err, mongoengine.ErrNotSetUp) && os.Getenv("REQUIRE_BACKENDS") != "1":
		tb.Skip(err)
	default:
		tb.Fatal(err)
	}
	return s.uri
}

// Database returns a database that no other test uses, dropped at the end of this one. Its client
// is configured by opts on top of URI.
func Database(tb testing.TB, opts ...*options.ClientOptions) *mongo.Database {
	tb.Helper()
	client, err := mongo.Connect(append([]*options.ClientOptions{options.Client().ApplyURI(URI(tb))}, opts...)...)
	if err != nil {
		tb.Fatalf("connect to the test's MongoDB: %v", err)
	}
	database := client.Database("test_" + strings.ToLower(rand.Text()))
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), cleanupTimeout)
		defer cancel()
		if err := errors.Join(database.Drop(ctx), client.Disconnect(ctx)); err != nil {
			tb.Errorf("drop the test's database: %v", err)
		}
	})
	return database
}
