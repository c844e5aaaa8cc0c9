package mongostore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// TestEveryPlaceIsFoundWhateverComesAndGoes holds pages from anywhere in an organisation large
// enough for marks against a list of its ids, while users are created, deleted and restored.
func TestEveryPlaceIsFoundWhateverComesAndGoes(t *testing.T) {
	t.Parallel()
	s := newStore(t, watched(t))
	var ids, gone []directory.UserID
	var stored []any
	for i := range 4*markDistance + 7 {
		u := directorytest.NewUser(fmt.Sprintf("user%d@example.com", i))
		ids = append(ids, u.ID)
		stored = append(stored, userDocumentOf("org", u))
	}
	for chunk := range slices.Chunk(stored, chunkSize) { // as a version stored them that counted nothing
		if _, err := s.users.insertMissing(t.Context(), chunk); err != nil {
			t.Fatal(err)
		}
	}
	ok := func(err error) {
		t.Helper()
		assert.NilError(t, err)
	}
	const limit = 3
	shows := func(skip int) {
		t.Helper()
		page, err := s.ListUsers(t.Context(), "org", directory.Query{Skip: skip, Limit: limit})
		ok(err)
		var got []directory.UserID
		for _, u := range page.Items {
			got = append(got, u.ID)
		}
		if want := ids[min(skip, len(ids)):min(skip+limit, len(ids))]; page.Total != len(ids) || !slices.Equal(got, want) {
			t.Fatalf("at %d of %d: %v of %d, want %v", skip, len(ids), got, page.Total, want)
		}
	}
	shows(2*markDistance + 1)
	for round := range 40 {
		at := rand.IntN(len(ids))
		u, err := s.User(t.Context(), "org", ids[at])
		ok(err)
		switch round % 4 {
		case 0, 1:
			ok(s.DeleteUser(t.Context(), "org", u))
			ids, gone = slices.Delete(ids, at, at+1), append(gone, u.ID)
		case 2:
			u, err = s.User(t.Context(), "org", gone[0])
			ok(err)
			u.Deleted = false
			_, err = s.ReplaceUser(t.Context(), "org", u)
			ok(err)
			place, _ := slices.BinarySearch(ids, u.ID)
			ids, gone = slices.Insert(ids, place, u.ID), gone[1:]
		case 3:
			u = directorytest.NewUser(fmt.Sprintf("late%d@example.com", round))
			ok(s.CreateUser(t.Context(), "org", u))
			ids = append(ids, u.ID)
		}
		for _, skip := range []int{0, markDistance, 2*markDistance + 1, 3 * markDistance, len(ids) - 1, len(ids), rand.IntN(len(ids))} {
			shows(skip)
		}
	}
	read, err := s.users.tally(t.Context(), "org", len(ids))
	ok(err)
	if read.Open != 0 || read.Marks < 2 {
		t.Errorf("the tally at the end: %+v", read)
	}
}

