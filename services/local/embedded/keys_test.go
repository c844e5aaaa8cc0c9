package embedded

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/activity/activitytest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// TestIndexesAfterWritesAreThoseOfAnUpgrade changes a directory and an activity at random, and
// compares what the writes have kept with what is made of the same resources when a file without
// indexes is opened.
func TestIndexesAfterWritesAreThoseOfAnUpgrade(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "scim.db")
	f, err := Open(path)
	assert.NilError(t, err)
	ok := func(err error) {
		t.Helper()
		assert.NilError(t, err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	d, ctx := f.Directory(), t.Context()
	var users []directory.User
	var groups []directory.Group
	for round := range 300 {
		name := fmt.Sprintf("name %d", random.IntN(40))
		switch at := random.IntN(len(users) + 1); {
		case at == len(users) || len(users) < 10:
			u := directorytest.NewUser(fmt.Sprintf("user%d@example.com", round), "displayName", name, "externalId", name)
			ok(d.CreateUser(ctx, "org", u))
			users = append(users, u)
		case random.IntN(3) == 0 && !users[at].Deleted:
			ok(d.DeleteUser(ctx, "org", users[at]))
			users[at].Version, users[at].Deleted = users[at].Version+1, true
		case random.IntN(3) == 0:
			g := directorytest.NewGroup(fmt.Sprint("Group ", round), users[at].ID)
			ok(d.CreateGroup(ctx, "org", g))
			groups = append(groups, g)
		case len(groups) > 0 && random.IntN(3) == 0:
			id := groups[random.IntN(len(groups))].ID
			g, err := d.Group(ctx, "org", id, false)
			ok(err)
			delta := directory.MemberDelta{Reset: random.IntN(2) == 0, Add: []directory.UserID{users[at].ID, users[0].ID}}
			if users[at].ID == users[0].ID {
				delta.Add = delta.Add[:1]
			}
			g.Document.Set("externalId", name)
			_, _, err = d.UpdateGroup(ctx, "org", g, delta)
			ok(err)
		default:
			u := users[at].Clone()
			u.Deleted, u.State = false, []directory.State{directory.StateActive, directory.StateShadow, directory.StateDeactivated}[random.IntN(3)]
			u.Document.Set("emails", []any{scim.NewDocument("value", name+"@example.com"), scim.NewDocument("value", "x@example.com")})
			u.Document.Set("name", scim.NewDocument("familyName", name))
			u.Modified = u.Modified.Add(time.Duration(round) * time.Second)
			users[at], err = d.ReplaceUser(ctx, "org", u)
			ok(err)
		}
		if round%10 == 0 {
			e := activitytest.NewEntry(time.Now().Add(-activity.Retention * time.Duration(random.IntN(2))))
			ok(f.Activity().Record(ctx, "org", e, nil))
		}
	}
	ok(f.Activity().Prune(ctx, time.Now().Add(time.Hour)))

	kept := dump(t, f)
	ok(f.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range made {
			if err := tableAt(tx, "directory", "org").bucket.DeleteBucket([]byte(name)); err != nil {
				return err
			}
		}
		return tableAt(tx, "activity", "org").bucket.DeleteBucket([]byte("index"))
	}))
	ok(f.Close())
	f, err = Open(path)
	ok(err)
	defer func() { _ = f.Close() }()
	if diff := cmp.Diff(dump(t, f), kept); diff != "" || len(kept["userIndex"]) < 10 || len(kept["goneIndex"]) < 10 || len(kept["index"]) < 10 {
		t.Errorf("-of an upgrade +kept by writes:\n%s", diff)
	}
}

// made are the buckets that are made of others.
var made = []string{"userIndex", "goneIndex", "groupIndex", "userStates", "memberCounts"}

// dump returns the keys and values of what is made of others.
func dump(t *testing.T, f *File) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := f.db.View(func(tx *bbolt.Tx) error {
		for _, name := range made {
			for key, value := range tableAt(tx, "directory", "org", name).under(nil) {
				all[name] = append(all[name], fmt.Sprintf("%q %x", key, value))
			}
		}
		for key := range tableAt(tx, "activity", "org", "index").under(nil) {
			all["index"] = append(all["index"], fmt.Sprintf("%q", key))
		}
		for name, r := range map[string]roll{"users": tenantOf(tableAt(tx, "directory", "org")).users(), "gone": tenantOf(tableAt(tx, "directory", "org")).gone(), "states": tenantOf(tableAt(tx, "directory", "org")).userStates()} {
			all[name+" counted"] = []string{fmt.Sprint(r.len())}
		}
		return nil
	})
	assert.NilError(t, err)
	return all
}
