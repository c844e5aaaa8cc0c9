package directorytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

// Breakable is a Store that can be broken in the middle of a change.
type Breakable struct {
	directory.Store
	// During calls do and breaks the Store at the nth step of what it does, as if the process died
	// there, and reports whether it came to that.
	During func(ctx context.Context, n int, do func(context.Context) error) (broke bool, err error)
	// Settled fails the test unless nothing is left to do for the tenant and everything is told;
	// users are all that it has.
	Settled func(t *testing.T, tenant directory.Tenant, users []directory.UserID)
}

// brokenChange is a change that is made again where it was not acknowledged, and what is there
// before it and after it.
type brokenChange struct {
	rule          string
	change        func(ctx context.Context, w *brokenWorld) error
	before, after func(w *brokenWorld) error
	again         func(w *brokenWorld) error // what holds, too, once it was made again; nil: nothing
}

// RunBroken proves that a change which is broken at any step is there whole or not at all: for a
// reader of groups at once, and for all after Repair. If it was acknowledged, it is there; and made
// again, it is made once.
func RunBroken(t *testing.T, open func(t *testing.T) Breakable) {
	t.Helper()
	for _, c := range brokenChanges() {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			for n, broke := 1, true; broke; n++ {
				broke = c.breaks(newBrokenWorld(t, c.rule, s), n)
			}
		})
	}
}

func brokenChanges() []brokenChange {
	return []brokenChange{
		{
			"CreateGroup",
			func(ctx context.Context, w *brokenWorld) error {
				g := NewGroup("Three")
				g.Members = w.users
				err := w.CreateGroup(ctx, w.tenant, g)
				if _, ok := errors.AsType[*directory.Duplicate](err); ok {
					return nil // made by the attempt before
				}
				return err
			},
			func(w *brokenWorld) error { return w.named("Three", nil) },
			func(w *brokenWorld) error { return w.named("Three", []int{0, 1, 2, 3}) }, nil,
		},
		{
			"UpdateGroup",
			func(ctx context.Context, w *brokenWorld) error {
				g, err := w.Group(ctx, w.tenant, w.one.ID, false)
				if err != nil {
					return err
				}
				g.Document.Set("displayName", "Changed")
				_, _, err = w.UpdateGroup(ctx, w.tenant, g, directory.MemberDelta{Add: w.users[2:], Remove: w.users[:1]})
				return err
			},
			func(w *brokenWorld) error { return errors.Join(w.named("One", []int{0, 1}), w.named("Changed", nil)) },
			func(w *brokenWorld) error {
				return errors.Join(w.named("One", nil), w.named("Changed", []int{1, 2, 3}))
			}, nil,
		},
		{
			"UpdateGroup after a look",
			func(ctx context.Context, w *brokenWorld) error {
				d := directory.MemberDelta{Add: w.users[2:], Remove: w.users[:1]}
				st, err := w.Standing(ctx, w.tenant, w.one.ID, d)
				if err != nil {
					return err
				}
				d.Standing = &st
				_, _, err = w.UpdateGroup(ctx, w.tenant, st.Group, d)
				return err
			},
			func(w *brokenWorld) error { return w.named("One", []int{0, 1}) },
			func(w *brokenWorld) error { return w.named("One", []int{1, 2, 3}) }, nil,
		},
		{
			"DeleteGroup",
			func(ctx context.Context, w *brokenWorld) error {
				return nilIfNotFound(w.DeleteGroup(ctx, w.tenant, directory.Group{ID: w.one.ID}))
			},
			func(w *brokenWorld) error { return w.named("One", []int{0, 1}) },
			func(w *brokenWorld) error { return w.named("One", nil) }, nil,
		},
		{
			"Attach",
			func(ctx context.Context, w *brokenWorld) error {
				value := string(w.users[2])
				_, _, err := w.Attach(ctx, w.tenant, directory.Group{ID: w.one.ID, Modified: w.one.Modified}, value, w.users[2])
				return nilIfNotFound(err) // made by the attempt before
			},
			func(w *brokenWorld) error {
				return errors.Join(w.named("One", []int{0, 1}), w.waits(w.users[2]))
			},
			func(w *brokenWorld) error { return w.named("One", []int{0, 1, 2}) },
			func(w *brokenWorld) error { return w.waits() },
		},
		{
			"DeleteUser",
			func(ctx context.Context, w *brokenWorld) error {
				u, err := w.User(ctx, w.tenant, w.users[1])
				if err != nil || u.Deleted {
					return err
				}
				return w.DeleteUser(ctx, w.tenant, u)
			},
			func(w *brokenWorld) error { return errors.Join(w.named("One", []int{0, 1}), w.named("Two", []int{1})) },
			func(w *brokenWorld) error { return errors.Join(w.named("One", []int{0}), w.named("Two", []int{})) }, nil,
		},
	}
}