// TestTheNumberIsRightWhereverAWriteBreaks ends what changes the number at each of its commands.
func TestTheNumberIsRightWhereverAWriteBreaks(t *testing.T) {
	t.Parallel()
	var commands breaker
	s := New(mongotest.Database(t, commands.option()))
	assert.NilError(t, s.Prepare(t.Context()))
	for rule, change := range map[string]func(context.Context, *scene) error{
		"CreateUser": func(ctx context.Context, sc *scene) error {
			return sc.CreateUser(ctx, sc.org, directorytest.NewUser("new@example.com"))
		},
		"CreateUser of a name that is taken": func(ctx context.Context, sc *scene) error {
			_ = sc.CreateUser(ctx, sc.org, directorytest.NewUser("user1@example.com"))
			return ctx.Err()
		},
		"a change of state that the caller knows": func(ctx context.Context, sc *scene) error {
			u := sc.user(1)
			u.Was, u.State = u.State, directory.StateActive
			_, err := sc.ReplaceUser(ctx, sc.org, u)
			return err
		},
		"a change of state that the caller is wrong about": func(ctx context.Context, sc *scene) error {
			u := sc.user(1)
			u.Was, u.State = directory.StateActive, directory.StateDeactivated
			_, err := sc.ReplaceUser(ctx, sc.org, u)
			return err
		},
		"a change of state that comes too late": func(ctx context.Context, sc *scene) error {
			u := sc.user(1)
			u.Version, u.Was, u.State = u.Version-1, u.State, directory.StateActive
			_, _ = sc.ReplaceUser(ctx, sc.org, u)
			return ctx.Err()
		},
		"DeleteUser": func(ctx context.Context, sc *scene) error { return sc.DeleteUser(ctx, sc.org, sc.user(1)) },
		"a restore": func(ctx context.Context, sc *scene) error {
			if err := sc.DeleteUser(ctx, sc.org, sc.user(1)); err != nil {
				return err
			}
			u := sc.user(1)
			u.Deleted, u.State = false, directory.StateActive
			_, err := sc.ReplaceUser(ctx, sc.org, u)
			return err
		},
		"DeleteGroup": func(ctx context.Context, sc *scene) error {
			return sc.DeleteGroup(ctx, sc.org, directory.Group{ID: sc.one.ID})
		},
	} {
		for n, broke := 1, true; broke; n++ {
			sc := newScene(t, s)
			sc.numberIsRight(rule)
			broke, _ = commands.during(t.Context(), n, func(ctx context.Context) error { return change(ctx, sc) })
			sc.numberIsRight(fmt.Sprintf("%s, broken at command %d", rule, n))
		}
	}
}

// TestWhatADeadProcessAnnouncedIsCounted makes the two steps of a process that then dies.
func TestWhatADeadProcessAnnouncedIsCounted(t *testing.T) {
	t.Parallel()
	sc := newScene(t, newStore(t, watched(t)))
	sc.numberIsRight("before")
	u := userDocumentOf(sc.org, directorytest.NewUser("new@example.com"))
	_, err := sc.Store.users.c.BulkWrite(t.Context(), []mongo.WriteModel{announced(sc.org)})
	sc.ok(err)
	_, err = sc.Store.users.insertOnce(t.Context(), u)
	sc.ok(err)
	sc.ok(sc.CreateUser(t.Context(), sc.org, directorytest.NewUser("meanwhile@example.com")))
	past := bson.D{is("$set", bson.D{is("since", time.Now().Add(-2*lostAfter))})}
	_, err = sc.Store.users.update(t.Context(), tallyOf(sc.org), past)
	sc.ok(err)
	sc.numberIsRight("after")
	read, err := sc.Store.users.tally(t.Context(), sc.org, 0)
	sc.ok(err)
	want := tally{Version: read.Version, Exact: true, Shown: 6, Since: read.Since, States: map[directory.State]int{directory.StateShadow: 6, directory.StateActive: 0, directory.StateDeactivated: 0}, Counted: read.Counted}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("the tally: -want +got:\n%s", diff)
	}
}

// numberIsRight fails unless the lists say how many resources they have, and those of each state.
func (sc *scene) numberIsRight(when string) {
	sc.Helper()
	users, err := sc.ListUsers(sc.Context(), sc.org, directory.Query{Limit: 99})
	sc.ok(err)
	groups, err := sc.ListGroups(sc.Context(), sc.org, directory.Query{Limit: 99})
	sc.ok(err)
	if users.Total != len(users.Items) || groups.Total != len(groups.Items) {
		sc.Errorf("%s: %d users are %d, %d groups are %d", when, len(users.Items), users.Total, len(groups.Items), groups.Total)
	}
	for _, state := range directory.States() {
		n := 0
		for _, u := range users.Items {
			if u.State == state {
				n++
			}
		}
		if said := sc.inState(state); said != n {
			sc.Errorf("%s: %d users are %s, and they are counted as %d", when, n, state, said)
		}
	}
}

