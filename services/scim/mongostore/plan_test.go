package mongostore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/history"
)

// recorder keeps the commands that a client sends.
type recorder struct {
	mu       sync.Mutex
	commands []bson.Raw
}

func (r *recorder) option() *options.ClientOptions {
	return options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.commands = append(r.commands, slices.Clone(e.Command))
	}})
}

func (r *recorder) take() []bson.Raw {
	r.mu.Lock()
	defer r.mu.Unlock()
	commands := r.commands
	r.commands = nil
	return commands
}

// plan is how MongoDB carries out one command.
type plan struct {
	Command, Index string
	Examined       int64 // documents looked at; keys of an index are not
}

// explained asks MongoDB how it carries out a command, and does so.
func explained(t *testing.T, db *mongo.Database, command bson.Raw) plan {
	t.Helper()
	var members, bare bson.D
	assert.NilError(t, bson.Unmarshal(command, &members))
	for _, m := range members {
		if !slices.Contains([]string{"$db", "lsid", "readConcern", "writeConcern", "maxTimeMS"}, m.Key) {
			bare = append(bare, m)
		}
	}
	p := plan{Command: fmt.Sprint(members[0].Key, " ", members[0].Value)}
	var explanation bson.Raw
	explain := bson.D{is("explain", bare), is("verbosity", "executionStats")}
	if err := db.RunCommand(t.Context(), explain).Decode(&explanation); err != nil {
		t.Fatalf("explain %s: %v", command, err)
	}
	walk(explanation, func(key string, v bson.RawValue) {
		switch key {
		case "stage":
			if v.StringValue() == "COLLSCAN" {
				t.Errorf("%s reads the whole collection", command)
			}
		case "indexName":
			p.Index = v.StringValue()
		case "totalDocsExamined":
			p.Examined = v.AsInt64()
		}
	})
	return p
}

// walk visits every member of a document and of all in it.
func walk(document bson.Raw, visit func(key string, v bson.RawValue)) {
	elements, _ := document.Elements()
	for _, e := range elements {
		visit(e.Key(), e.Value())
		if sub, ok := e.Value().DocumentOK(); ok {
			walk(sub, visit)
		}
		if list, ok := e.Value().ArrayOK(); ok {
			walk(bson.Raw(list), visit)
		}
	}
}

