package mongostore

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

// everythingIsTold fails unless the events of the scene's organisation are numbered without a gap,
// tell of each version of each resource once, in order, up to the present one, and nothing is left
// to tell.
func (sc *scene) everythingIsTold() {
	sc.Helper()
	events, err := sc.Events(sc.Context(), sc.org, 0, 10_000)
	sc.ok(err)
	last, ids := map[history.Resource]int64{}, map[string]bool{}
	for i, e := range events {
		if e.Seq != int64(i+1) || ids[e.ID] {
			sc.Fatalf("event %s has the number %d in place %d", e.ID, e.Seq, i+1)
		}
		ids[e.ID] = true
		if before := last[e.Resource]; e.Version != before && e.Version != before+1 {
			sc.Fatalf("version %d of %s is told after %d", e.Version, e.Resource, before)
		}
		last[e.Resource] = e.Version
	}
	for _, id := range sc.users {
		u, err := sc.User(sc.Context(), sc.org, id)
		sc.ok(err)
		if of := (history.Resource{Type: history.User, ID: string(id)}); last[of] != u.Version {
			sc.Fatalf("user %s is told of up to version %d of %d", id, last[of], u.Version)
		}
	}
	page, err := sc.ListGroups(sc.Context(), sc.org, directory.Query{Limit: 100})
	sc.ok(err)
	for _, g := range page.Items {
		if of := (history.Resource{Type: history.Group, ID: string(g.ID)}); last[of] != g.Version {
			sc.Fatalf("group %s is told of up to version %d of %d", g.ID, last[of], g.Version)
		}
	}
	for of, version := range last {
		records, err := sc.Records(sc.Context(), sc.org, of, 0, 100)
		sc.ok(err)
		if int64(len(records)) != version {
			sc.Fatalf("%s has %d records, want one for each of %d versions", of, len(records), version)
		}
	}
	for _, c := range []collection{sc.groups, sc.Store.users} {
		untold, err := c.count(sc.Context(), within(sc.org, onList, exists("untold", true)), 0)
		sc.ok(err)
		if untold > 0 {
			sc.Fatalf("%d documents of %s have something untold", untold, c.c.Name())
		}
	}
}

// Whoever tells may die at any command, as often as it likes: what it was about is told in the end,
// once.
func TestTellingBrokenAtAnyCommandTellsOnce(t *testing.T) {
	t.Parallel()
	var b breaker
	s := newStore(t, b.option())
	for n, broke := 1, true; broke; n++ {
		sc := newScene(t, s)
		u := sc.user(0)
		u.Document.Set("title", fmt.Sprint(n))
		u, err := sc.ReplaceUser(t.Context(), sc.org, u)
		sc.ok(err)
		sc.update(directory.MemberDelta{Add: sc.users[2:]})
		sc.ok(sc.DeleteUser(t.Context(), sc.org, sc.user(1)))
		sc.ok(sc.DeleteGroup(t.Context(), sc.org, directory.Group{ID: sc.two.ID}))
		broke, _ = b.during(t.Context(), n, func(ctx context.Context) error { return sc.CatchUp(ctx) })
		u.Document.Set("title", "again")
		_, err = sc.ReplaceUser(t.Context(), sc.org, u)
		sc.ok(err)
		b.left.Store(0)
		sc.ok(sc.Repair(t.Context()))
		sc.ok(sc.CatchUp(t.Context()))
		sc.everythingIsTold()
	}
}

// What many of a process are about to tell at once is told by the first of them: each of the others
// reads that nothing is left, instead of meeting each event that is there already.
func TestManyWhoTellAtOnceCostNoMoreThanOne(t *testing.T) {
	t.Parallel()
	var commands recorder
	sc := newScene(t, newStore(t, commands.option()))
	for range mostUntold / 2 {
		sc.update(directory.MemberDelta{Add: sc.users[2:]})
		sc.update(directory.MemberDelta{Remove: sc.users[2:]})
	}
	about := []changed{{sc.org, true, documentID(sc.org, sc.one.ID)}}
	sc.wait = time.Hour // however slow the machine is
	const others = 8
	commands.take()
	var all sync.WaitGroup
	for range 1 + others {
		all.Go(func() {
			if err := sc.tell(t.Context(), sc.org, about, true); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if sent := commands.take(); len(sent) > 6+others {
		t.Errorf("%d commands, want at most 6 and one for each of the others: %v", len(sent), sent)
	}
	sc.ok(sc.CatchUp(t.Context()))
	sc.everythingIsTold()
}

// Two processes may have told of the same changes: then the second one meets its first event, and
// asks once for all others.
func TestEventsThatAreThereCostThreeCommands(t *testing.T) {
	t.Parallel()
	var commands recorder
	sc := newScene(t, newStore(t, commands.option()))
	for range 20 {
		sc.update(directory.MemberDelta{Add: sc.users[2:]})
		sc.update(directory.MemberDelta{Remove: sc.users[2:]})
	}
	sc.ok(sc.CatchUp(t.Context()))
	events, err := sc.Events(t.Context(), sc.org, 0, 1000)
	assert.NilError(t, err)
	if len(events) < 40 {
		t.Fatalf("%d events, want one for each change", len(events))
	}
	commands.take()
	sc.ok(sc.appendEvents(t.Context(), sc.org, events[:40]))
	if sent := commands.take(); len(sent) != 3 {
		t.Errorf("%d commands, want 3: the head, what is refused, what is there: %v", len(sent), sent)
	}
	half := events[20:40]
	for n := range 20 {
		half[n].ID += "-new"
	}
	commands.take()
	sc.ok(sc.appendEvents(t.Context(), sc.org, events[:40]))
	if sent := commands.take(); len(sent) > 6 {
		t.Errorf("%d commands, want at most 6 where half of the events are there: %v", len(sent), sent)
	}
	now, err := sc.Events(t.Context(), sc.org, 0, 1000)
	assert.NilError(t, err)
	for n, e := range now[len(now)-20:] {
		if e.ID != half[n].ID || e.Seq != int64(len(now)-20+n+1) {
			t.Errorf("event %d is %s with number %d, want %s in their order", n, e.ID, e.Seq, half[n].ID)
		}
	}
}

// A turn is no lock: who waits for one that does not end goes on, and tells what there is.
func TestATurnThatDoesNotEndKeepsNobodyFromTelling(t *testing.T) {
	t.Parallel()
	sc := newScene(t, newStore(t))
	sc.wait = time.Millisecond
	leave, err := sc.telling.Enter(t.Context(), string(sc.org))
	assert.NilError(t, err)
	defer leave()
	sc.update(directory.MemberDelta{Add: sc.users[2:]})
	sc.ok(sc.CatchUp(t.Context()))
	sc.everythingIsTold()
}
