package e2e

import (
	"net/http"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/e2e/harness"
)

// TestAfterARestoreOfMongoDB does what docs/restore.md says: MongoDB goes back to before an
// organisation was announced, and to before SCIM was switched off for another one; Redis stays as
// it is.
func TestAfterARestoreOfMongoDB(t *testing.T) {
	c := startCluster(t, 0)
	old := c.enable()
	older := c.org
	backup := c.dump()

	c.org = "/organisations/" + harness.Unique("late")
	late := c.enable()
	c.try("POST", older+"/scim/disable", "", http.StatusOK)
	if a := c.push(0, late.Token); a.Status != http.StatusOK {
		t.Fatalf("a live token is answered with %d: %s", a.Status, a.Body)
	}
	backup.restore()

	harness.Eventually(t, 20*time.Second, "the organisation that MongoDB does not know lets nobody in", func() bool {
		return c.push(0, late.Token).Status == http.StatusServiceUnavailable && c.push(1, late.Token).Status == http.StatusServiceUnavailable
	})
	if a := c.push(0, late.Token); a.Header.Get("Retry-After") == "" {
		t.Errorf("the refusal has no Retry-After: %d %s", a.Status, a.Body)
	}
	if a := c.push(0, old.Token); a.Status != http.StatusUnauthorized {
		t.Errorf("a token of the organisation that was switched off is answered with %d", a.Status)
	}

	c.try("PUT", older, `{"sso":{"enabled":true}}`, http.StatusOK)
	var status struct {
		Enabled bool `json:"enabled"`
	}
	if c.try("GET", older+"/scim", "", http.StatusOK).Into(t, &status); status.Enabled {
		t.Error("after it was announced again the organisation says that SCIM is on, and it is off")
	}
	c.try("PUT", c.org, `{"sso":{"enabled":true}}`, http.StatusCreated)
	harness.Eventually(t, 20*time.Second, "its token works again", func() bool {
		return c.push(0, late.Token).Status == http.StatusOK && c.push(1, late.Token).Status == http.StatusOK
	})
	var list struct {
		Tokens []issued `json:"tokens"`
	}
	if c.try("GET", c.org+"/scim/tokens", "", http.StatusOK).Into(t, &list); len(list.Tokens) != 1 || list.Tokens[0].ID != late.ID {
		t.Errorf("the list has %+v, want the token that works", list.Tokens)
	}
	c.try("DELETE", c.org+"/scim/tokens/"+late.ID, "", http.StatusNoContent)
	c.refused(20*time.Second, late)
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
	client, err := mongo.Connect(options.Client().ApplyURI(c.stack.MongoURI()))
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = client.Disconnect(c.Context()) })
	b := backup{c, client.Database(c.stack.Database()), map[string][]any{}}
	names, err := b.db.ListCollectionNames(c.Context(), bson.D{})
	if err != nil {
		c.Fatal(err)
	}
	for _, name := range names {
		var documents []bson.Raw
		cursor, err := b.db.Collection(name).Find(c.Context(), bson.D{})
		if err == nil {
			err = cursor.All(c.Context(), &documents)
		}
		if err != nil {
			c.Fatal(err)
		}
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
		if err != nil {
			b.c.Fatal(err)
		}
	}
}
