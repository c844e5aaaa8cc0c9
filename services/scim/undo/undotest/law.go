package undotest

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/undo"
)

var operations = flag.Int("undo", 0, "how many operations are drawn for each push; 0 is a few")

// RunLaw proves, on drawn pushes, that an undo leaves the directory as it was, except for versions
// and times, and for what another's name keeps away, of which it says so; and that a dry run says
// the same as the undo does. usual is how many operations a push has unless -undo says it.
func RunLaw(t *testing.T, s Stores, usual int) {
	t.Helper()
	went, stuck := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, s)
		p := newPush(w, rt)
		before := w.picture()
		for range cmp.Or(*operations, usual) {
			p.operation()
		}
		if p.last == "" {
			return
		}
		pushed := w.picture()
		_, played := w.undone(undo.Asked{Push: p.last, DryRun: true})
		w.same(pushed, nil)
		j, items := w.undone(undo.Asked{Push: p.last})
		conflicts := w.inConflict(items)
		went, stuck = went+len(items), stuck+len(conflicts)
		w.same(before, conflicts)
		w.told(j, items)
		if len(played) != len(items) {
			w.Fatalf("the dry run has %d items, the undo %d", len(played), len(items))
		}
		for i := range items {
			if a, b := played[i].Result, items[i].Result; a.Outcome != b.Outcome || a.State != b.State || a.MembersIn != b.MembersIn || a.MembersOut != b.MembersOut {
				w.Fatalf("the dry run says %+v, the undo %+v of %+v", a, b, items[i].Resource)
			}
		}
	})
	t.Logf("%d users and groups went back, of which %d not whole", went, stuck)
	if stuck > went/4 {
		t.Error("the draw is one-sided")
	}
}

// RunKills kills the process at each of 20 points of an undo and has another go on.
func RunKills(t *testing.T, s Stores) {
	t.Helper()
	const points = 20
	never := &process{left: -1}
	w, before, a := scene(t, s)
	u := w.undo(never.of(s), 0)
	j, items := w.finish(u, w.start(u, a).ID)
	w.same(before, w.inConflict(items))
	w.told(j, items)
	for n := range points {
		t.Run(fmt.Sprintf("point %d", n+1), func(t *testing.T) {
			t.Parallel()
			w, before, a := scene(t, s)
			dying := &process{left: n * never.writes / points, after: n%2 == 1}
			j := w.start(w.undo(s, 0), a)
			err := w.undo(dying.of(s), 0).Work(w.ctx(), undo.Ref{Tenant: w.org.Tenant, ID: j.ID})
			if !dying.dead || err == nil {
				t.Fatalf("the process was not killed: %v", err)
			}
			w.ok(s.Directory.Repair(w.ctx()))
			j, items := w.finish(w.undo(s, time.Hour), j.ID) // when the lease is over
			w.same(before, w.inConflict(items))
			w.told(j, items)
		})
	}
}

// scene is an organisation after a push of everything that there is.
func scene(t *testing.T, s Stores) (w *world, before map[string]string, a undo.Asked) {
	w = newWorld(t, s)
	var people []directory.UserID
	for n := range 8 {
		u, _ := w.create("setup", fmt.Sprintf("user%d@example.com", n), "title", "Clerk")
		people = append(people, u.ID)
	}
	one, _ := w.createGroup("setup", "One", people[:4]...)
	two, _ := w.createGroup("setup", "Two", people[2:6]...)
	w.remove("setup", people[7])
	before = w.picture()
	w.set("push", people[0], "active", false)
	w.set("push", people[1], "title", "Manager", "active", false)
	w.set("push", people[2], "userName", "user2b@example.com", "title", nil)
	w.remove("push", people[3])
	w.create("push", "user8@example.com")
	w.create("push", "user7@example.com") // comes back
	w.setGroup("push", one.ID, "Uno", people[0], people[4], people[5])
	w.removeGroup(two.ID)
	last := ""
	_, last = w.createGroup("push", "Three", people[0])
	return w, before, undo.Asked{Push: last}
}

// push draws operations of one token.
type push struct {
	*world
	*rapid.T

	people []directory.UserID // who are there
	gone   map[directory.UserID]string
	groups []directory.GroupID
	free   []string // names that were given up
	n      int
	last   string // entry
}

