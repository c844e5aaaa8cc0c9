package mongostore

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

func TestPrepareMayRunAgainAndConcurrently(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	errs := make([]error, 4)
	var processes sync.WaitGroup
	for i := range errs {
		processes.Go(func() { errs[i] = New(db).Prepare(t.Context()) })
	}
	processes.Wait()
	if err := errors.Join(append(errs, New(db).Prepare(t.Context()))...); err != nil {
		t.Error(err)
	}
}

func TestPrepareRefusesAnotherDefinitionAndLeavesIt(t *testing.T) {
	t.Parallel()
	nameKey := bson.D{is("org", 1), is("nameKey", 1)}
	for _, row := range []struct {
		rule string
		ix   mongo.IndexModel
		says string
	}{
		{"not unique", mongo.IndexModel{Keys: nameKey, Options: options.Index()}, "unique"},
		{"of other fields", mongo.IndexModel{Keys: bson.D{is("org", 1), is("name", 1)}, Options: options.Index().SetUnique(true)}, "name"},
		{"in another order", mongo.IndexModel{Keys: bson.D{is("nameKey", 1), is("org", 1)}, Options: options.Index().SetUnique(true)}, "nameKey"},
		{"descending", mongo.IndexModel{Keys: bson.D{is("org", 1), is("nameKey", -1)}, Options: options.Index().SetUnique(true)}, "-1"},
		{
			"of some documents only",
			mongo.IndexModel{Keys: nameKey, Options: options.Index().SetUnique(true).SetPartialFilterExpression(bson.D{is("deleted", false)})},
			"partialFilterExpression",
		},
		{
			"with a collation",
			mongo.IndexModel{Keys: nameKey, Options: options.Index().SetUnique(true).SetCollation(&options.Collation{Locale: "en"})},
			"collation",
		},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			db := mongotest.Database(t)
			row.ix.Options.SetName(onName)
			if _, err := db.Collection(usersName).Indexes().CreateOne(t.Context(), row.ix); err != nil {
				t.Fatal(err)
			}
			s := New(db)
			before, err := s.users.definitions(t.Context())
			assert.NilError(t, err)
			err = s.Prepare(t.Context())
			if err == nil || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), "the index name of users") {
				t.Errorf("got %v", err)
			}
			after, err := s.users.definitions(t.Context())
			if err != nil || after[onName] != before[onName] {
				t.Errorf("the index is %s now, was %s (%v)", after[onName], before[onName], err)
			}
		})
	}
}

func TestPrepareTakesWhatMeansTheSame(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	// As the old shell makes it: all numbers are doubles, and what is false is said.
	create := bson.D{is("createIndexes", usersName), is("indexes", bson.A{bson.D{
		is("key", bson.D{is("org", 1.0), is("nameKey", 1.0)}), is("name", onName), is("unique", true), is("sparse", false),
	}})}
	assert.NilError(t, db.RunCommand(t.Context(), create).Err())
	if err := New(db).Prepare(t.Context()); err != nil {
		t.Error(err)
	}
}

// fault names the attribute of a duplicate by the collection, so all unique indexes in it must be
// of one attribute: the slot of an undo is a claim, too.
func TestACollectionHasOneUniqueAttribute(t *testing.T) {
	t.Parallel()
	unique := make(map[string][]string)
	for _, ix := range indexes() {
		if ix.unique != "" && !slices.Contains(unique[ix.collection], ix.unique) {
			unique[ix.collection] = append(unique[ix.collection], ix.unique)
		}
	}
	for collection, attributes := range unique {
		if len(attributes) > 1 {
			t.Errorf("%s: %v", collection, attributes)
		}
	}
}

// A list that would have to read every tenant's documents is not answered at all.
func TestWithoutItsIndexesTheStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	s := New(mongotest.Database(t))
	assert.NilError(t, s.CreateUser(t.Context(), "org", directorytest.NewUser("a@example.com")))
	if _, err := s.ListUsers(t.Context(), "org", directory.Query{Limit: 1}); !errors.Is(err, directory.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, directory.ErrUnavailable)
	}
}

func TestEveryKeyOfAListHasAnIndex(t *testing.T) {
	t.Parallel()
	for collection, paths := range map[string][]schema.Path{usersName: directory.UserKeys(), groupsName: directory.GroupKeys()} {
		for _, path := range paths {
			asked := &filter.Comparison{Path: path, Op: filter.Equal, Value: "x"}
			if narrowest(collection, asked, "key.") == "" {
				t.Errorf("%s: %s has none", collection, path)
			}
			if _, ok := orderIndex(collection, path); !ok && path.String() != "externalId" && !path.Attribute.MultiValued {
				t.Errorf("%s: %s has none in the order of a list", collection, path)
			}
		}
	}
}
