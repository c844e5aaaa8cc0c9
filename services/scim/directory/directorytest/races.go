package directorytest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

func raceCases() []testCase {
	return []testCase{
		{"of CreateUser calls that race for one NameKey exactly one wins", func(w world) {
			w.race(16, duplicate("userName"), func(int) error {
				return w.CreateUser(w.Context(), w.tenant, NewUser("a@example.com"))
			})
			same(w, 1, w.total())
		}},
		{"of CreateGroup calls that race for one NameKey exactly one wins", func(w world) {
			users := w.users(16)
			winner := w.race(16, duplicate("displayName"), func(i int) error {
				return w.CreateGroup(w.Context(), w.tenant, NewGroup("Guides", users[i]))
			})
			for i, u := range users {
				same(w, i == winner, len(w.groupsOf(u)) == 1)
			}
		}},
		{"of ReplaceUser calls that race with one version exactly one wins", func(w world) {
			u := w.user("a@example.com")
			winner := w.race(16, directory.ErrVersionConflict, func(i int) error {
				_, err := w.ReplaceUser(w.Context(), w.tenant, renamedUser(u, fmt.Sprintf("a%d@example.com", i)))
				return err
			})
			got := w.read(u.ID)
			same(w, 2, got.Version)
			same(w, fmt.Sprintf("a%d@example.com", winner), got.UserName())
		}},
		{"of users that race to be renamed to one NameKey exactly one wins", func(w world) {
			users := w.users(8)
			winner := w.race(8, duplicate("userName"), func(i int) error {
				u, err := w.User(w.Context(), w.tenant, users[i])
				if err != nil {
					return err
				}
				_, err = w.ReplaceUser(w.Context(), w.tenant, renamedUser(u, "new@example.com"))
				return err
			})
			got, err := w.UserByName(w.Context(), w.tenant, "new@example.com")
			w.ok(err)
			same(w, users[winner], got.ID)
		}},
		{"of UpdateGroup calls that race with one version exactly one wins", func(w world) {
			users := w.users(16)
			g := w.group("Guides")
			winner := w.race(16, directory.ErrVersionConflict, func(i int) error {
				_, _, err := w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, fmt.Sprintf("Guides %d", i)),
					directory.MemberDelta{Add: users[i : i+1]})
				return err
			})
			got := w.readGroup(g.ID)
			same(w, 2, got.Version)
			same(w, fmt.Sprintf("Guides %d", winner), got.DisplayName())
			same(w, users[winner:winner+1], got.Members)
		}},
		{"parallel deltas on one group, tried again after a conflict, lose nobody", func(w world) {
			const writers = 32
			users := w.users(2 * writers)
			g := w.group("Guides", users[:writers]...)
			w.together(writers, func(i int) error {
				return w.retry(g.ID, directory.MemberDelta{Add: users[writers+i : writers+i+1], Remove: users[i : i+1]})
			})
			got := w.readGroup(g.ID)
			same(w, users[writers:], got.Members)
			same(w, int64(1+writers), got.Version)
		}},
		{"a user deleted while it is added is no member, whichever call came first", func(w world) {
			users := w.users(12)
			g := w.group("Guides")
			w.together(2*len(users), func(i int) error {
				id := users[i/2]
				if i%2 == 0 {
					return w.retry(g.ID, directory.MemberDelta{Add: []directory.UserID{id}})
				}
				u, err := w.User(w.Context(), w.tenant, id)
				if err != nil {
					return err
				}
				return w.DeleteUser(w.Context(), w.tenant, u)
			})
			same(w, nil, w.members(g.ID))
			groups, err := w.GroupsOf(w.Context(), w.tenant, users)
			w.ok(err)
			same(w, 0, len(groups))
		}},
		{"a group deleted while it is updated leaves no membership, whichever call came first", func(w world) {
			users := w.users(12)
			g := w.group("Guides")
			w.together(len(users)+1, func(i int) error {
				if i == len(users) {
					return w.DeleteGroup(w.Context(), w.tenant, directory.Group{ID: g.ID})
				}
				err := w.retry(g.ID, directory.MemberDelta{Add: users[i : i+1]})
				if errors.Is(err, directory.ErrNotFound) {
					return nil
				}
				return err
			})
			groups, err := w.GroupsOf(w.Context(), w.tenant, users)
			w.ok(err)
			same(w, 0, len(groups))
			same(w, nil, w.members(w.group("Guides").ID))
		}},
		{"a group is read with the document and the members of one version", func(w world) {
			users := w.users(12)
			even, odd := users[:8], users[4:]
			version := func(v int64) (name string, members []directory.UserID) {
				if v%2 == 0 {
					return "Even", even
				}
				return "Odd", odd
			}
			g := w.group("Odd", odd...)
			read := g.ID
			done := make(chan error, 1)
			go func() {
				var err error
				for i := int64(2); i < 40 && err == nil; i++ {
					name, members := version(i)
					g, _, err = w.UpdateGroup(w.Context(), w.tenant, renamedGroup(g, name), directory.MemberDelta{Reset: true, Add: members})
				}
				done <- err
			}()
			for {
				page, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 1, WithMembers: true})
				w.ok(err)
				for _, got := range append(page.Items, w.readGroup(read)) {
					name, members := version(got.Version)
					same(w, name, got.DisplayName())
					same(w, members, got.Members)
				}
				select {
				case err := <-done:
					w.ok(err)
					return
				default:
				}
			}
		}},
	}
}

// together runs n calls at the same time and ends the case if one fails.
func (w world) together(n int, call func(i int) error) {
	w.Helper()
	for _, err := range w.atOnce(n, call) {
		w.ok(err)
	}
}

// race runs n calls at the same time, of which one must succeed and the others be refused as said.
// It returns which one won.
func (w world) race(n int, refusal error, call func(i int) error) (winner int) {
	w.Helper()
	errs := w.atOnce(n, call)
	winner = slices.Index(errs, nil)
	if winner < 0 {
		w.failf("nobody won; the first got %v", errs[0])
	}
	for i, err := range errs {
		if i != winner {
			w.refused(err, refusal)
		}
	}
	return winner
}

// atOnce runs n calls that wait for each other before they begin.
func (w world) atOnce(n int, call func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() {
			<-start
			errs[i] = call(i)
		})
	}
	close(start)
	calls.Wait()
	return errs
}

// retry applies d to whatever version the group has, again after each conflict. A Store that lets
// no one win for long fails.
func (w world) retry(id directory.GroupID, d directory.MemberDelta) error {
	var err error
	for attempt := range 400 {
		time.Sleep(time.Duration(attempt%8) * time.Millisecond)
		var g directory.Group
		if g, err = w.Group(w.Context(), w.tenant, id, false); err != nil {
			return err
		}
		if _, _, err = w.UpdateGroup(w.Context(), w.tenant, g, d); !errors.Is(err, directory.ErrVersionConflict) {
			return err
		}
	}
	return err
}

// total returns how many users are listed.
func (w world) total() int {
	w.Helper()
	page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{})
	w.ok(err)
	return page.Total
}
