package e2e

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/environment"
)

// TestAfterARestoreOfMongoDB does what docs/restore.md says: MongoDB goes back to before an
// organisation was announced, and to before SCIM was switched off for another one; Redis stays as
// it is.
func TestAfterARestoreOfMongoDB(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	old := c.enable()
	older := c.org
	backup := c.dump()

	c.org = "/organisations/" + harness.Unique("late")
	late := c.enable()
	c.try("POST", older+"/scim/disable", "", http.StatusOK)
	c.want(http.StatusOK, 0, late.Token)
	backup.restore()

	harness.Eventually(t, "the organisation that MongoDB does not know lets nobody in", func() bool {
		return c.push(0, late.Token).Status == http.StatusServiceUnavailable && c.push(1, late.Token).Status == http.StatusServiceUnavailable
	})
	if a := c.push(0, late.Token); a.Header.Get("Retry-After") == "" {
		t.Errorf("the refusal has no Retry-After: %d %s", a.Status, a.Body)
	}
	c.want(http.StatusUnauthorized, 0, old.Token) // of the organisation that was switched off

	unknown, later := "unknown: "+strings.TrimPrefix(c.org, "/organisations/"), "later: "+strings.TrimPrefix(older, "/organisations/")
	if lines := c.checkStores(9); len(lines) != 2 || !strings.HasPrefix(lines[0], later) || !strings.HasPrefix(lines[1], unknown) {
		t.Errorf("scimctl check-stores says %q, want %s and %s", lines, later, unknown)
	}
	c.checkStores(9, "--mend") // what is unknown has to be announced
	if lines := c.checkStores(9); len(lines) != 1 || !strings.HasPrefix(lines[0], unknown) {
		t.Errorf("then scimctl check-stores says %q, want %s", lines, unknown)
	}
	var status struct {
		Enabled bool `json:"enabled"`
	}
	if c.try("GET", older+"/scim", "", http.StatusOK).Into(t, &status); status.Enabled {
		t.Error("after it was mended the organisation says that SCIM is on, and it is off")
	}
	c.try("PUT", c.org, `{"sso":{"enabled":true}}`, http.StatusCreated)
	harness.Eventually(t, "its token works again", func() bool {
		return c.push(0, late.Token).Status == http.StatusOK && c.push(1, late.Token).Status == http.StatusOK
	})
	var list struct {
		Tokens []issued `json:"tokens"`
	}
	if c.try("GET", c.org+"/scim/tokens", "", http.StatusOK).Into(t, &list); len(list.Tokens) != 1 || list.Tokens[0].ID != late.ID {
		t.Errorf("the list has %+v, want the token that works", list.Tokens)
	}
	if lines := c.checkStores(0); len(lines) != 1 || lines[0] != "Redis and MongoDB agree." {
		t.Errorf("at the end scimctl check-stores says %q", lines)
	}
	c.try("DELETE", c.org+"/scim/tokens/"+late.ID, "", http.StatusNoContent)
	c.refused(late)
}

// checkStores runs scimctl check-stores on the stores of the cluster and returns the lines of its
// answer. It has to end with this exit code.
func (c *cluster) checkStores(exit int, flags ...string) []string {
	c.Helper()
	lines, ended := c.storesSay(flags...)
	if ended != exit {
		c.Fatalf("scimctl check-stores %v ended with %d, want %d: %q", flags, ended, exit, lines)
	}
	return lines
}

// storesSay is checkStores for any exit code, which it returns.
func (c *cluster) storesSay(flags ...string) (lines []string, exit int) {
	c.Helper()
	command := exec.CommandContext(c.Context(), filepath.Join(harness.Programs(c, "scimctl"), "scimctl"), append([]string{"check-stores"}, flags...)...)
	command.Env = append(os.Environ(), "REDIS_URL="+c.front.URL(), "MONGODB_URI="+c.stack.MongoURI(), "MONGODB_DATABASE="+c.stack.Database())
	var stderr strings.Builder
	command.Stderr = &stderr
	answer, err := command.Output()
	failed, ok := errors.AsType[*exec.ExitError](err)
	if err != nil && !ok {
		c.Fatal(err)
	}
	if ok {
		exit = failed.ExitCode()
		c.Logf("scimctl check-stores ended with %d: %s", exit, stderr.String())
	}
	return strings.Split(strings.TrimSpace(string(answer)), "\n"), exit
}