func nilIfNotFound(err error) error {
	if errors.Is(err, directory.ErrNotFound) {
		return nil
	}
	return err
}

// breaks makes the change, which breaks at the nth step, and reports whether it came to that.
func (c brokenChange) breaks(w *brokenWorld, n int) (broke bool) {
	w.Helper()
	change := func(ctx context.Context) error { return c.change(ctx, w) }
	broke, err := w.broken.During(w.Context(), n, change)
	w.settled = err == nil
	if err == nil {
		if err := c.after(w); err != nil {
			w.failf("broken at step %d, it was acknowledged: %v", n, err)
		}
	} else if !errors.Is(err, directory.ErrUnavailable) {
		w.failf("broken at step %d: %v", n, err)
	}
	c.isWhole(w, n)
	w.ok(w.Repair(w.Context()))
	w.settled = true
	c.isWhole(w, n)
	w.ok(change(w.Context()))
	w.ok(c.after(w))
	w.ok(w.Repair(w.Context()))
	w.ok(c.after(w))
	if c.again != nil {
		w.ok(c.again(w))
	}
	w.broken.Settled(w.T, w.tenant, w.users)
	return broke
}

// isWhole ends the case unless the change is there whole or not at all. A command on its way may
// arrive between two looks.
func (c brokenChange) isWhole(w *brokenWorld, n int) {
	w.Helper()
	var before, after error
	for range 20 {
		if before, after = c.before(w), c.after(w); before == nil || after == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.failf("broken at step %d, it is neither absent: %v\nnor whole: %v", n, before, after)
}

// brokenWorld is an organisation of four users; 0 and 1 are in group one, for which 2 waits, 1 is
// also in group two.
type brokenWorld struct {
	world
	broken   Breakable
	users    []directory.UserID
	one, two directory.Group

	settled bool // what named asks for: see there
}

func newBrokenWorld(t *testing.T, rule string, s Breakable) *brokenWorld {
	t.Helper()
	w := &brokenWorld{world: newWorld(t, rule, s.Store), broken: s}
	for i := range 4 {
		w.users = append(w.users, w.user(fmt.Sprintf("user%d@example.com", i)).ID)
	}
	w.one, w.two = w.group("One", w.users[0], w.users[1]), w.group("Two", w.users[1])
	w.wait(w.one.ID, 1, string(w.users[2]))
	return w
}

// named checks that there is a group of this name with these members; nil: none. Users know of it
// as well once all is settled.
func (w *brokenWorld) named(name string, want []int) error {
	page, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 9, WithMembers: true})
	if err != nil {
		return err
	}
	var members []directory.UserID
	for _, i := range want {
		members = append(members, w.users[i])
	}
	at := slices.IndexFunc(page.Items, func(g directory.Group) bool { return g.DisplayName() == name })
	if at >= 0 != (want != nil) || at >= 0 && !slices.Equal(page.Items[at].Members, members) {
		return fmt.Errorf("the list has %v, want %s with %v", page.Items, name, members)
	}
	if at >= 0 {
		counts, err := w.CountMembers(w.Context(), w.tenant, []directory.GroupID{page.Items[at].ID})
		if err != nil {
			return err
		}
		if n := counts[page.Items[at].ID]; n != len(members) {
			return fmt.Errorf("%s has %d members, and they are counted as %d", name, len(members), n)
		}
	}
	if !w.settled {
		return nil
	}
	groups, err := w.GroupsOf(w.Context(), w.tenant, w.users)
	if err != nil {
		return err
	}
	for i, u := range w.users {
		in := slices.ContainsFunc(groups[u], func(g directory.GroupRef) bool { return g.DisplayName == name })
		if in != slices.Contains(want, i) {
			return fmt.Errorf("user %d has the groups %v, want %s: %t", i, groups[u], name, !in)
		}
	}
	return nil
}

// waits checks that these wait for group one.
func (w *brokenWorld) waits(want ...directory.UserID) error {
	found, err := w.Waiting(w.Context(), w.tenant, directory.WaitingQuery{Group: w.one.ID, Limit: 9})
	if err != nil {
		return err
	}
	var got []directory.UserID
	for _, one := range found {
		got = append(got, directory.UserID(one.Value))
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("%v wait, want %v", got, want)
	}
	return nil
}