// Each question is answered by the index made for it, and no document is read that is not part of
// the answer or, where no index has the attribute, of the tenant. In each of the two tenants are 40
// users, every tenth in the one group.
func TestPlans(t *testing.T) {
	t.Parallel()
	var commands recorder
	db := mongotest.Database(t, commands.option())
	s := New(db)
	assert.NilError(t, s.Prepare(t.Context()))
	var member directory.UserID
	var drifting []directory.UserID // two in each tenant
	var group directory.Group
	for _, tenant := range []directory.Tenant{"one", "two"} {
		group = directorytest.NewGroup("Guides")
		for i := range 40 {
			name := fmt.Sprintf("user%02d@example.com", i)
			u := directorytest.NewUser(name, "externalId", fmt.Sprint("x", i), "title", "Guide",
				"emails", []any{scim.NewDocument("value", name, "type", "work")})
			if i%20 == 5 {
				u.Word.Said = []directory.Said{{Attribute: "displayName", Because: directory.DriftKept}}
				drifting = append(drifting, u.ID)
			}
			assert.NilError(t, s.CreateUser(t.Context(), tenant, u))
			if i%10 == 0 {
				group.Members = append(group.Members, u.ID)
			}
			member = u.ID
		}
		group.Document.Set("externalId", "g")
		assert.NilError(t, s.CreateGroup(t.Context(), tenant, group))
	}
	assert.NilError(t, s.CatchUp(t.Context()))
	schemas := directorytest.Schemas()
	list := func(filter string, q directory.Query) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			q.Filter, q.Limit = parsed(t, schemas.User, filter), 100+q.Limit
			_, err := s.ListUsers(ctx, "two", q)
			return err
		}
	}
	title, err := schemas.User.Resolve("title")
	assert.NilError(t, err)
	userName, err := schemas.User.Resolve("userName")
	assert.NilError(t, err)
	shadow := scim.DevRevUserSchema + `:state eq "shadow"`
	for _, row := range []struct {
		rule string
		call func(ctx context.Context) error
		want []plan
	}{
		{"a user by id", func(ctx context.Context) error {
			_, err := s.User(ctx, "two", member)
			return err
		}, []plan{{"find users", onID, 1}}},
		{"a user by name", func(ctx context.Context) error {
			_, err := s.UserByName(ctx, "two", "user07@example.com")
			return err
		}, []plan{{"find users", onName, 1}}},
		{"users by externalId", func(ctx context.Context) error {
			_, err := s.UsersByExternalID(ctx, "two", "x7")
			return err
		}, []plan{{"find users", onExternalID, 1}}},
		{"users with a kind of drift", func(ctx context.Context) error {
			_, err := s.Drifting(ctx, "two", directory.DriftKept, "", 5)
			return err
		}, []plan{{"find users", onDrift, 2}}},
		{"users with a kind of drift, behind one", func(ctx context.Context) error {
			_, err := s.Drifting(ctx, "two", directory.DriftKept, drifting[2], 5)
			return err
		}, []plan{{"find users", onDrift, 1}}},
		{"how many have a kind of drift is counted in the index", func(ctx context.Context) error {
			_, err := s.CountDrifting(ctx, "two", directory.DriftKept, 9)
			return err
		}, []plan{{"aggregate users", onDrift, 0}}},
		{"groups with a kind of drift", func(ctx context.Context) error {
			_, err := s.DriftingGroups(ctx, "two", directory.DriftRefused, "", 5)
			return err
		}, []plan{{"find groups", onDrift, 0}}},
		{"users by address", func(ctx context.Context) error {
			_, err := s.UsersByAddress(ctx, "two", []string{"user07@example.com", "user08@example.com"}, 9)
			return err
		}, []plan{{"find users", onEmail, 2}}},
		{"known users are told from the index alone", func(ctx context.Context) error {
			_, err := s.KnownUsers(ctx, "two", group.Members)
			return err
		}, []plan{{"find users", onList, 0}}},
		{"names of users cost a document each", func(ctx context.Context) error {
			_, err := s.NamesOf(ctx, "two", group.Members)
			return err
		}, []plan{{"find users", onList, 4}}},
		{"userName eq", list(`userName eq "USER07@example.com"`, directory.Query{}), []plan{{"find users", onUserName, 1}}},
		{"userName eq among other terms", list(`active eq true and userName eq "user07@example.com"`, directory.Query{}), []plan{{"find users", onUserName, 1}}},
		{"userName sw", list(`userName sw "user0"`, directory.Query{}), []plan{{"find users", onUserName, 10}}},
		{"externalId eq", list(`externalId eq "x7"`, directory.Query{}), []plan{{"find users", onExternalID, 1}}},
		{"emails.value eq", list(`emails.value eq "user07@example.com"`, directory.Query{}), []plan{{"find users", onEmail, 1}}},
		{"a value path on emails", list(`emails[type eq "work" and value eq "user07@example.com"]`, directory.Query{}), []plan{{"find users", onEmail, 1}}},
		{"emails.value sw", list(`emails.value sw "user0"`, directory.Query{}), []plan{{"find users", onEmail, 10}}},
		{"what no index has is read in the tenant alone", list(`title co "x"`, directory.Query{}), []plan{{"find users", onList, 40}}},
		{"the first list of a tenant counts in the index", func(ctx context.Context) error {
			_, err := s.ListUsers(ctx, "two", directory.Query{})
			return err
		}, []plan{{"find users", onID, 1}, {"aggregate users", onList, 0}, {"update users", onID, 1}}},
		{"a page in the order of id is read alone, and the number is known", func(ctx context.Context) error {
			_, err := s.ListUsers(ctx, "two", directory.Query{Limit: 5})
			return err
		}, []plan{{"find users", onID, 1}, {"find users", onList, 5}}},
		{"a late page is read alone", func(ctx context.Context) error {
			_, err := s.ListUsers(ctx, "two", directory.Query{Skip: 20, Limit: 5})
			return err
		}, []plan{{"find users", onID, 1}, {"find users", onList, 5}}},
		{"no more is read of what lies behind the last page", func(ctx context.Context) error {
			_, err := s.ListUsers(ctx, "two", directory.Query{Skip: 1000, Limit: 5})
			return err
		}, []plan{{"find users", onID, 1}}},
		{"how many are in a state is counted in the index the first time", list(shadow, directory.Query{Limit: -100}), []plan{
			{"find users", onID, 1}, {"aggregate users", onState, 0}, {"aggregate users", onState, 0}, {"aggregate users", onState, 0}, {"update users", onID, 1},
		}},
		{"and is known from then on", list(shadow, directory.Query{Limit: -100}), []plan{{"find users", onID, 1}}},
		{"id eq", list(fmt.Sprintf(`id eq %q`, member), directory.Query{}), []plan{{"find users", onID, 1}}},
		{
			"one of several ids", list(fmt.Sprintf(`(id eq %q or id eq %q) or (id eq %q or id eq "nobody")`, group.Members[0], group.Members[1], member), directory.Query{}),
			[]plan{{"find users", onID, 3}},
		},
		{
			"one of several ids, sorted", list(fmt.Sprintf(`id eq %q or id eq %q`, group.Members[0], member), directory.Query{Sort: directory.Sort{Path: title}}),
			[]plan{{"aggregate users", onID, 2}},
		},
		{"an id or something else reads the tenant", list(fmt.Sprintf(`id eq %q or title pr`, member), directory.Query{}), []plan{{"find users", onList, 40}}},
		{"a page after a position", func(ctx context.Context) error {
			_, err := s.ListUsers(ctx, "two", directory.Query{Limit: 5, After: &directory.Position{ID: string(member)}})
			return err
		}, []plan{{"find users", onID, 1}, {"find users", onList, 0}}},
		{"another order reads the tenant", list(`title pr`, directory.Query{Sort: directory.Sort{Path: title}}), []plan{{"aggregate users", onList, 40}}},
		{"people who browse an order read what they see", func(ctx context.Context) error {
			_, err := s.ListUsers(ctx, "two", directory.Query{Limit: 5, Browse: 20, Sort: directory.Sort{Path: userName}, After: &directory.Position{ID: "0", Key: "user20@example.com"}})
			return err
		}, []plan{{"find users", onUserName, 0}, {"find users", onUserName, 0}, {"find users", onList, 5}, {"find users", onID, 1}}},
		{"a search that finds few reads these", list(`userName sw "user07" or emails.value sw "user07"`, directory.Query{Browse: 20}), []plan{
			{"find users", onUserName, 0}, {"find users", onEmail, 1}, {"find users", onList, 1},
		}},
		{"a search that finds many reads until the page is full", func(ctx context.Context) error {
			_, err := s.ListUsers(ctx, "two", directory.Query{Filter: parsed(t, schemas.User, `userName sw "user" or emails.value sw "user"`), Limit: 5, Browse: 20})
			return err
		}, []plan{{"find users", onUserName, 0}, {"find users", onList, 0}, {"find users", onList, 5}}},
		{"a search among many of another order reads no more than Browse", func(ctx context.Context) error {
			q := directory.Query{Filter: parsed(t, schemas.User, `userName sw "user" and title eq "x"`), Limit: 5, Browse: 20, Sort: directory.Sort{Path: userName}}
			_, err := s.ListUsers(ctx, "two", q)
			return err
		}, []plan{{"find users", onUserName, 0}, {"find users", onUserName, 0}, {"find users", onList, 5}, {"find users", onUserName, 0}, {"find users", onUserName, 0}, {"find users", onList, 15}}},
		{"a page of those in a state", func(ctx context.Context) error {
			_, err := s.ListUsers(ctx, "two", directory.Query{Filter: parsed(t, schemas.User, shadow), Limit: 5, Browse: 20})
			return err
		}, []plan{{"find users", onState, 0}, {"find users", onState, 5}, {"find users", onID, 1}}},
		{"a page of those in a state, in another order, looks at these alone", func(ctx context.Context) error {
			q := directory.Query{Filter: parsed(t, schemas.User, shadow), Limit: 5, Browse: 20, NoTotal: true, Sort: directory.Sort{Path: userName}}
			_, err := s.ListUsers(ctx, "two", q)
			return err
		}, []plan{{"find users", onID, 1}, {"find users", onUserName, 0}, {"find users", onState, 5}}},
		{"a page of a group's users reads these", func(ctx context.Context) error {
			q := directory.Query{Filter: parsed(t, schemas.User, fmt.Sprintf(`groups.value eq %q`, group.ID)), Limit: 2, Browse: 3, NoTotal: true}
			_, err := s.ListUsers(ctx, "two", q)
			return err
		}, []plan{{"find memberships", onGroup, 0}, {"find users", onList, 2}}},
		{"users of a group", list(fmt.Sprintf(`groups.value eq %q`, group.ID), directory.Query{}), []plan{
			{"find groups", onID, 1},
			{"find memberships", onGroup, 0},
			{"find users", onUnfinished, 0},
			{"find groups", onList, 1},
			{"find users", onList, 4},
		}},
		{"groups of a user", func(ctx context.Context) error {
			_, err := s.GroupsOf(ctx, "two", group.Members[:1])
			return err
		}, []plan{{"aggregate memberships", onUser, 1}}},
		{"a group by displayName, with members", func(ctx context.Context) error {
			q := directory.Query{Filter: parsed(t, schemas.Group, `displayName eq "guides"`), Limit: 9, WithMembers: true}
			_, err := s.ListGroups(ctx, "two", q)
			return err
		}, []plan{
			{"find groups", onDisplay, 1}, {"find memberships", onGroup, 0}, {"find users", onUnfinished, 0}, {"find groups", onList, 1},
		}},
		{"a group by externalId", func(ctx context.Context) error {
			_, err := s.ListGroups(ctx, "two", directory.Query{Filter: parsed(t, schemas.Group, `externalId eq "g"`), Limit: 9})
			return err
		}, []plan{{"find groups", onExternalID, 1}}},
		{"repair looks only for what is left to do", s.Repair, []plan{{"find groups", onUnfinished, 0}, {"find users", onUnfinished, 0}}},
		{"what is untold is looked for alone", s.CatchUp, []plan{{"find users", onUntold, 0}, {"find groups", onUntold, 0}}},
		{"events behind a number", func(ctx context.Context) error {
			_, err := s.Events(ctx, "two", 7, 5)
			return err
		}, []plan{{"find events", onSeq, 5}}},
		{"the last event", func(ctx context.Context) error {
			_, err := s.LastSeq(ctx, "two")
			return err
		}, []plan{{"find events", onID, 1}, {"find events", onSeq, 0}}},
		{"what a user was before", func(ctx context.Context) error {
			_, err := s.Records(ctx, "two", history.Resource{Type: history.User, ID: string(member)}, 0, 9)
			return err
		}, []plan{{"find history", onResource, 1}}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			commands.take()
			assert.NilError(t, row.call(t.Context()))
			var got []plan
			for _, c := range commands.take() {
				got = append(got, explained(t, db, c))
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", row.rule, diff)
			}
		})
	}
}
