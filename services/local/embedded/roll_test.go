package embedded

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// TestARollKnowsEveryPlace lets ids come and go in four orders and asserts that every place is
// found where a sorted list of the ids has it, and that no block is empty or larger than it may be.
func TestARollKnowsEveryPlace(t *testing.T) {
	t.Parallel()
	const many = 4 * maxBlock
	random := rand.New(rand.NewPCG(1, 2))
	for rule, order := range map[string]func(i int) int{
		"ascending":  func(i int) int { return i },
		"descending": func(i int) int { return many - i },
		"shuffled":   func(i int) int { return i * 2654435761 % (1 << 31) },
		"in between": func(i int) int { return []int{i, many - i}[i%2] },
	} {
		inRoll(t, rule, func(r roll) {
			var ids []string
			for i := range many {
				id := fmt.Sprintf("%012d", order(i))
				at, known := slices.BinarySearch(ids, id)
				if !known {
					ids = slices.Insert(ids, at, id)
				}
				assert.NilError(t, r.put(id, []byte(id)))
				if random.IntN(4) == 0 {
					gone := random.IntN(len(ids))
					assert.NilError(t, r.remove(ids[gone]))
					ids = slices.Delete(ids, gone, gone+1)
				}
			}
			r.shows(t, rule, ids)
			for _, id := range ids[maxBlock/2 : 2*maxBlock] {
				assert.NilError(t, r.remove(id))
			}
			ids = slices.Delete(ids, maxBlock/2, 2*maxBlock)
			r.shows(t, rule, ids)
		})
	}
}

// inRoll runs do on a roll of its own.
func inRoll(t *testing.T, rule string, do func(roll)) {
	t.Helper()
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "roll.db"), 0o600, &bbolt.Options{NoSync: true})
	assert.NilError(t, err)
	defer func() { _ = db.Close() }()
	err = db.Update(func(tx *bbolt.Tx) error {
		rows, err := makeTable(tx, "rows")
		if err != nil {
			return err
		}
		blocks, err := makeTable(tx, "blocks")
		if err == nil {
			do(roll{rows, blocks})
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", rule, err)
	}
}

// shows fails unless the roll has just these ids, each at its place.
func (r roll) shows(t *testing.T, rule string, ids []string) {
	t.Helper()
	if r.len() != len(ids) {
		t.Fatalf("%s: %d ids, want %d", rule, r.len(), len(ids))
	}
	for block, size := range r.blocks.under(nil) {
		if n := sizeIn(size); n < 1 || n > maxBlock {
			t.Errorf("%s: the block at %s has %d ids", rule, block, n)
		}
	}
	for n := 0; n < len(ids); n += 7 {
		if w := r.at(n); string(w.key) != ids[n] || !bytes.Equal(w.value, []byte(ids[n])) {
			t.Fatalf("%s: %q at %d, want %q", rule, w.key, n, ids[n])
		}
		if n > 0 {
			if w := r.after(ids[n-1], 0); string(w.key) != ids[n] {
				t.Fatalf("%s: %q comes after %q, want %q", rule, w.key, ids[n-1], ids[n])
			}
		}
	}
	if w := r.at(len(ids)); w.key != nil {
		t.Errorf("%s: %q behind the last one", rule, w.key)
	}
}

// TestAFileOfAnEarlierVersionIsUpgraded makes a file as it was before rolls were counted.
func TestAFileOfAnEarlierVersionIsUpgraded(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "scim.db")
	f, err := Open(path)
	assert.NilError(t, err)
	var users []directory.User
	for i := range 5 {
		u := directorytest.NewUser(fmt.Sprintf("user%d@example.com", i))
		assert.NilError(t, f.Directory().CreateUser(t.Context(), "org", u))
		users = append(users, u)
	}
	assert.NilError(t, f.Directory().DeleteUser(t.Context(), "org", users[2]))
	err = f.db.Update(func(tx *bbolt.Tx) error {
		root := tableAt(tx, "directory", "org")
		for id, value := range root.sub("gone").under(nil) {
			if err := root.sub("users").put([]byte(id), bytes.Clone(value)); err != nil {
				return err
			}
		}
		doc, err := users[0].Document.MarshalJSON()
		if err != nil {
			return err
		}
		own, err := json.Marshal(directory.User{ID: users[0].ID, Version: 1, NameKey: users[0].NameKey, State: directory.StateShadow})
		if err != nil {
			return err
		}
		if err := root.sub("users").put([]byte(users[0].ID), append(append(own, '\n'), doc...)); err != nil {
			return err
		}
		for _, name := range []string{
			"gone", "userBlocks", "groupBlocks", "goneBlocks", "userIndex", "goneIndex", "groupIndex", "userStates", "userStateBlocks", "memberCounts",
		} {
			if err := root.bucket.DeleteBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	assert.NilError(t, err)
	assert.NilError(t, f.Close())

	for range 2 { // the second time there is nothing to do
		if f, err = Open(path); err != nil {
			t.Fatal(err)
		}
		page, err := f.Directory().ListUsers(t.Context(), "org", directory.Query{Skip: 2, Limit: 9})
		if err != nil || page.Total != 4 || len(page.Items) != 2 || page.Items[0].ID != users[3].ID {
			t.Errorf("the page from the third on has %d of %d (%v)", len(page.Items), page.Total, err)
		}
		first, err := f.Directory().User(t.Context(), "org", users[0].ID)
		if err != nil || first.UserName() != users[0].UserName() || first.Version != 1 || first.State != directory.StateShadow {
			t.Errorf("a user stored as JSON is read as %+v (%v)", first, err)
		}
		shadow, err := filter.Parse(scim.DevRevUserSchema+`:state eq "shadow"`, directorytest.Schemas().User, nil)
		assert.NilError(t, err)
		if page, err = f.Directory().ListUsers(t.Context(), "org", directory.Query{Filter: shadow, Limit: 9}); err != nil || page.Total != 4 {
			t.Errorf("with a user stored as JSON, %d users are shadow (%v)", page.Total, err)
		}
		gone, err := f.Directory().User(t.Context(), "org", users[2].ID)
		if err != nil || !gone.Deleted {
			t.Errorf("the deleted user is there: %v, deleted: %t", err, gone.Deleted)
		}
		assert.NilError(t, f.Close())
	}
}
