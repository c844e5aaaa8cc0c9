package orgstore_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/issuer/issuertest"
	"github.com/devrev/scim/services/token/orgstore"
)

// exposed writes documents to the collection that a Store would not.
func exposed(s issuer.Store, db *mongo.Database) issuertest.Exposed {
	entries := db.Collection("audit")
	replace := func(t *testing.T, id string, document bson.D) {
		t.Helper()
		_, err := entries.ReplaceOne(t.Context(), bson.D{{Key: "_id", Value: id}}, document, options.Replace().SetUpsert(true))
		assert.NilError(t, err)
	}
	return issuertest.Exposed{
		Store: s,
		Put: func(t *testing.T, e audit.Entry) {
			t.Helper()
			document := bson.D{
				{Key: "at", Value: e.At},
				{Key: "org", Value: e.Org},
				{Key: "action", Value: e.Action},
				{Key: "result", Value: e.Result},
				{Key: "tokenId", Value: e.TokenID},
				{Key: "otherId", Value: e.OtherID},
				{Key: "userId", Value: e.UserID},
				{Key: "source", Value: e.Source},
				{Key: "actor", Value: e.Caller.Subject},
				{Key: "address", Value: e.Caller.Address},
				{Key: "traceId", Value: e.Caller.TraceID},
			}
			if len(e.Changes) > 0 {
				changes := bson.A{}
				for _, c := range e.Changes {
					changes = append(changes, bson.D{{Key: "member", Value: c.Member}, {Key: "before", Value: c.Before}, {Key: "after", Value: c.After}})
				}
				document = append(document, bson.E{Key: "changes", Value: changes})
			}
			if e.Seq > 0 {
				document = append(document, bson.D{
					{Key: "once", Value: e.Once},
					{Key: "seq", Value: e.Seq},
					{Key: "prev", Value: e.Prev},
					{Key: "prevAt", Value: e.PrevAt},
					{Key: "hash", Value: e.Hash},
				}...)
			}
			replace(t, e.ID, document)
		},
		Remove: func(t *testing.T, e audit.Entry) {
			t.Helper()
			if done, err := entries.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: e.ID}}); err != nil || done.DeletedCount != 1 {
				t.Fatalf("removed %+v, %v", done, err)
			}
		},
		PutHead: func(t *testing.T, org string, head audit.Head) {
			t.Helper()
			replace(t, "head/"+org, bson.D{{Key: "lastSeq", Value: head.Seq}, {Key: "lastHash", Value: head.Hash}, {Key: "lastAt", Value: head.At}})
		},
	}
}

func TestTamperingWithTheAuditShows(t *testing.T) {
	db := mongotest.Database(t)
	issuertest.RunTampering(t, func(t *testing.T) issuertest.Exposed { t.Helper(); return exposed(prepared(t, db), db) })
}

func TestACrashBetweenEntryAndHead(t *testing.T) {
	db := mongotest.Database(t)
	issuertest.RunRepair(t, func(t *testing.T) issuertest.Exposed { t.Helper(); return exposed(prepared(t, db), db) })
}

func newEntry(org string) audit.Entry {
	return audit.Entry{
		ID: uuid.Must(uuid.NewV7()).String(), At: time.Now().UTC().Truncate(time.Millisecond), Org: org, Action: audit.ActionIssue,
		TokenID: "k3J9xQ2mZr7B", Result: audit.ResultBegun, Caller: audit.Caller{Subject: "administrator-7", Address: "192.0.2.7"},
	}
}

func verify(t *testing.T, s issuer.Store, org string) audit.Verification {
	t.Helper()
	v, err := issuertest.New(t, issuer.Deps{Store: s, Now: time.Now}).VerifyAudit(t.Context(), org, audit.Position{})
	assert.NilError(t, err)
	return v.Verification
}

