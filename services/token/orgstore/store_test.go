package orgstore_test

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
	"github.com/devrev/scim/services/token/orgstore"
)

func prepared(t *testing.T, db *mongo.Database) *orgstore.Store {
	t.Helper()
	s := orgstore.New(db)
	assert.NilError(t, s.Prepare(t.Context()))
	return s
}

func TestStore(t *testing.T) {
	db := mongotest.Database(t)
	issuertest.RunStore(t, func(t *testing.T) issuer.Store { return prepared(t, db) })
}

func TestPrepareMayRunAgainAndConcurrently(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	done := make(chan error)
	for range 4 {
		go func() { done <- orgstore.New(db).Prepare(t.Context()) }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// TestQueriesUseIndexes has the engine explain the store's queries.
func TestQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	prepared(t, db)
	for _, tt := range []struct {
		rule, collection string
		filter, sort     bson.D
	}{
		{"an organisation by id", "organisations", bson.D{{Key: "_id", Value: "org"}}, nil},
		{
			"the next page of organisations", "organisations",
			bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: "org"}}}},
			bson.D{{Key: "_id", Value: 1}},
		},
		{
			"the latest revocations", "audit",
			bson.D{{Key: "action", Value: "token.revoke"}, {Key: "at", Value: bson.D{{Key: "$gte", Value: time.Now()}}}, {Key: "result", Value: "begun"}},
			nil,
		},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			find := bson.D{{Key: "find", Value: tt.collection}, {Key: "filter", Value: tt.filter}, {Key: "limit", Value: 10}}
			if tt.sort != nil {
				find = append(find, bson.E{Key: "sort", Value: tt.sort})
			}
			answer, err := db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: find}}).Raw()
			assert.NilError(t, err)
			wantIndex(t, tt.rule, stages(t, answer.Lookup("queryPlanner", "winningPlan")))
		})
	}
}

// wantIndex fails the test unless the plan reads an index, and nothing but that, in its order.
func wantIndex(t *testing.T, rule string, plan []string) {
	t.Helper()
	byIndex := func(stage string) bool {
		return strings.Contains(stage, "IXSCAN") || strings.HasPrefix(stage, "EXPRESS") || stage == "IDHACK"
	}
	if !slices.ContainsFunc(plan, byIndex) || slices.Contains(plan, "COLLSCAN") || slices.Contains(plan, "SORT") {
		t.Errorf("%s: the plan is %v", rule, plan)
	}
}

// stages returns the values of every member "stage" of a plan, however deep.
func stages(t *testing.T, v bson.RawValue) (found []string) {
	t.Helper()
	var members []bson.RawElement
	var err error
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		members, err = v.Document().Elements()
	case bson.TypeArray:
		members, err = bson.Raw(v.Array()).Elements()
	}
	assert.NilError(t, err)
	for _, m := range members {
		if name, ok := m.Value().StringValueOK(); ok && m.Key() == "stage" {
			found = append(found, name)
		}
		found = append(found, stages(t, m.Value())...)
	}
	return found
}

// TestAServerThatHangs: whatever the server does, the caller gets its answer in time.
func TestAServerThatHangs(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // takes connections, answers nothing
	assert.NilError(t, err)
	defer func() { _ = listener.Close() }()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + listener.Addr().String()).
		SetTimeout(200 * time.Millisecond).SetServerSelectionTimeout(200 * time.Millisecond))
	assert.NilError(t, err)
	defer func() { _ = client.Disconnect(t.Context()) }()
	began := time.Now()
	_, err = orgstore.New(client.Database("test")).Organisation(t.Context(), "org")
	redistest.Bound(t, "a server that does not answer is given up", time.Since(began), time.Second)
	if !errors.Is(err, issuer.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}
