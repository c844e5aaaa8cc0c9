package harness

import (
	"crypto/rand"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/environment"
)

// OneEnvironment declares that a Redis and a new database belong together: a Redis of the
// developer's has the marker of the first run that used it.
func OneEnvironment(tb testing.TB, redisURL, mongoURI, database string) {
	tb.Helper()
	marker, err := redisstore.New(Redis(tb, redisURL)).MarkEnvironment(tb.Context(), rand.Text(), false)
	if err == nil {
		_, err = environment.InMongoDB(MongoDB(tb, mongoURI, database)).MarkEnvironment(tb.Context(), marker, true)
	}
	assert.NilError(tb, err)
}