// inState returns how many users are in a state, as a list of them says.
func (sc *scene) inState(state directory.State) int {
	sc.Helper()
	page, err := sc.ListUsers(sc.Context(), sc.org, directory.Query{Filter: parsed(sc.T, directorytest.Schemas().User, fmt.Sprintf(`%s:state eq %q`, scim.DevRevUserSchema, state))})
	sc.ok(err)
	return page.Total
}

// TestStatesAreCountedAgain where they cannot be believed: a version of this program that does not
// count states has created a user, or may have changed one.
func TestStatesAreCountedAgain(t *testing.T) {
	t.Parallel()
	sc := newScene(t, newStore(t, watched(t)))
	same(sc, 4, sc.inState(directory.StateShadow))
	changed := func(w where, change bson.D) {
		t.Helper()
		done, err := sc.Store.users.update(t.Context(), w, change)
		sc.ok(err)
		same(sc, true, done)
	}
	_, err := sc.Store.users.insertOnce(t.Context(), userDocumentOf(sc.org, directorytest.NewUser("new@example.com")))
	sc.ok(err)
	changed(tallyOf(sc.org), bson.D{is("$inc", bson.D{is("shown", 1)})})
	same(sc, 5, sc.inState(directory.StateShadow))
	changed(withID(sc.org, documentID(sc.org, sc.users[0])), bson.D{is("$set", bson.D{is("state", "active"), is(stateField(), "active")})})
	same(sc, 5, sc.inState(directory.StateShadow)) // not yet
	changed(tallyOf(sc.org), bson.D{is("$set", bson.D{is("counted", time.Now().Add(-2*statesTime))})})
	same(sc, 4, sc.inState(directory.StateShadow))
	sc.numberIsRight("at the end")
}

// TestFirstListsMayRace: whichever counts an organisation first, each of many lists at once is
// answered.
func TestFirstListsMayRace(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for n := range 20 {
		org := directory.Tenant(fmt.Sprintf("org%d", n))
		answers := make(chan error)
		const lists = 16
		for range lists {
			go func() {
				_, err := s.ListUsers(t.Context(), org, directory.Query{Limit: 2})
				answers <- err
			}()
		}
		for range lists {
			if err := <-answers; err != nil {
				t.Errorf("a list of %s: %v", org, err)
			}
		}
	}
}

// TestEverybodyIsCountedOnceAtATime: a count that takes longer than its callers wait comes to its
// end and is there for the next, however many ask; and none is answered with a count that had begun
// before it asked.
func TestEverybodyIsCountedOnceAtATime(t *testing.T) {
	t.Parallel()
	c := newCollection(mongotest.Database(t, watched(t)).Collection(usersName))
	synctest.Test(t, func(t *testing.T) {
		var began, under atomic.Int32
		count := func(lasts time.Duration) func(context.Context) (int, error) {
			return func(ctx context.Context) (int, error) {
				n := int(began.Add(1))
				if under.Add(1) > 1 {
					t.Error("two at a time")
				}
				defer under.Add(-1)
				select {
				case <-time.After(lasts):
					return n, nil
				case <-ctx.Done():
					return 0, ctx.Err()
				}
			}
		}
		ask := func(lasts time.Duration) (int, error) {
			return countedOnce(t.Context(), c, "org", "all", count(lasts))
		}

		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := ask(30 * time.Second); !errors.Is(err, directory.ErrUnavailable) {
					t.Errorf("after 2 s: %v", err)
				}
			})
		}
		all.Wait()
		if began.Load() != 1 || under.Load() != 1 {
			t.Errorf("%d counts were begun, %d are under way", began.Load(), under.Load())
		}
		time.Sleep(27 * time.Second)
		if n, err := ask(time.Second / 2); n != 2 || err != nil {
			t.Errorf("who asked while the first count was under way: count %d, %v", n, err)
		}
		if _, err := ask(time.Hour); !errors.Is(err, directory.ErrUnavailable) {
			t.Error(err)
		}
		time.Sleep(countTime)
		if n, err := ask(time.Second / 2); n != 4 || err != nil || under.Load() != 0 {
			t.Errorf("after a count that had no end: count %d, %v, %d under way", n, err, under.Load())
		}
	})
}