func newPush(w *world, rt *rapid.T) *push {
	p := &push{world: w, T: rt, gone: map[directory.UserID]string{}}
	for range rapid.IntRange(1, 5).Draw(rt, "people") {
		u, _ := w.create("setup", p.name(), "title", "Clerk")
		p.people = append(p.people, u.ID)
	}
	for range rapid.IntRange(0, 2).Draw(rt, "groups") {
		g, _ := w.createGroup("setup", p.name(), p.some()...)
		p.groups = append(p.groups, g.ID)
	}
	if len(p.people) > 2 {
		w.remove("setup", p.people[0])
		p.people = p.people[1:]
	}
	return p
}

// name is one that no one has, and that mostly no one had.
func (p *push) name() string {
	if len(p.free) > 0 && rapid.IntRange(0, 3).Draw(p.T, "used") == 0 {
		name := p.free[0]
		p.free = p.free[1:]
		return name
	}
	p.n++
	return fmt.Sprintf("name%d@example.com", p.n)
}

func (p *push) some() []directory.UserID {
	var some []directory.UserID
	for _, id := range p.people {
		if rapid.Bool().Draw(p.T, "member") {
			some = append(some, id)
		}
	}
	return some
}

// operation draws one and does it.
func (p *push) operation() {
	const token = "push"
	kind := rapid.SampledFrom([]string{"create", "attribute", "attribute", "state", "state", "rename", "delete", "return", "group", "members", "members", "members", "rename group", "delete group"}).Draw(p.T, "operation")
	person := func() directory.UserID { return rapid.SampledFrom(p.people).Draw(p.T, "person") }
	group := func() directory.GroupID { return rapid.SampledFrom(p.groups).Draw(p.T, "group") }
	switch {
	case kind == "create":
		var u directory.User
		p.n++
		u, p.last = p.create(token, fmt.Sprintf("name%d@example.com", p.n))
		p.people = append(p.people, u.ID)
	case kind == "group":
		var g directory.Group
		p.n++
		g, p.last = p.createGroup(token, fmt.Sprintf("name%d", p.n), p.some()...)
		p.groups = append(p.groups, g.ID)
	case len(p.people) > 0 && kind == "attribute":
		value := rapid.SampledFrom([]any{"Clerk", "Manager", nil}).Draw(p.T, "value")
		p.last = p.set(token, person(), rapid.SampledFrom([]string{"title", "nickName"}).Draw(p.T, "attribute"), value)
	case len(p.people) > 0 && kind == "state":
		p.last = p.set(token, person(), "active", rapid.Bool().Draw(p.T, "active"))
	case len(p.people) > 0 && kind == "rename":
		id := person()
		u, err := p.users.Get(p.ctx(), p.org, id)
		p.ok(err)
		p.last = p.set(token, id, "userName", p.name())
		p.free = append(p.free, u.UserName())
	case len(p.people) > 0 && kind == "delete":
		id := person()
		u, err := p.users.Get(p.ctx(), p.org, id)
		p.ok(err)
		p.gone[id] = u.UserName()
		p.people = slices.DeleteFunc(p.people, func(other directory.UserID) bool { return other == id })
		p.last = p.remove(token, id)
	case len(p.gone) > 0 && kind == "return":
		id := slices.Min(slices.Collect(maps.Keys(p.gone)))
		var u directory.User
		u, p.last = p.create(token, p.gone[id])
		delete(p.gone, id)
		p.people = append(p.people, u.ID)
	case len(p.groups) > 0 && kind == "members":
		id := group()
		g, err := p.world.groups.Get(p.ctx(), p.org, id, false)
		p.ok(err)
		p.last = p.setGroup(token, id, g.DisplayName(), p.some()...)
	case len(p.groups) > 0 && kind == "rename group":
		p.n++
		p.last = p.setGroup(token, group(), fmt.Sprintf("name%d", p.n), p.some()...)
	case len(p.groups) > 0 && kind == "delete group":
		id := group()
		p.last = p.removeGroup(id)
		p.groups = slices.DeleteFunc(p.groups, func(other directory.GroupID) bool { return other == id })
	}
}
