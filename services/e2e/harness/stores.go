package harness

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/auditstore"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/local/devstack"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/generation"
	"github.com/devrev/scim/services/scim/mongostore"
	"github.com/devrev/scim/services/scim/scimserver"
	"github.com/devrev/scim/services/token/orgstore"
	"github.com/devrev/scim/services/token/tokenserver"
)

// Wirings are the two ways of storing what the services keep, by name. Each returns the stores of
// both services, new and ready, which end with the test.
var Wirings = map[string]func(testing.TB) (tokenserver.Deps, scimserver.Deps){"embedded": inOneFile, "production": inRedisAndMongoDB}

func inOneFile(tb testing.TB) (tokenserver.Deps, scimserver.Deps) {
	tb.Helper()
	file, err := embedded.Open(filepath.Join(tb.TempDir(), "scim.db"))
	assert.NilError(tb, err)
	tb.Cleanup(func() {
		if err := file.Close(); err != nil {
			tb.Error(err)
		}
	})
	return tokenserver.Deps{Tokens: file.Tokens(), Organisations: file.Organisations()}, scimserver.Deps{
		Directory: file.Directory(), History: file.Directory(), Holds: file.Directory(), Activity: file.Activity(), Undos: file.Undos(), Audit: file.Organisations(),
		Departures: file.Departures(), Tenants: file.Tenants(), Tokens: file.Tokens(),
	}
}

func inRedisAndMongoDB(tb testing.TB) (tokenserver.Deps, scimserver.Deps) {
	tb.Helper()
	client, db := Redis(tb, redistest.Start(tb).URL()), mongotest.Database(tb)
	organisations, directory, activity, undos := orgstore.New(db), mongostore.New(db), mongostore.NewActivity(db), mongostore.NewUndos(db)
	for _, prepare := range []func(context.Context) error{organisations.Prepare, directory.Prepare, activity.Prepare, undos.Prepare} {
		assert.NilError(tb, prepare(tb.Context()))
	}
	return tokenserver.Deps{Tokens: redisstore.NewAnnouncing(client, 0), Organisations: organisations}, scimserver.Deps{
		Directory: directory, History: directory, Holds: directory, Activity: activity, Undos: undos, Audit: auditstore.New(db),
		Departures: generation.NewDepartures(db), Tenants: mongostore.NewTenants(db), Tokens: redisstore.New(client),
	}
}

// Redis returns a client of the Redis at url, which ends with the test and has the time that a busy
// machine needs.
func Redis(tb testing.TB, url string) redis.UniversalClient {
	tb.Helper()
	client, err := redisstore.Connect(devstack.Patient(url, patience), nil)
	assert.NilError(tb, err)
	tb.Cleanup(func() { _ = client.Close() })
	return client
}

// MongoDB returns a database of the server at uri. Its client ends with the test.
func MongoDB(tb testing.TB, uri, name string) *mongo.Database {
	tb.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	assert.NilError(tb, err)
	tb.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(tb.Context())) })
	return client.Database(name)
}
