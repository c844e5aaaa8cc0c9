package mongostore

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/directory/directorytest"
)

// A process may die after any step. Each row takes some of the steps; a reader of groups sees the
// change whole before Repair, and everybody after.
func TestAChangeIsWholeAfterAnyStep(t *testing.T) {
	t.Parallel()
	all, later := []int{0, 1}, time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		rule     string
		steps    func(ctx context.Context, sc *scene) error
		one, two []int
		versions []int64
		repaired []int64 // the versions after Repair; nil: the same
	}{
		{"a group is created, its members are not yet stored", func(ctx context.Context, sc *scene) error {
			g := directorytest.NewGroup("One", sc.users...)
			if err := sc.DeleteGroup(ctx, sc.org, directory.Group{ID: sc.one.ID}); err != nil {
				return err
			}
			sc.one = g
			_, err := sc.groups.insertOnce(ctx, groupDocumentOf(sc.org, g, membershipChange{Add: g.Members}))
			return err
		}, []int{0, 1, 2, 3}, []int{1}, []int64{1, 1}, nil},
		{"a group's next version is stored", func(_ context.Context, sc *scene) error {
			sc.advanced(sc.one, membershipChange{Add: sc.users[2:], Remove: sc.users[:1]})
			return nil
		}, []int{1, 2, 3}, []int{1}, []int64{2, 1}, nil},
		{"and some members have joined", func(ctx context.Context, sc *scene) error {
			sc.advanced(sc.one, membershipChange{Add: sc.users[2:], Remove: sc.users[:1]})
			return sc.move(ctx, sc.org, sc.one.ID, membershipChange{Add: sc.users[2:3]}, 2)
		}, []int{1, 2, 3}, []int{1}, []int64{2, 1}, nil},
		{"and all have joined", func(ctx context.Context, sc *scene) error {
			sc.advanced(sc.one, membershipChange{Add: sc.users[2:], Remove: sc.users[:1]})
			return sc.move(ctx, sc.org, sc.one.ID, membershipChange{Add: sc.users[2:]}, 2)
		}, []int{1, 2, 3}, []int{1}, []int64{2, 1}, nil},
		{"and the others have left", func(ctx context.Context, sc *scene) error {
			sc.advanced(sc.one, membershipChange{Add: sc.users[2:], Remove: sc.users[:1]})
			if err := sc.move(ctx, sc.org, sc.one.ID, membershipChange{Add: sc.users[2:]}, 2); err != nil {
				return err
			}
			return sc.move(ctx, sc.org, sc.one.ID, membershipChange{Remove: sc.users[:1]}, 2)
		}, []int{1, 2, 3}, []int{1}, []int64{2, 1}, nil},
		{"a group is marked as deleted", func(ctx context.Context, sc *scene) error {
			_, err := sc.markGroup(ctx, living(sc.org, sc.one.ID), sc.one)
			return err
		}, nil, []int{1}, []int64{1}, nil},
		{"a group is marked as deleted in the middle of an update", func(ctx context.Context, sc *scene) error {
			sc.advanced(sc.one, membershipChange{Add: sc.users[2:]})
			_, err := sc.markGroup(ctx, living(sc.org, sc.one.ID), sc.one)
			return err
		}, nil, []int{1}, []int64{1}, nil},
		{"and has no memberships any more", func(ctx context.Context, sc *scene) error {
			if _, err := sc.markGroup(ctx, living(sc.org, sc.one.ID), sc.one); err != nil {
				return err
			}
			return sc.deleteMemberships(ctx, sc.org, sc.one.ID, sc.one.Version)
		}, nil, []int{1}, []int64{1}, nil},
		{"a user is marked as deleted", func(_ context.Context, sc *scene) error {
			sc.marked(1, later)
			return nil
		}, []int{0}, []int{}, []int64{2, 2}, nil},
		{"and has left one group of two", func(ctx context.Context, sc *scene) error {
			sc.marked(1, later)
			return sc.removeMember(ctx, sc.org, sc.membership(sc.one.ID), userDocument{Modified: later})
		}, []int{0}, []int{}, []int64{2, 2}, nil},
		{"and the next version of the other is stored", func(ctx context.Context, sc *scene) error {
			sc.marked(1, later)
			sc.advanced(sc.two, membershipChange{Remove: sc.users[1:2]})
			return sc.removeMember(ctx, sc.org, sc.membership(sc.one.ID), userDocument{Modified: later})
		}, []int{0}, []int{}, []int64{2, 2}, nil},
		{"and has left both", func(ctx context.Context, sc *scene) error {
			sc.marked(1, later)
			return errors.Join(
				sc.removeMember(ctx, sc.org, sc.membership(sc.one.ID), userDocument{Modified: later}), sc.removeMember(ctx, sc.org, sc.membership(sc.two.ID), userDocument{Modified: later}))
		}, []int{0}, []int{}, []int64{2, 2}, nil},
		{"a user is marked as deleted who is about to join", func(_ context.Context, sc *scene) error {
			sc.advanced(sc.one, membershipChange{Add: sc.users[3:]})
			sc.marked(3, later)
			return nil
		}, all, []int{1}, []int64{3, 1}, nil},
		{"a user is deleted between the question who is known and the update", func(ctx context.Context, sc *scene) error {
			if err := sc.DeleteUser(ctx, sc.org, sc.user(3)); err != nil {
				return err
			}
			sc.advanced(sc.one, membershipChange{Add: sc.users[2:]})
			return nil
		}, []int{0, 1, 2}, []int{1}, []int64{2, 1}, []int64{3, 1}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, newStore(t))
			sc.ok(row.steps(t.Context(), sc))
			sc.showsGroups(row.one, row.two, row.versions...)
			sc.ok(sc.Repair(t.Context()))
			sc.nothingIsLeft()
			if row.repaired == nil {
				row.repaired = row.versions
			}
			sc.shows(row.one, row.two, row.repaired...)
		})
	}
}

