package mongostore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/history"
)

// TestAChangeOfMembersTakesFewCommands: whatever a PATCH of up to 1,000 members does, and whatever
// the one before has left to tell. Activity is one command more.
func TestAChangeOfMembersTakesFewCommands(t *testing.T) {
	t.Parallel()
	var commands recorder
	s := newStore(t, watched(t), commands.option())
	org := directory.Organisation{Tenant: "one", Schemas: schema.Load(directory.Fold)}
	var documents []any
	var users []directory.UserID
	for i := range chunkSize + 1 {
		u := directorytest.NewUser(fmt.Sprintf("user%d@example.com", i))
		documents, users = append(documents, userDocumentOf(org.Tenant, u)), append(users, u.ID)
	}
	_, err := s.users.insertMissing(t.Context(), documents)
	assert.NilError(t, err)
	groups := directory.NewGroups(s, time.Now)
	g, err := groups.Create(t.Context(), org, scim.NewDocument("displayName", "Guides"), &directory.Change{})
	assert.NilError(t, err)

	one, half, all := users[:1], users[1:chunkSize/2+1], users[1:]
	for _, row := range []struct {
		rule        string
		add, remove []directory.UserID
		most        int
		told        bool // of what was before
	}{
		{"one who was never a member joins", one, nil, 4, false},
		{"one leaves", nil, one, 3, false},
		{"one who was a member joins", one, nil, 5, false},
		{"five hundred join", half, nil, 4, false},
		{"they leave", nil, half, 3, false},
		{"a thousand join, of whom half were members before", all, nil, 5, true},
		{"one leaves, and the thousand are in the history first", nil, one, 4, false},
		{"one joins as 999 leave", one, all[1:], 5, false},
		{"one leaves as 999 join, and those before are in the history first", all[1:], one, 6, false},
		{"nothing changes", all[1:], one, 1, true},
	} {
		if row.told {
			assert.NilError(t, s.CatchUp(t.Context()))
		}
		commands.take()
		before := membersOf(t, s, org, g.ID)
		commands.take()
		req := patch.Request{Operations: []patch.Operation{
			{Op: patch.Add, Path: "members", Value: elements(row.add)}, {Op: patch.Remove, Path: "members", Value: elements(row.remove)},
		}}
		_, err := groups.Patch(t.Context(), org, g.ID, req, &directory.Change{})
		assert.NilError(t, err)
		if sent := commands.take(); len(sent) > row.most {
			var names []string
			for _, command := range sent {
				e, _ := command.Elements()
				names = append(names, e[0].Key()+" "+e[0].Value().StringValue())
			}
			t.Errorf("%s: %d commands, want at most %d: %s", row.rule, len(sent), row.most, strings.Join(names, ", "))
		}
		assert.DeepEqual(t, sortedIDs(after(before, row.add, row.remove)), membersOf(t, s, org, g.ID))
	}
	assert.NilError(t, s.CatchUp(t.Context()))
	left, err := s.groups.leftovers(t.Context(), onUnfinished)
	assert.NilError(t, err)
	assert.Equal(t, len(left), 0, "who tells of a change removes its mark")
}

func membersOf(t *testing.T, s *Store, org directory.Organisation, id directory.GroupID) []directory.UserID {
	t.Helper()
	g, err := s.Group(t.Context(), org.Tenant, id, true)
	assert.NilError(t, err)
	return g.Members
}

func sortedIDs(ids []directory.UserID) []directory.UserID {
	slices.Sort(ids)
	return ids
}

func elements(ids []directory.UserID) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = scim.NewDocument("value", string(id))
	}
	return list
}

// TestWhatIsMarkedIsToldWhole: of a change of several parts the mark alone says who moved, until
// the group changes again, ends, or is told of.
func TestWhatIsMarkedIsToldWhole(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rule string
		then func(sc *scene, g directory.Group) error
	}{
		{"it is told of", func(*scene, directory.Group) error { return nil }},
		{"it changes again", func(sc *scene, g directory.Group) error {
			_, _, err := sc.UpdateGroup(sc.Context(), sc.org, g, directory.MemberDelta{Remove: sc.users[:1]})
			return err
		}},
		{"it ends", func(sc *scene, g directory.Group) error { return sc.DeleteGroup(sc.Context(), sc.org, g) }},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, newStore(t, watched(t)))
			var documents []any
			d := directory.MemberDelta{}
			for i := range 600 { // more than history.PartSize
				u := directorytest.NewUser(fmt.Sprintf("other%d@example.com", i))
				documents, d.Add = append(documents, userDocumentOf(sc.org, u)), append(d.Add, u.ID)
			}
			_, err := sc.Store.users.insertMissing(t.Context(), documents)
			sc.ok(err)
			g, _, err := sc.UpdateGroup(t.Context(), sc.org, sc.one, d)
			sc.ok(err)
			sc.ok(row.then(sc, g))
			sc.ok(sc.CatchUp(t.Context()))
			sc.nothingIsLeft()
			records, err := sc.Records(t.Context(), sc.org, history.Resource{Type: history.Group, ID: string(g.ID)}, 0, 10)
			sc.ok(err)
			for _, r := range records {
				if r.Version == g.Version {
					same(sc, d.Add, r.Members.Added)
					return
				}
			}
			t.Fatalf("version %d is not told: %v", g.Version, records)
		})
	}
}
