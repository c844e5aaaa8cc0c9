package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// breaker ends a context when a client begins its nth command, so that the process which sends it,
// as it were, dies there; whether MongoDB still carries the command out is open.
type breaker struct {
	left   atomic.Int64
	cancel atomic.Pointer[context.CancelFunc]
}

func (b *breaker) option() *options.ClientOptions {
	return options.Client().SetMonitor(&event.CommandMonitor{Started: func(context.Context, *event.CommandStartedEvent) {
		if b.left.Add(-1) == 0 {
			(*b.cancel.Load())()
		}
	}})
}

// during calls do with a context that ends at the nth command, and reports whether it came to that.
func (b *breaker) during(ctx context.Context, n int, do func(context.Context) error) (broke bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.cancel.Store(&cancel)
	b.left.Store(int64(n))
	err = do(ctx)
	return b.left.Swap(0) <= 0, err
}

// Whatever command a change breaks at, it is there whole or not at all, for a reader of groups at
// once, and for all after Repair; if it was acknowledged, it is there; and made again, it is made
// once.
func TestAChangeBrokenAtAnyCommandIsWholeOrAbsent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		rule          string
		change        func(ctx context.Context, sc *scene) error
		before, after func(sc *scene) error
	}{
		{
			"CreateGroup",
			func(ctx context.Context, sc *scene) error {
				g := directorytest.NewGroup("Three")
				g.Members = sc.users
				err := sc.CreateGroup(ctx, sc.org, g)
				if _, ok := errors.AsType[*directory.Duplicate](err); ok {
					return nil // made by the attempt before
				}
				return err
			},
			func(sc *scene) error { return sc.named("Three", nil) },
			func(sc *scene) error { return sc.named("Three", []int{0, 1, 2, 3}) },
		},
		{
			"UpdateGroup",
			func(ctx context.Context, sc *scene) error {
				g, err := sc.Group(ctx, sc.org, sc.one.ID, false)
				if err != nil {
					return err
				}
				g.Document.Set("displayName", "Changed")
				_, _, err = sc.UpdateGroup(ctx, sc.org, g, directory.MemberDelta{Add: sc.users[2:], Remove: sc.users[:1]})
				return err
			},
			func(sc *scene) error { return errors.Join(sc.named("One", []int{0, 1}), sc.named("Changed", nil)) },
			func(sc *scene) error { return errors.Join(sc.named("One", nil), sc.named("Changed", []int{1, 2, 3})) },
		},
		{
			"UpdateGroup after a look",
			func(ctx context.Context, sc *scene) error {
				d := directory.MemberDelta{Add: sc.users[2:], Remove: sc.users[:1]}
				st, err := sc.Standing(ctx, sc.org, sc.one.ID, d)
				if err != nil {
					return err
				}
				d.Standing = &st
				_, _, err = sc.UpdateGroup(ctx, sc.org, st.Group, d)
				return err
			},
			func(sc *scene) error { return sc.named("One", []int{0, 1}) },
			func(sc *scene) error { return sc.named("One", []int{1, 2, 3}) },
		},
		{
			"DeleteGroup",
			func(ctx context.Context, sc *scene) error {
				return nilIfNotFound(sc.DeleteGroup(ctx, sc.org, directory.Group{ID: sc.one.ID}))
			},
			func(sc *scene) error { return sc.named("One", []int{0, 1}) },
			func(sc *scene) error { return sc.named("One", nil) },
		},
		{
			"Attach",
			func(ctx context.Context, sc *scene) error {
				value := string(sc.users[2])
				if _, err := sc.Wait(context.WithoutCancel(ctx), sc.org, sc.one.ID, []string{value}, directory.Moment{At: sc.one.Modified}); err != nil {
					return err
				}
				_, _, err := sc.Attach(ctx, sc.org, sc.one, value, sc.users[2])
				return err
			},
			func(sc *scene) error { return sc.named("One", []int{0, 1}) },
			func(sc *scene) error { return sc.named("One", []int{0, 1, 2}) },
		},
		{
			"DeleteUser",
			func(ctx context.Context, sc *scene) error {
				u, err := sc.User(ctx, sc.org, sc.users[1])
				if err != nil || u.Deleted {
					return err
				}
				return sc.DeleteUser(ctx, sc.org, u)
			},
			func(sc *scene) error { return errors.Join(sc.named("One", []int{0, 1}), sc.named("Two", []int{1})) },
			func(sc *scene) error { return errors.Join(sc.named("One", []int{0}), sc.named("Two", []int{})) },
		},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			var b breaker
			s := newStore(t, b.option())
			for n, broke := 1, true; broke; n++ {
				sc := newScene(t, s)
				whole := func() {
					// A command on its way may arrive between two looks.
					var before, after error
					for range 20 {
						if before, after = row.before(sc), row.after(sc); before == nil || after == nil {
							return
						}
						time.Sleep(5 * time.Millisecond)
					}
					t.Fatalf("broken at command %d, it is neither absent: %v\nnor whole: %v", n, before, after)
				}
				change := func(ctx context.Context) error { return row.change(ctx, sc) }
				var err error
				broke, err = b.during(t.Context(), n, change)
				sc.settledForAll = err == nil
				if err == nil {
					if err := row.after(sc); err != nil {
						t.Fatalf("broken at command %d, it was acknowledged: %v", n, err)
					}
				} else if !errors.Is(err, directory.ErrUnavailable) {
					t.Fatalf("broken at command %d: %v", n, err)
				}
				whole()
				sc.ok(sc.Repair(t.Context()))
				sc.settledForAll = true
				whole()
				sc.ok(change(t.Context()))
				sc.ok(row.after(sc))
				sc.ok(sc.Repair(t.Context()))
				sc.ok(row.after(sc))
				sc.nothingIsLeft()
				sc.ok(sc.CatchUp(t.Context()))
				sc.everythingIsTold()
			}
		})
	}
}

// named checks that there is a group of this name with these members; nil: none. Users know of it
// as well once all is settled.
func (sc *scene) named(name string, want []int) error {
	page, err := sc.ListGroups(sc.Context(), sc.org, directory.Query{Limit: 9, WithMembers: true})
	if err != nil {
		return err
	}
	var members []directory.UserID
	for _, i := range want {
		members = append(members, sc.users[i])
	}
	at := slices.IndexFunc(page.Items, func(g directory.Group) bool { return g.DisplayName() == name })
	if at >= 0 != (want != nil) || at >= 0 && !slices.Equal(page.Items[at].Members, members) {
		return fmt.Errorf("the list has %v, want %s with %v", page.Items, name, members)
	}
	if at >= 0 {
		counts, err := sc.CountMembers(sc.Context(), sc.org, []directory.GroupID{page.Items[at].ID})
		if err != nil {
			return err
		}
		if n := counts[page.Items[at].ID]; n != len(members) {
			return fmt.Errorf("%s has %d members, and they are counted as %d", name, len(members), n)
		}
	}
	if !sc.settledForAll {
		return nil
	}
	groups, err := sc.GroupsOf(sc.Context(), sc.org, sc.users)
	if err != nil {
		return err
	}
	for i, u := range sc.users {
		in := slices.ContainsFunc(groups[u], func(g directory.GroupRef) bool { return g.DisplayName == name })
		if in != slices.Contains(want, i) {
			return fmt.Errorf("user %d has the groups %v, want %s: %t", i, groups[u], name, !in)
		}
	}
	return nil
}
