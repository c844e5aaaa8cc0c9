package embedded_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

const tenant = directory.Tenant("org-1")

func BenchmarkCreateUser(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			d := open(b).Directory()
			var created atomic.Int64
			var writing sync.WaitGroup
			b.ResetTimer()
			for range writers {
				writing.Go(func() {
					for i := created.Add(1); i <= int64(b.N); i = created.Add(1) {
						if err := d.CreateUser(b.Context(), tenant, person(i)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			writing.Wait()
		})
	}
}

func BenchmarkUserByName(b *testing.B) {
	d, _ := populated(b, 10_000)
	for i := 0; b.Loop(); i++ {
		if _, err := d.UserByName(b.Context(), tenant, person(int64(i%10_000)).NameKey); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListUsers(b *testing.B) {
	schemas := directorytest.Schemas()
	for _, size := range []int{1_000, 10_000} {
		d, _ := populated(b, size)
		for _, text := range []string{"", `userName eq "Person7@example.com"`, `title co "9"`} {
			q := directory.Query{Limit: 100}
			if text != "" {
				q.Filter = parse(b, schemas.User, text)
			}
			b.Run(fmt.Sprintf("of=%d/filter=%s", size, text), func(b *testing.B) {
				for b.Loop() {
					if _, err := d.ListUsers(b.Context(), tenant, q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkUpdateGroup lets one member leave and come again.
func BenchmarkUpdateGroup(b *testing.B) {
	for _, size := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("members=%d", size), func(b *testing.B) {
			d, g := populated(b, size)
			one := g.Members[size/2:][:1]
			deltas := []directory.MemberDelta{{Remove: one}, {Add: one}}
			for i := 0; b.Loop(); i++ {
				var err error
				if g, _, err = d.UpdateGroup(b.Context(), tenant, g, deltas[i%2]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// person returns a user of usual size, distinct by i.
func person(i int64) directory.User {
	name := fmt.Sprintf("person%d@example.com", i)
	return directorytest.NewUser(
		name,
		"externalId", fmt.Sprintf("00u%d", i),
		"displayName", fmt.Sprintf("Person %d", i),
		"title", fmt.Sprintf("Guide of group %d", i%100),
		"name", scim.NewDocument("givenName", "Person", "familyName", fmt.Sprintf("Number %d", i)),
		"emails", []any{scim.NewDocument("value", name, "type", "work", "primary", true)},
		scim.EnterpriseUserSchema, scim.NewDocument("department", "Tours", "employeeNumber", fmt.Sprint(i)),
	)
}

// populated returns a directory of so many persons, from 0 on, and a group with all of them as
// Members.
func populated(b *testing.B, size int) (*embedded.Directory, directory.Group) {
	b.Helper()
	d := open(b).Directory()
	var members []directory.UserID
	var writing sync.WaitGroup
	for i := range size {
		u := person(int64(i))
		members = append(members, u.ID)
		writing.Go(func() {
			if err := d.CreateUser(b.Context(), tenant, u); err != nil {
				b.Error(err)
			}
		})
	}
	writing.Wait()
	g := directorytest.NewGroup("Everybody", members...)
	assert.NilError(b, d.CreateGroup(b.Context(), tenant, g))
	return d, g
}

func parse(b *testing.B, scope schema.Scope, text string) filter.Expr {
	b.Helper()
	e, err := filter.Parse(text, scope, nil)
	assert.NilError(b, err)
	return e
}
