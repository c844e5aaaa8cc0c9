package mongostore

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongoengine"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/erasure/erasuretest"
)

func storesIn(t *testing.T, db *mongo.Database) erasuretest.Stores {
	t.Helper()
	s, a, u := New(db), NewActivity(db), NewUndos(db)
	for _, prepare := range []func(context.Context) error{s.Prepare, a.Prepare, u.Prepare} {
		assert.NilError(t, prepare(t.Context()))
	}
	return erasuretest.Stores{Directory: s, Holds: s, Activity: a, Undos: u, Tenants: NewTenants(db)}
}

func TestTenantsKeepTheContract(t *testing.T) {
	t.Parallel()
	erasuretest.RunStore(t, storesIn(t, mongotest.Database(t, watched(t))))
}

// TestEveryCollectionIsErased: whatever this package writes is in a collection that is erased, and
// names its tenant, so that nothing is left of one.
func TestEveryCollectionIsErased(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	s := storesIn(t, db)
	erasuretest.Fill(t, s, "org-a", 3)
	written, err := db.ListCollectionNames(t.Context(), bson.D{})
	assert.NilError(t, err)
	for _, name := range written {
		if !slices.Contains(owned(), name) {
			t.Errorf("the collection %s is not in owned: its documents would stay for ever", name)
		}
		if n, err := db.Collection(name).CountDocuments(t.Context(), bson.D{{Key: "org", Value: "org-a"}}); n == 0 || err != nil {
			t.Errorf("the test has %d documents in %s that name their tenant, %v", n, name, err)
		}
	}
	for _, ix := range indexes() {
		if !slices.Contains(owned(), ix.collection) {
			t.Errorf("the collection %s, which has an index, is not in owned", ix.collection)
		}
	}
	erasuretest.Erase(t, s, "org-a")
	for _, name := range written {
		if n, err := db.Collection(name).CountDocuments(t.Context(), bson.D{}); n != 0 || err != nil {
			t.Errorf("after the erasure %s has %d documents, %v", name, n, err)
		}
	}
}

// TestWhatCameBackStays: a process that was suspended between its question and its step removes
// nothing of a tenant that was erased by others and has come back under its id.
func TestWhatCameBackStays(t *testing.T) {
	t.Parallel()
	s := storesIn(t, mongotest.Database(t))
	erasuretest.Fill(t, s, "org-a", 3)
	back := directorytest.NewUser("user0@example.com")
	_, err := s.Tenants.EraseSome(t.Context(), "org-a", func(ctx context.Context) (bool, error) {
		erasuretest.Erase(t, s, "org-a")
		return true, s.Directory.CreateUser(ctx, "org-a", back)
	})
	assert.NilError(t, err)
	if _, err := s.Directory.User(t.Context(), "org-a", back.ID); err != nil {
		t.Errorf("the user who came back: %v", err)
	}
}

// TestAStepIsBounded: neighbours wait for one step of an erasure at most.
func TestAStepIsBounded(t *testing.T) {
	t.Parallel()
	s := storesIn(t, mongotest.Database(t))
	for range erasedAtOnce + 1 {
		assert.NilError(t, s.Directory.CreateUser(t.Context(), "org-a", directorytest.NewUser(string(directorytest.NewUser("").ID)+"@example.com")))
	}
	var steps []int
	for {
		n, err := s.Tenants.EraseSome(t.Context(), directory.Tenant("org-a"), erasuretest.Yes)
		assert.NilError(t, err)
		if n == 0 {
			break
		}
		steps = append(steps, n)
	}
	if want := []int{erasedAtOnce, 2}; !slices.Equal(steps, want) { // the users, and how many there are
		t.Errorf("the steps removed %v, want %v", steps, want)
	}
}

// TestAFreshCopyOfMongoDBHoldsNothingErased: a member that is resynced into an empty directory gets
// what documents and indexes hold, and no freed block. Of the directory from before, whose blocks
// keep their bytes until they are used again, docs/retention.md says what to do; the engine of the
// tests has no compact.
func TestAFreshCopyOfMongoDBHoldsNothingErased(t *testing.T) {
	t.Parallel()
	texts := []string{"Title of user", "leaver@example.com"}
	before, fresh := t.TempDir(), t.TempDir()
	db, stop := startIn(t, before)
	erasuretest.Fill(t, storesIn(t, db), "org-a", 100)
	erasuretest.Fill(t, storesIn(t, db), "org-b", 1)
	stop()
	if filesWith(t, before, texts[0]) == 0 {
		t.Fatal("no file holds what was written: the test proves nothing")
	}
	db, stop = startIn(t, before)
	erasuretest.Erase(t, storesIn(t, db), "org-a")
	erasuretest.Erase(t, storesIn(t, db), "org-b")
	to, stopCopy := startIn(t, fresh)
	storesIn(t, to)
	for _, name := range owned() {
		var documents []bson.Raw
		cursor, err := db.Collection(name).Find(t.Context(), bson.D{})
		if err == nil {
			err = cursor.All(t.Context(), &documents)
		}
		if err == nil && len(documents) > 0 {
			_, err = to.Collection(name).InsertMany(t.Context(), documents)
		}
		assert.NilError(t, err)
	}
	stop()
	stopCopy()
	for _, text := range texts {
		t.Logf("%d files of the directory from before hold %q", filesWith(t, before, text), text)
		if n := filesWith(t, fresh, text); n != 0 {
			t.Errorf("%d files of the fresh copy hold %q", n, text)
		}
	}
}

// startIn starts an engine of its own on the folder, and returns its database and what ends it.
func startIn(t *testing.T, folder string) (db *mongo.Database, stop func()) {
	t.Helper()
	uri, end, err := mongoengine.Start(t.Context(), folder)
	if errors.Is(err, mongoengine.ErrNotSetUp) && os.Getenv("REQUIRE_BACKENDS") != "1" {
		t.Skip(err)
	}
	assert.NilError(t, err)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	assert.NilError(t, err)
	stop = sync.OnceFunc(func() {
		if err := errors.Join(client.Disconnect(context.WithoutCancel(t.Context())), end()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return client.Database("scim"), stop
}

// filesWith returns how many files below the folder hold the text.
func filesWith(t *testing.T, folder, text string) (n int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte(text)) {
			n++
		}
		return err
	})
	assert.NilError(t, err)
	return n
}