// TestProcessesAppendToOneChain lets several Stores, which share no queue, append to one audit at
// the same time.
func TestProcessesAppendToOneChain(t *testing.T) {
	t.Parallel()
	const processes, writers, each = 4, 4, 8
	db := mongotest.Database(t)
	prepared(t, db)
	var wg sync.WaitGroup
	for range processes {
		s := orgstore.New(db)
		for range writers {
			wg.Go(func() {
				for range each {
					if err := s.AppendAudit(t.Context(), newEntry("org")); err != nil {
						t.Errorf("AppendAudit: %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	s := orgstore.New(db)
	head, err := s.AuditHead(t.Context(), "org")
	if v := verify(t, s, "org"); !v.Intact || v.To != processes*writers*each || err != nil || head.Seq != v.To {
		t.Errorf("got %+v and the head %+v, %v", v, head, err)
	}
}

func TestPrepareTakesAnAuditFromBeforeTheChain(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t)
	raw := exposed(nil, db)
	for range 3 {
		raw.Put(t, newEntry("org"))
	}
	s := prepared(t, db)
	assert.NilError(t, s.AppendAudit(t.Context(), newEntry("org")))
	if v := verify(t, s, "org"); !v.Intact || v.Unchained != 3 || v.To != 1 {
		t.Errorf("got %+v", v)
	}
}

// commands records the commands that a client sends.
type commands struct {
	mu    sync.Mutex
	names []string
	find  bson.Raw // the latest one
}

func (c *commands) monitor() *options.ClientOptions {
	return options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.names = append(c.names, e.CommandName)
		if e.CommandName == "find" {
			c.find = slices.Clone(e.Command)
		}
	}})
}

func (c *commands) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := c.names
	c.names = nil
	return names
}

func TestAppendTakesTwoRoundTrips(t *testing.T) {
	t.Parallel()
	var asked commands
	s := prepared(t, mongotest.Database(t, asked.monitor()))
	for range 2 {
		asked.take()
		assert.NilError(t, s.AppendAudit(t.Context(), newEntry("org")))
		if got := asked.take(); !slices.Equal(got, []string{"find", "update"}) {
			t.Errorf("the client sent %v, want the head, and entry with head at once", got)
		}
	}
}

// TestAuditQueriesUseIndexes has the engine explain the store's queries.
func TestAuditQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	var asked commands
	db := mongotest.Database(t, asked.monitor())
	s := prepared(t, db)
	read := func(q audit.Query) func() error {
		q.Limit = 10
		return func() error { _, err := s.ReadAudit(t.Context(), "org", q); return err }
	}
	for rule, ask := range map[string]func() error{
		"latest":              read(audit.Query{}),
		"oldest":              read(audit.Query{OldestFirst: true}),
		"before one":          read(audit.Query{After: audit.Position{Seq: 7}}),
		"after one":           read(audit.Query{After: audit.Position{Seq: 7}, OldestFirst: true}),
		"before an unchained": read(audit.Query{After: audit.Position{ID: "7"}}),
		"after an unchained":  read(audit.Query{After: audit.Position{ID: "7"}, OldestFirst: true}),
		"of a user":           read(audit.Query{UserID: "7"}),
		"of a token":          read(audit.Query{TokenID: "7", Action: audit.ActionIssue, Since: time.Now(), Until: time.Now()}),
		"the head":            func() error { _, err := s.AuditHead(t.Context(), "org"); return err },
		"notices":             func() error { _, err := s.Notices(t.Context(), "7", 10); return err },
		"revocations":         func() error { _, err := s.Revocations(t.Context(), time.Now()); return err },
	} {
		assert.NilError(t, ask())
		var find bson.D
		for _, member := range []string{"find", "filter", "sort", "limit"} {
			if value, err := asked.find.LookupErr(member); err == nil {
				find = append(find, bson.E{Key: member, Value: value})
			}
		}
		answer, err := db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: find}}).Raw()
		assert.NilError(t, err)
		wantIndex(t, rule, stages(t, answer.Lookup("queryPlanner", "winningPlan")))
	}
}

// BenchmarkAppendAudit measures an append, alone and among concurrent ones.
func BenchmarkAppendAudit(b *testing.B) {
	db := mongotest.Database(b)
	s := orgstore.New(db)
	assert.NilError(b, s.Prepare(b.Context()))
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			assert.NilError(b, s.AppendAudit(b.Context(), newEntry("alone")))
		}
	})
	b.Run("eight at once", func(b *testing.B) {
		b.SetParallelism(4)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := s.AppendAudit(b.Context(), newEntry("many")); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("one insert without indexes", func(b *testing.B) { // a round trip, to compare with
		for b.Loop() {
			if _, err := db.Collection("plain").InsertOne(b.Context(), newEntry("plain")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerifyAudit reads and verifies 10,000 entries, which few organisations ever have.
func BenchmarkVerifyAudit(b *testing.B) {
	const entries = 10_000
	db := mongotest.Database(b)
	s := orgstore.New(db)
	assert.NilError(b, s.Prepare(b.Context()))
	for range entries {
		assert.NilError(b, s.AppendAudit(b.Context(), newEntry("org")))
	}
	i := issuertest.New(b, issuer.Deps{Store: s, Now: time.Now})
	for b.Loop() {
		if v, err := i.VerifyAudit(b.Context(), "org", audit.Position{}); err != nil || !v.Intact || v.Entries != entries {
			b.Fatalf("%+v, %v", v, err)
		}
	}
}