// A process may also sleep after any step, while others finish what it began and go on, and then
// wake up.
func TestWhoWakesUpLateChangesNothing(t *testing.T) {
	t.Parallel()
	later := time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		rule     string
		steps    func(ctx context.Context, sc *scene) error
		one, two []int
		versions []int64
	}{
		{"who was about to add does not bring back who has left since", func(ctx context.Context, sc *scene) error {
			asleep := sc.advanced(sc.one, membershipChange{Add: sc.users[2:3]})
			sc.update(directory.MemberDelta{Remove: sc.users[2:3]})
			return sc.applyPending(ctx, asleep)
		}, []int{0, 1}, []int{1}, []int64{3, 1}},
		{"nor if the one who has left was a member before", func(ctx context.Context, sc *scene) error {
			sc.update(directory.MemberDelta{Remove: sc.users[:1]})
			asleep := sc.advanced(sc.one, membershipChange{Add: sc.users[:1]})
			sc.update(directory.MemberDelta{Remove: sc.users[:1]})
			return sc.applyPending(ctx, asleep)
		}, []int{1}, []int{1}, []int64{4, 1}},
		{"who was about to remove does not take out who has come back since", func(ctx context.Context, sc *scene) error {
			asleep := sc.advanced(sc.one, membershipChange{Remove: sc.users[:1]})
			sc.update(directory.MemberDelta{Add: sc.users[:1]})
			return sc.applyPending(ctx, asleep)
		}, []int{0, 1}, []int{1}, []int64{3, 1}},
		{"who was about to update leaves nothing of a group that is gone since", func(ctx context.Context, sc *scene) error {
			asleep := sc.advanced(sc.one, membershipChange{Add: sc.users[2:]})
			if err := sc.DeleteGroup(ctx, sc.org, directory.Group{ID: sc.one.ID}); err != nil {
				return err
			}
			if err := sc.applyPending(ctx, asleep); err != nil {
				return err
			}
			left, err := sc.membersOf(ctx, sc.org, sc.one.ID)
			if len(left) > 0 {
				return fmt.Errorf("memberships of nothing: %v", left)
			}
			return err
		}, nil, []int{1}, []int64{1}},
		{"who was about to delete a user leaves one alone who has come back since", func(ctx context.Context, sc *scene) error {
			asleep := sc.marked(1, later)
			sc.restored(1)
			sc.update(directory.MemberDelta{Add: sc.users[1:2]})
			return sc.removeFromGroups(ctx, asleep)
		}, []int{0, 1}, []int{}, []int64{3, 2}},
		{"even if the memberships had been read", func(ctx context.Context, sc *scene) error {
			sc.marked(1, later)
			asleep := sc.membership(sc.one.ID)
			sc.restored(1)
			sc.update(directory.MemberDelta{Add: sc.users[1:2]})
			return sc.removeMember(ctx, sc.org, asleep, userDocument{Modified: later})
		}, []int{0, 1}, []int{}, []int64{3, 2}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, newStore(t))
			sc.ok(row.steps(t.Context(), sc))
			sc.shows(row.one, row.two, row.versions...)
			sc.ok(sc.CatchUp(t.Context())) // which removes the marks of the changes
			sc.shows(row.one, row.two, row.versions...)
			sc.nothingIsLeft()
		})
	}
}

// A group whose members a deleted user was among says when.
func TestAnEndedMembershipModifiesItsGroup(t *testing.T) {
	t.Parallel()
	later := time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC)
	sc := newScene(t, newStore(t))
	u := sc.user(3)
	u.Modified = later
	sc.ok(sc.DeleteUser(t.Context(), sc.org, u))
	sc.advanced(sc.one, membershipChange{Add: sc.users[2:]})
	sc.ok(sc.Repair(t.Context()))
	g, err := sc.Group(t.Context(), sc.org, sc.one.ID, false)
	sc.ok(err)
	same(sc, later, g.Modified)
}

func TestAGroupCreatedWithADeletedUserIsAtItsFirstVersion(t *testing.T) {
	t.Parallel()
	sc := newScene(t, newStore(t))
	sc.ok(sc.DeleteUser(t.Context(), sc.org, sc.user(3)))
	g := directorytest.NewGroup("Three", sc.users...)
	sc.ok(sc.CreateGroup(t.Context(), sc.org, g))
	g.Members = sc.users[:3]
	got, err := sc.Group(t.Context(), sc.org, g.ID, true)
	sc.ok(err)
	same(sc, g, got)
}
