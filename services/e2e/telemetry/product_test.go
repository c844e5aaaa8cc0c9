package telemetry

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/mongodb/mongoengine"
	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/local/devstack"
)

// product is tokend and scimd as processes of their own, on stores of their own, which can be taken
// away from them.
type product struct {
	harness.Stack
	redis    *redistest.Link
	mongoURI string
	pepper   string
	endMongo func()
}

// rate is what an organisation may do in a second: the limiter is asked about each request, and no
// one is limited.
const rate = 100_000

// start starts the product with these variables beside those of the tests. It ends with the test,
// if it has not ended before.
func start(tb testing.TB, environment map[string]string) *product {
	tb.Helper()
	for name, value := range environment {
		tb.Setenv(name, value)
	}
	data := tb.TempDir()
	p := &product{redis: redistest.NewLink(tb, redistest.Start(tb).Addr())}
	uri, end, err := mongoengine.Start(context.WithoutCancel(tb.Context()), "")
	if errors.Is(err, mongoengine.ErrNotSetUp) && os.Getenv("REQUIRE_BACKENDS") != "1" {
		tb.Skip(err)
	}
	assert.NilError(tb, err)
	p.mongoURI = uri
	p.endMongo = sync.OnceFunc(func() {
		if err := end(); err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(p.endMongo)
	p.Stack = harness.StartStack(tb, devstack.Config{
		Options:  local.Options{Data: data, Orgs: []string{"first"}, UserNameFormat: "any", Rate: rate},
		RedisURL: p.redis.URL(), MongoURI: uri,
	})
	if p.pepper, err = local.Secret(data, "pepper"); err != nil {
		tb.Fatal(err)
	}
	return p
}

// insert adds documents to a collection of MongoDB.
func (p *product) insert(tb testing.TB, collection string, documents []any) {
	tb.Helper()
	if _, err := harness.MongoDB(tb, p.mongoURI, p.Database()).Collection(collection).InsertMany(tb.Context(), documents); err != nil {
		tb.Fatal(err)
	}
}

// beside starts another scimd on the same stores, with these variables, and waits until it serves.
func (p *product) beside(tb testing.TB, environment map[string]string) *harness.Program {
	tb.Helper()
	all := map[string]string{
		"REDIS_URL": p.redis.URL(), "MONGODB_URI": p.mongoURI, "MONGODB_DATABASE": p.Database(), "TOKEN_PEPPERS": "local:" + p.pepper,
		"SCIMD_RATE": strconv.Itoa(rate),
	}
	maps.Copy(all, environment)
	scimd := harness.Launch(tb, "scimd", all)
	caller := newCaller(tb, protocol(scimd), p.Ready.Orgs[0].Token)
	harness.Eventually(tb, "scimd serves", func() bool {
		return caller.send("GET", "/ServiceProviderConfig", nil).status == http.StatusOK
	})
	return scimd
}

// protocol returns the SCIM base URL of a scimd.
func protocol(scimd *harness.Program) string { return "http://" + scimd.Addr() + "/scim/v2" }
