package mongotest_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
)

// usersIndexed returns an empty collection in which a user name is unique in its tenant.
func usersIndexed(t *testing.T) *mongo.Collection {
	t.Helper()
	users := mongotest.Database(t).Collection("users")
	_, err := users.Indexes().CreateOne(t.Context(), mongo.IndexModel{
		Keys:    bson.D{{Key: "tenant", Value: 1}, {Key: "userName", Value: 1}},
		Options: options.Index().SetUnique(true).SetName("tenant_userName"),
	})
	assert.NilError(t, err)
	return users
}

func TestUniqueIndexRefusesDuplicateAndNamesItself(t *testing.T) {
	t.Parallel()
	users := usersIndexed(t)
	user := bson.D{{Key: "tenant", Value: "org-a"}, {Key: "userName", Value: "bjensen@example.com"}}
	if _, err := users.InsertOne(t.Context(), user); err != nil {
		t.Fatal(err)
	}

	_, err := users.InsertOne(t.Context(), user)
	if !mongo.IsDuplicateKeyError(err) {
		t.Fatalf("second insert: got %v, want a duplicate key error", err)
	}
	for _, want := range []string{"E11000", "tenant_userName"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not name %q", err, want)
		}
	}
}

func TestExplainNamesTheIndexAQueryUses(t *testing.T) {
	t.Parallel()
	users := usersIndexed(t)
	find := func(filter bson.D) bson.D {
		return bson.D{
			{Key: "explain", Value: bson.D{{Key: "find", Value: users.Name()}, {Key: "filter", Value: filter}}},
			{Key: "verbosity", Value: "queryPlanner"},
		}
	}
	for stage, filter := range map[string]bson.D{
		"IXSCAN":   {{Key: "tenant", Value: "org-a"}, {Key: "userName", Value: "bjensen@example.com"}},
		"COLLSCAN": {{Key: "displayName", Value: "Barbara"}},
	} {
		plan, err := users.Database().RunCommand(t.Context(), find(filter)).Raw()
		assert.NilError(t, err)
		winning := plan.Lookup("queryPlanner", "winningPlan").String()
		if !strings.Contains(winning, stage) {
			t.Errorf("plan of %v has no %s: %s", filter, stage, winning)
		}
	}
}

func TestEachTestHasADatabaseOfItsOwnUntilItsEnd(t *testing.T) {
	t.Parallel()
	mine := mongotest.Database(t)
	var other *mongo.Database
	t.Run("another test", func(t *testing.T) {
		other = mongotest.Database(t)
		if _, err := other.Collection("users").InsertOne(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	})

	if mine.Name() == other.Name() {
		t.Fatalf("two tests share the database %s", mine.Name())
	}
	left, err := mine.Client().ListDatabaseNames(t.Context(), bson.D{{Key: "name", Value: other.Name()}})
	assert.NilError(t, err)
	if len(left) != 0 {
		t.Errorf("%s is still there after its test", other.Name())
	}
}
