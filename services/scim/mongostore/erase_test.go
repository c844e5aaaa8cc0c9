package mongostore

import (
	"context"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/erasure/erasuretest"
)

func storesIn(t *testing.T, db *mongo.Database) erasuretest.Stores {
	t.Helper()
	s, a := New(db), NewActivity(db)
	for _, prepare := range []func(context.Context) error{s.Prepare, a.Prepare} {
		if err := prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return erasuretest.Stores{Directory: s, Activity: a, Tenants: NewTenants(db)}
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
	if err != nil {
		t.Fatal(err)
	}
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
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Directory.User(t.Context(), "org-a", back.ID); err != nil {
		t.Errorf("the user who came back: %v", err)
	}
}

// TestAStepIsBounded: neighbours wait for one step of an erasure at most.
func TestAStepIsBounded(t *testing.T) {
	t.Parallel()
	s := storesIn(t, mongotest.Database(t))
	for range erasedAtOnce + 1 {
		if err := s.Directory.CreateUser(t.Context(), "org-a", directorytest.NewUser(string(directorytest.NewUser("").ID)+"@example.com")); err != nil {
			t.Fatal(err)
		}
	}
	var steps []int
	for {
		n, err := s.Tenants.EraseSome(t.Context(), directory.Tenant("org-a"), erasuretest.Yes)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		steps = append(steps, n)
	}
	if want := []int{erasedAtOnce, 2}; !slices.Equal(steps, want) { // the users, and how many there are
		t.Errorf("the steps removed %v, want %v", steps, want)
	}
}
