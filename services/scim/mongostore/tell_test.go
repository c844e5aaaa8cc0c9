package mongostore

import (
	"context"
	"fmt"
	"testing"

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
