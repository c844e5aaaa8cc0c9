package mongostore

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

const benchTenant = directory.Tenant("bench")

// newBenchStore returns a store whose client waits no longer than in production.
func newBenchStore(b *testing.B) *Store {
	b.Helper()
	client, err := mongodb.Connect(mongotest.URI(b), 50, nil, telemetry.Off())
	assert.NilError(b, err)
	b.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(b.Context())) })
	s := New(client.Database(mongotest.Database(b).Name()))
	assert.NilError(b, s.Prepare(b.Context()))
	return s
}

// fill creates n users, as an identity provider writes them, and returns their ids.
func fill(b *testing.B, s *Store, n int) []directory.UserID {
	b.Helper()
	ids := make([]directory.UserID, n)
	for i := range ids {
		ids[i] = userOf(i).ID
	}
	const writers = 8
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for i := w; i < n; i += writers {
				u := userOf(i)
				ids[i] = u.ID
				if err := s.CreateUser(b.Context(), benchTenant, u); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
	return ids
}

func userOf(i int) directory.User {
	name := fmt.Sprintf("User%06d@Example.com", i)
	return directorytest.NewUser(name,
		"externalId", fmt.Sprintf("00u%017d", i),
		"displayName", fmt.Sprintf("User %d", i),
		"name", scim.NewDocument("givenName", "User", "familyName", fmt.Sprint("Number", i)),
		"emails", []any{scim.NewDocument("value", name, "type", "work", "primary", true)},
		"title", "Member of staff", "locale", "en-US",
		scim.EnterpriseUserSchema, scim.NewDocument("department", "Sales", "employeeNumber", fmt.Sprint(i)),
	)
}

// parsed returns a filter as the domain hands it to a store.
func parsed(tb testing.TB, rt *schema.ResourceType, text string) filter.Expr {
	tb.Helper()
	e, err := filter.Parse(text, rt, nil)
	if err == nil {
		e, err = directory.RelationFilter(e)
	}
	if err != nil {
		tb.Fatalf("filter %s: %v", text, err)
	}
	return e
}

// BenchmarkWrite creates users, and changes the title and the time of one.
func BenchmarkWrite(b *testing.B) {
	s := newBenchStore(b)
	fill(b, s, 1000)
	n := 1000
	b.Run("create", func(b *testing.B) {
		for b.Loop() {
			assert.NilError(b, s.CreateUser(b.Context(), benchTenant, userOf(n)))
			n++
		}
	})
	b.Run("change", func(b *testing.B) {
		u := userOf(n)
		assert.NilError(b, s.CreateUser(b.Context(), benchTenant, u))
		for i := 0; b.Loop(); i++ {
			u.Document.Set("title", fmt.Sprint("Title ", i))
			u.Modified = u.Modified.Add(time.Second)
			var err error
			if u, err = s.ReplaceUser(b.Context(), benchTenant, u); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkList asks an organisation of 50,000 users what identity providers and people ask.
func BenchmarkList(b *testing.B) {
	s := newBenchStore(b)
	fill(b, s, 50_000)
	user := directorytest.Schemas().User
	familyName, err := user.Resolve("name.familyName")
	assert.NilError(b, err)
	for _, bb := range []struct {
		name string
		q    directory.Query
	}{
		{"userName eq", directory.Query{Filter: parsed(b, user, `userName eq "user031415@example.com"`), Limit: 100}},
		{"externalId eq", directory.Query{Filter: parsed(b, user, `externalId eq "00u00000000000031415"`), Limit: 100}},
		{"emails eq", directory.Query{Filter: parsed(b, user, `emails[type eq "work" and value eq "user031415@example.com"]`), Limit: 100}},
		{"userName sw", directory.Query{Filter: parsed(b, user, `userName sw "user0314"`), Limit: 100}},
		{"userName co", directory.Query{Filter: parsed(b, user, `userName co "314159"`), Limit: 100}},
		{"title co, in all", directory.Query{Filter: parsed(b, user, `title co "STAFF"`), Limit: 100}},
		{"first page", directory.Query{Limit: 100}},
		{"last page", directory.Query{Skip: 49_900, Limit: 100}},
		{"sorted", directory.Query{Sort: directory.Sort{Path: familyName}, Limit: 100}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.ListUsers(b.Context(), benchTenant, bb.q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGroup(b *testing.B) {
	s := newBenchStore(b)
	users := fill(b, s, 101_000)
	user := directorytest.Schemas().User
	for _, size := range []int{10_000, 100_000} {
		g := directorytest.NewGroup(fmt.Sprintf("Group of %d", size))
		assert.NilError(b, s.CreateGroup(b.Context(), benchTenant, g))
		update := func(b *testing.B, d directory.MemberDelta) {
			b.Helper()
			var err error
			if g, _, err = s.UpdateGroup(b.Context(), benchTenant, g, d); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(fmt.Sprintf("fill/%d", size), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				update(b, directory.MemberDelta{Reset: true})
				b.StartTimer()
				update(b, directory.MemberDelta{Add: users[:size]})
			}
		})
		next := 0
		b.Run(fmt.Sprintf("add and remove 1/%d", size), func(b *testing.B) {
			for b.Loop() {
				one := users[size+next%1000:][:1]
				update(b, directory.MemberDelta{Add: one})
				update(b, directory.MemberDelta{Remove: one})
				next++
			}
		})
		b.Run(fmt.Sprintf("add and remove 1000/%d", size), func(b *testing.B) {
			for b.Loop() {
				update(b, directory.MemberDelta{Add: users[size:][:1000]})
				update(b, directory.MemberDelta{Remove: users[size:][:1000]})
			}
		})
		b.Run(fmt.Sprintf("read with members/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Group(b.Context(), benchTenant, g.ID, true); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("names of members/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.NamesOf(b.Context(), benchTenant, users[:size]); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("read/%d", size), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Group(b.Context(), benchTenant, g.ID, false); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("users by groups.value/%d", size), func(b *testing.B) {
			e := parsed(b, user, fmt.Sprintf(`groups.value eq %q`, g.ID))
			for b.Loop() {
				if _, err := s.ListUsers(b.Context(), benchTenant, directory.Query{Filter: e, Limit: 100}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("groups of 100 users", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.GroupsOf(b.Context(), benchTenant, users[:100]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