// backup is what a dump of the database holds.
type backup struct {
	c           *cluster
	db          *mongo.Database
	collections map[string][]any
}

// dump reads the whole database, as mongodump does.
func (c *cluster) dump() backup {
	c.Helper()
	b := backup{c, harness.MongoDB(c, c.stack.MongoURI(), c.stack.Database()), map[string][]any{}}
	names, err := b.db.ListCollectionNames(c.Context(), bson.D{})
	assert.NilError(c, err)
	for _, name := range names {
		var documents []bson.Raw
		cursor, err := b.db.Collection(name).Find(c.Context(), bson.D{})
		if err == nil {
			err = cursor.All(c.Context(), &documents)
		}
		assert.NilError(c, err)
		b.collections[name] = nil
		for _, d := range documents {
			b.collections[name] = append(b.collections[name], d)
		}
	}
	return b
}

// restore replaces what is there by the dump. The indexes stay.
func (b backup) restore() {
	b.c.Helper()
	for name, documents := range b.collections {
		_, err := b.db.Collection(name).DeleteMany(b.c.Context(), bson.D{})
		if err == nil && len(documents) > 0 {
			_, err = b.db.Collection(name).InsertMany(b.c.Context(), documents)
		}
		assert.NilError(b.c, err)
	}
}

// TestStoresOfTwoEnvironmentsServeNobody: where the markers of the two stores differ, every request
// is answered with 503 and Retry-After, of scimd and of tokend, and nothing is written to Redis. A
// store that lost its marker, but shares an organisation with the other, gets it back.
func TestStoresOfTwoEnvironmentsServeNobody(t *testing.T) {
	t.Parallel() // on services of its own
	c := startCluster(t, 0)
	first := c.enable()
	client := harness.Redis(t, c.primary.URL())
	tokens := redisstore.New(client)
	own, err := tokens.Environment(t.Context())
	if err != nil || own == "" {
		t.Fatalf("the marker in Redis is %q, %v", own, err)
	}
	answers := func(scim, api int) func() bool {
		return func() bool {
			return c.push(0, first.Token).Status == scim && c.push(1, first.Token).Status == scim &&
				c.api().Try(t, "GET", c.org+"/scim", nil).Status == api
		}
	}
	mark := func(marker string) {
		if _, err := tokens.MarkEnvironment(t.Context(), marker, true); err != nil {
			t.Fatal(err)
		}
	}
	harness.Eventually(t, "all is well", answers(http.StatusOK, http.StatusOK))

	mark("another-environment")
	harness.Eventually(t, "no one is served by stores of two environments", answers(http.StatusServiceUnavailable, http.StatusServiceUnavailable))
	if a := c.push(0, first.Token); a.Header.Get("Retry-After") == "" {
		t.Errorf("the refusal has no Retry-After: %d %s", a.Status, a.Body)
	}
	beats := func() int64 { return client.XLen(t.Context(), "scim:rev").Val() }
	before := beats()
	time.Sleep(2500 * time.Millisecond) // two heartbeats would come
	if after := beats(); after > before+1 {
		t.Errorf("tokend wrote %d events to the Redis of another environment", after-before)
	}
	if log := c.stack.Log.Text(t); !strings.Contains(log, "Redis is of environment another-") {
		t.Error("no log line says why")
	}

	mark(own)
	harness.Eventually(t, "it is as it was", answers(http.StatusOK, http.StatusOK))

	lost := c.dump()
	assert.NilError(t, lost.db.Collection("environment").Drop(t.Context()))
	marker := environment.InMongoDB(lost.db)
	harness.Eventually(t, "MongoDB has its marker again", func() bool {
		m, err := marker.Environment(t.Context())
		return err == nil && m == own
	})
	harness.Eventually(t, "it goes on", answers(http.StatusOK, http.StatusOK))
}
