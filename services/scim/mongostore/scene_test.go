package mongostore

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// scene is an organisation of four users; 0 and 1 are in group one, 1 also in group two.
type scene struct {
	*testing.T
	*Store
	org      directory.Tenant
	users    []directory.UserID
	one, two directory.Group
}

func newScene(t *testing.T, s *Store) *scene {
	t.Helper()
	sc := &scene{T: t, Store: s, org: directory.Tenant("org-" + rand.Text())}
	for i := range 4 {
		u := directorytest.NewUser(fmt.Sprintf("user%d@example.com", i))
		sc.ok(sc.CreateUser(t.Context(), sc.org, u))
		sc.users = append(sc.users, u.ID)
	}
	sc.one = directorytest.NewGroup("One", sc.users[0], sc.users[1])
	sc.two = directorytest.NewGroup("Two", sc.users[1])
	sc.ok(sc.CreateGroup(t.Context(), sc.org, sc.one))
	sc.ok(sc.CreateGroup(t.Context(), sc.org, sc.two))
	return sc
}

func (sc *scene) ok(err error) {
	sc.Helper()
	assert.NilError(sc, err)
}

func same[T any](sc *scene, want, got T) {
	sc.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		sc.Fatalf("-want +got:\n%s", diff)
	}
}

// advanced stores the next version of g and does no more, as a process that dies right after.
func (sc *scene) advanced(g directory.Group, change membershipChange) groupDocument {
	sc.Helper()
	g, err := sc.Group(sc.Context(), sc.org, g.ID, false)
	sc.ok(err)
	d, done, err := sc.storeVersion(sc.Context(), sc.org, g, change)
	sc.ok(err)
	if !done {
		sc.Fatal("the version has changed")
	}
	return d
}

// marked deletes user i as a process that dies right after.
func (sc *scene) marked(i int, modified time.Time) userDocument {
	sc.Helper()
	u, err := sc.User(sc.Context(), sc.org, sc.users[i])
	sc.ok(err)
	u.Version++
	u.Deleted, u.Modified = true, modified
	d := userDocumentOf(sc.org, u)
	d.Unfinished = sc.org
	sc.ok(sc.replaceUser(sc.Context(), d, ""))
	return d
}

// shows fails unless every reader sees the groups with these members (nil: no such group) and these
// versions.
func (sc *scene) shows(one, two []int, versions ...int64) {
	sc.Helper()
	sc.showsGroups(one, two, versions...)
	ids := []directory.GroupID{sc.one.ID, sc.two.ID}
	wantGroups := make(map[directory.UserID][]directory.GroupID)
	for i, members := range [][]int{one, two} {
		for _, n := range members {
			wantGroups[sc.users[n]] = append(wantGroups[sc.users[n]], ids[i])
		}
	}

	groups, err := sc.GroupsOf(sc.Context(), sc.org, sc.users)
	sc.ok(err)
	gotGroups := make(map[directory.UserID][]directory.GroupID)
	for u, refs := range groups {
		for _, r := range refs {
			gotGroups[u] = append(gotGroups[u], r.ID)
		}
		slices.SortFunc(gotGroups[u], func(a, b directory.GroupID) int { return slices.Index(ids, a) - slices.Index(ids, b) })
	}
	same(sc, wantGroups, gotGroups)
}

// showsGroups is shows for those who read groups.
func (sc *scene) showsGroups(one, two []int, versions ...int64) {
	sc.Helper()
	ids := []directory.GroupID{sc.one.ID, sc.two.ID}
	wantMembers := make(map[directory.GroupID][]directory.UserID)
	for i, members := range [][]int{one, two} {
		for _, n := range members {
			wantMembers[ids[i]] = append(wantMembers[ids[i]], sc.users[n])
		}
	}
	var got []int64
	for i, members := range [][]int{one, two} {
		g, err := sc.Group(sc.Context(), sc.org, ids[i], true)
		if members == nil {
			if !errors.Is(err, directory.ErrNotFound) {
				sc.Fatalf("a deleted group is read: %v", err)
			}
			continue
		}
		sc.ok(err)
		same(sc, wantMembers[g.ID], g.Members)
		got = append(got, g.Version)
	}
	same(sc, versions, got)
	sc.membersAreCounted()
}

// nothingIsLeft fails if there is anything for Repair to do.
func (sc *scene) nothingIsLeft() {
	sc.Helper()
	for _, c := range []collection{sc.groups, sc.Store.users} {
		left, err := all[leftover](sc.Context(), c, within(sc.org, onUnfinished, is("unfinished", sc.org)), bson.D{})
		sc.ok(err)
		if len(left) > 0 {
			sc.Fatalf("left over in %s: %v", c.c.Name(), left)
		}
	}
}

func (sc *scene) user(i int) directory.User {
	sc.Helper()
	u, err := sc.User(sc.Context(), sc.org, sc.users[i])
	sc.ok(err)
	return u
}

// membership returns that of user 1 in the group.
func (sc *scene) membership(g directory.GroupID) membership {
	sc.Helper()
	found, err := sc.membershipsOf(sc.Context(), sc.org, sc.users[1:2])
	sc.ok(err)
	at := slices.IndexFunc(found, func(m membership) bool { return m.Group == g })
	if at < 0 {
		sc.Fatal("no such membership")
	}
	return found[at]
}

// update changes group one as any process does.
func (sc *scene) update(d directory.MemberDelta) {
	sc.Helper()
	g, err := sc.Group(sc.Context(), sc.org, sc.one.ID, false)
	sc.ok(err)
	_, _, err = sc.UpdateGroup(sc.Context(), sc.org, g, d)
	sc.ok(err)
}

// restored brings a deleted user back.
func (sc *scene) restored(i int) {
	sc.Helper()
	u := sc.user(i)
	u.Deleted = false
	_, err := sc.ReplaceUser(sc.Context(), sc.org, u)
	sc.ok(err)
}
