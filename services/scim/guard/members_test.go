package guard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// change has Okta change a group as a handler does, and returns the refusal.
func (w *world) change(group directory.GroupID, do func(made *directory.Change) error) *scim.Error {
	w.Helper()
	return w.changeWith(group, func() {}, do)
}

// changeWith is change where something happens each time after the guard was asked.
func (w *world) changeWith(group directory.GroupID, between func(), do func(made *directory.Change) error) *scim.Error {
	w.Helper()
	by := activity.Request{RequestID: "R", TokenID: "T", Client: "okta", Method: "PATCH", Resource: activity.Resource{Type: "Group", ID: string(group)}}
	made, counted := &directory.Change{}, 0
	made.Announce = func(ctx context.Context) error {
		wish, leaves := guard.WishOf(w.Org, by.Resource, made)
		if !leaves {
			return nil
		}
		wish.Counted = &counted
		defer between()
		return w.watch.Admit(ctx, w.Org, "tag", by, wish)
	}
	err := do(made)
	refusal, refused := errors.AsType[*scim.Error](err)
	if err != nil && !refused {
		w.Fatal(err)
	}
	if err == nil {
		w.Must(w.watch.Note(w.Context(), w.Org, "tag", by, made))
		w.flush(w.watch)
	}
	return refusal
}

// edit is a PATCH of the members of a group.
func (w *world) edit(group directory.GroupID, op string, members ...directory.UserID) *scim.Error {
	w.Helper()
	return w.editWith(group, func() {}, op, members...)
}

func (w *world) editWith(group directory.GroupID, between func(), op string, members ...directory.UserID) *scim.Error {
	w.Helper()
	values := make([]any, len(members))
	for i, id := range members {
		values[i] = scim.NewDocument("value", string(id))
	}
	req, err := patch.Decode(scim.NewDocument("schemas", []any{scim.PatchOpSchema}, "Operations",
		[]any{scim.NewDocument("op", op, "path", "members", "value", values)}), &scim.Tolerance{})
	w.Must(err)
	return w.changeWith(group, between, func(made *directory.Change) error {
		_, err := w.Groups.Patch(w.Context(), w.Org, group, req, made)
		return err
	})
}

// put replaces a group by one of this name and these members.
func (w *world) put(group directory.GroupID, name string, members ...directory.UserID) *scim.Error {
	w.Helper()
	values := make([]any, len(members))
	for i, id := range members {
		values[i] = scim.NewDocument("value", string(id))
	}
	return w.change(group, func(made *directory.Change) error {
		_, err := w.Groups.Replace(w.Context(), w.Org, group, scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", name, "members", values), made)
		return err
	})
}

func (w *world) end(group directory.GroupID) *scim.Error {
	w.Helper()
	return w.change(group, func(made *directory.Change) error { return w.Groups.Delete(w.Context(), w.Org, group, made) })
}

// in returns who is in the group, in ascending order.
func (w *world) in(group directory.GroupID) []directory.UserID {
	w.Helper()
	g, err := w.Groups.Get(w.Context(), w.Org, group, true)
	w.Must(err)
	return g.Members
}

// is fails the test unless the refusal has this status; 0 is none.
func is(t *testing.T, refusal *scim.Error, status int, says ...string) {
	t.Helper()
	if refusal == nil {
		assert.Equal(t, 0, status)
		return
	}
	assert.Equal(t, refusal.Status, status, "%v: %v", refusal, refusal.Cause)
	for _, s := range says {
		assert.Assert(t, strings.Contains(refusal.Detail, s), "%s", refusal.Detail)
	}
}

// TestBeyondTheLimitMembersAreHeld: the whole request that exceeds it, and each further one of that
// group; the rest goes on.
func TestBeyondTheLimitMembersAreHeld(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.Org.Guard.Members.Mass = terms.Mass{Count: 3, Percent: 25, Minutes: 60}
	group, other := w.groupOf(true, ids[:12]...), w.groupNamed("Others", false, ids...)
	is(t, w.edit(group, "remove", ids[0]), 0)
	is(t, w.edit(group, "remove", ids[1], ids[2], ids[19]), 0) // who is not in it does not leave
	is(t, w.put(group, "Renamed", append([]directory.UserID{ids[18]}, ids[4:12]...)...), 429,
		"more than 3 of 12 members were to leave the group "+string(group)+" within 60 minutes", w.holdReport().ID)
	assert.DeepEqual(t, w.in(group), ids[3:12])
	is(t, w.edit(group, "remove", ids[3]), 429)
	is(t, w.edit(group, "remove", ids[3], ids[4]), 429)
	is(t, w.edit(group, "remove", ids[0]), 0)      // has left
	is(t, w.edit(group, "add", ids[17]), 0)        // comes
	is(t, w.edit(other, "remove", ids[:15]...), 0) // is not privileged
	w.wants(0, ids[12:17]...)                      // a person
	is(t, w.edit(group, "remove", ids[17]), 429)
	g, err := w.Groups.Get(t.Context(), w.Org, group, false)
	w.Must(err)
	assert.Equal(t, g.DisplayName(), "Admins")

	hold := w.holdReport()
	assert.Check(t, hold.Group == group && hold.Of == 12 && hold.Limit == terms.Mass{Count: 3, Percent: 25, Minutes: 60}, "%+v", hold)
	assert.DeepEqual(t, hold.Members, map[guard.HeldState]int{guard.Waiting: 3, guard.HeldApplied: 0, guard.HeldRejected: 0, guard.HeldDropped: 0})
	list, err := w.watch.ListHeld(t.Context(), w.Org.Tenant, hold.ID, guard.Waiting, "", 100)
	w.Must(err)
	for i, held := range list {
		assert.Check(t, held.Group == group && held.User == []directory.UserID{ids[3], ids[4], ids[17]}[i] && held.Wanted == guard.Removed && held.Client == "okta" && held.TokenID == "T", "%+v", held)
	}
	var held []audit.Change
	for _, e := range w.told() {
		if e.Action == audit.ActionHeld {
			held = append(held, e.Changes...)
		}
	}
	assert.DeepEqual(t, held, []audit.Change{{Member: "groups/" + string(group) + "/members", Before: "12", After: "held beyond 3"}})
	assert.Equal(t, w.outcomes[guard.HeldBack], 3)
	assert.Equal(t, w.outcomes[guard.Opened], 1)
}

// TestApprovalTakesMembersOut: in one change of the group, by who decided; and as many more may
// leave it within the window.
func TestApprovalTakesMembersOut(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.Org.Guard.Members.Mass = terms.Mass{Count: 3, Percent: 25, Minutes: 60}
	group := w.groupOf(true, ids...)
	is(t, w.edit(group, "remove", ids[:8]...), 429)
	before, err := w.Groups.Get(t.Context(), w.Org, group, false)
	w.Must(err)
	w.decide(guard.Approved)
	w.tend()
	assert.DeepEqual(t, w.in(group), ids[8:])
	after, err := w.Groups.Get(t.Context(), w.Org, group, false)
	w.Must(err)
	assert.Equal(t, after.Version, before.Version+1)
	entries, err := w.Log.List(t.Context(), w.Org, activity.Query{Resource: activity.Resource{Type: "Group", ID: string(group)}, Limit: 10})
	w.Must(err)
	assert.Check(t, len(entries) == 1 && entries[0].Actor == "admin-7" && entries[0].By == activity.VoiceAdministrator && entries[0].RequestID == "R", "%+v", entries)
	hold := w.holdReport()
	assert.Check(t, hold.State == guard.HoldDecided && hold.Members[guard.HeldApplied] == 8 && hold.Members[guard.Waiting] == 0, "%+v", hold)
	is(t, w.edit(group, "remove", ids[:8]...), 0)   // the identity provider's retry finds no change
	is(t, w.edit(group, "remove", ids[8:18]...), 0) // the rest of the push
	is(t, w.edit(group, "remove", ids[18]), 0)
	assert.DeepEqual(t, w.in(group), ids[19:])
}

// TestRejectedMembersStay: a request that takes one of them out is refused whole for a week, until
// the identity provider adds that member again.
func TestRejectedMembersStay(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.Org.Guard.Members.Mass = terms.Mass{Count: 3, Percent: 25, Minutes: 60}
	group := w.groupOf(true, ids...)
	is(t, w.edit(group, "remove", ids[:8]...), 429)
	decided := w.decide(guard.Approved, guard.HeldMember(group, ids[0]))
	assert.DeepEqual(t, decided, []guard.Decided{{ID: guard.HeldMember(group, ids[0]), Group: group, User: ids[0], State: guard.HeldApplied}})
	decided = w.decide(guard.Rejected, guard.HeldID(group)) // all the others of the group
	assert.DeepEqual(t, decided, []guard.Decided{{ID: guard.HeldID(group), Group: group, State: guard.HeldRejected}})
	w.decide(guard.Rejected)
	w.tend()
	assert.DeepEqual(t, w.in(group), ids[1:])
	is(t, w.edit(group, "remove", ids[:8]...), 403, "An administrator rejected this change in DevRev on 30 November 2026", "Add the members")
	is(t, w.edit(group, "remove", ids[1], ids[10]), 403)
	is(t, w.edit(group, "remove", ids[11]), 0)
	is(t, w.edit(group, "add", ids[1]), 0)
	is(t, w.edit(group, "remove", ids[1]), 0) // a new wish
	w.now = w.now.Add(guard.HeldFor)
	is(t, w.edit(group, "remove", ids[2]), 0)
	var about []string
	entries, err := w.Audit.ReadAudit(t.Context(), string(w.Org.Tenant), audit.Query{OldestFirst: true, Limit: 100})
	w.Must(err)
	for _, e := range entries[1:] {
		about = append(about, e.Changes[0].After+" "+e.UserID)
	}
	assert.DeepEqual(t, about, []string{fmt.Sprintf("approved for group %s %s", group, ids[0]), fmt.Sprintf("rejected %s", group), "rejected "})
}

// TestMembersWhoAreAddedBackAreHeldNoMore: by a change that passes, and by one that is held for
// others.
func TestMembersWhoAreAddedBackAreHeldNoMore(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.Org.Guard.Members.Mass = terms.Mass{Count: 3, Percent: 25, Minutes: 60}
	group := w.groupOf(true, ids...)
	is(t, w.edit(group, "remove", ids[:8]...), 429)
	is(t, w.edit(group, "add", ids[2]), 0)
	is(t, w.put(group, "Admins", append([]directory.UserID{ids[3]}, ids[9:]...)...), 429)
	w.decide(guard.Approved)
	w.tend()
	assert.DeepEqual(t, w.in(group), append([]directory.UserID{ids[3]}, ids[9:]...)) // ids[2] and ids[8] left by the PUT
	hold := w.holdReport()
	assert.Check(t, hold.Members[guard.HeldApplied] == 8 && hold.Members[guard.HeldDropped] == 1, "%+v", hold)
}

// TestTheDeletionOfAGroupIsHeld as such, until it is decided or the identity provider changes the
// group.
func TestTheDeletionOfAGroupIsHeld(t *testing.T) {
	t.Parallel()
	for rule, c := range map[string]struct {
		then   func(w *world, group directory.GroupID)
		state  guard.HeldState
		stays  bool
		answer int // to the repetition
	}{
		"approved":     {func(w *world, _ directory.GroupID) { w.decide(guard.Approved); w.tend() }, guard.HeldApplied, false, 404},
		"by its id":    {func(w *world, g directory.GroupID) { w.decide(guard.Approved, guard.HeldMember(g, "")) }, guard.HeldApplied, false, 404},
		"by the group": {func(w *world, g directory.GroupID) { w.decide(guard.Approved, guard.HeldID(g)) }, guard.HeldApplied, false, 404},
		"rejected":     {func(w *world, _ directory.GroupID) { w.decide(guard.Rejected); w.tend() }, guard.HeldRejected, true, 403},
		"changed":      {func(w *world, g directory.GroupID) { is(w.T, w.edit(g, "add", w.in(g)[0]), 0) }, guard.HeldDropped, true, 429},
		"mode changed": {func(w *world, _ directory.GroupID) { w.Org.Guard.Mode = terms.GuardObserve; w.tend() }, guard.HeldDropped, true, 0},
		"undecided":    {func(w *world, _ directory.GroupID) { w.now = w.now.Add(24 * time.Hour); w.tend() }, guard.HeldApplied, false, 404},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w, ids := newHoldingWorld(t, 10)
			w.T = t
			w.Org.Guard.Members = terms.MemberMass{Mass: terms.Mass{Count: 3, Percent: 25, Minutes: 60}}
			group := w.groupOf(false, ids...)
			is(t, w.end(group), 429, "more than 3 of 10 members were to leave the group "+string(group))
			assert.Equal(t, w.holdReport().Groups[guard.Waiting], 1)
			assert.DeepEqual(t, w.in(group), ids)
			c.then(w, group)
			assert.Equal(t, w.holdReport().Groups[c.state], 1)
			_, err := w.Groups.Get(t.Context(), w.Org, group, false)
			assert.Equal(t, err == nil, c.stays)
			is(t, w.end(group), c.answer)
		})
	}
}

// TestTheLastEnabledMemberIsHeld: whoever would leave nobody enabled in a privileged group by a
// change of the group, whatever the limit is.
func TestTheLastEnabledMemberIsHeld(t *testing.T) {
	t.Parallel()
	for rule, c := range map[string]struct {
		change func(w *world, g directory.GroupID, in, out []directory.UserID) *scim.Error
		held   bool
	}{
		"PATCH": {func(w *world, g directory.GroupID, in, _ []directory.UserID) *scim.Error {
			return w.edit(g, "remove", in[0])
		}, true},
		"PUT": {func(w *world, g directory.GroupID, in, _ []directory.UserID) *scim.Error {
			return w.put(g, "Admins", in[1])
		}, true},
		"DELETE": {func(w *world, g directory.GroupID, _, _ []directory.UserID) *scim.Error { return w.end(g) }, true},
		"with another in her place": {func(w *world, g directory.GroupID, in, out []directory.UserID) *scim.Error {
			return w.put(g, "Admins", out[0])
		}, false},
		"one who is disabled": {func(w *world, g directory.GroupID, in, _ []directory.UserID) *scim.Error {
			return w.edit(g, "remove", in[1])
		}, false},
		"in the first day": {func(w *world, g directory.GroupID, in, _ []directory.UserID) *scim.Error {
			w.since = w.now.Add(-time.Hour)
			return w.edit(g, "remove", in[0])
		}, false},
		"of a group that is not privileged": {func(w *world, _ directory.GroupID, in, _ []directory.UserID) *scim.Error {
			return w.edit(w.groupNamed("Others", false, in[0]), "remove", in[0])
		}, false},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w, ids := newHoldingWorld(t, 4)
			w.T = t
			w.wants(0, ids[1])
			group := w.groupOf(true, ids[:2]...)
			refusal := c.change(w, group, ids[:2], ids[2:])
			if !c.held {
				is(t, refusal, 0)
				return
			}
			is(t, refusal, 429, "no enabled person would be left in the privileged group "+string(group))
			hold := w.holdReport()
			assert.Check(t, hold.Group == group && hold.Limit == terms.Mass{} && hold.Members[guard.Waiting]+hold.Groups[guard.Waiting] == 1, "%+v", hold)
			assert.Assert(t, slices.Contains(w.in(group), ids[0]))
			w.wants(0, ids[2]) // others leave DevRev
		})
	}
}

// TestAChangeThatStartsOverIsJudgedAgain: since others may leave by it then, and is counted once.
func TestAChangeThatStartsOverIsJudgedAgain(t *testing.T) {
	t.Parallel()
	for rule, c := range map[string]struct {
		members, status int
		says            string
	}{
		"of two the other one has left":          {2, 429, "no enabled person would be left"},
		"of six two have left, which may happen": {6, 0, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			w, ids := newHoldingWorld(t, 6)
			w.T = t
			w.Org.Guard.Members.Mass = terms.Mass{Count: 2, Percent: 10, Minutes: 60}
			group := w.groupOf(true, ids[:c.members]...)
			asked := 0
			refusal := w.editWith(group, func() {
				if asked++; asked == 1 {
					is(t, w.edit(group, "remove", ids[1]), 0)
				}
			}, "remove", ids[0])
			is(t, refusal, c.status, c.says)
			assert.Equal(t, asked, 2)
			want := ids[2:c.members]
			if c.status != 0 {
				want = ids[:1]
			}
			assert.DeepEqual(t, w.in(group), want)
		})
	}
}

// TestMembersOfOrdinaryGroupsMayBeHeld where the organisation wants it, and are observed otherwise.
func TestMembersOfOrdinaryGroupsMayBeHeld(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.Org.Guard.Members = terms.MemberMass{Mass: terms.Mass{Count: 3, Percent: 25, Minutes: 60}}
	group, other := w.groupOf(false, ids...), w.groupNamed("Others", false, ids...)
	is(t, w.edit(group, "remove", ids[:6]...), 429)
	w.Org.Guard.Members.OnlyPrivileged = true
	is(t, w.edit(other, "remove", ids[:6]...), 0)
	told := w.told()
	assert.Equal(t, told[len(told)-1].Action, audit.ActionObserved)
	w.Org.Guard.Members.OnlyPrivileged = false
	w.counter.away = true
	is(t, w.edit(w.groupNamed("Third", false, ids...), "remove", ids[:6]...), 0) // nothing can be counted
}

// TestABulkRequestIsForeseen: each operation as if the ones before it had taken place.
func TestABulkRequestIsForeseen(t *testing.T) {
	t.Parallel()
	w, ids := newHoldingWorld(t, 20)
	w.Org.Guard.Members.Mass = terms.Mass{Count: 3, Percent: 25, Minutes: 60}
	group := w.groupOf(true, ids[:2]...)
	preview := w.preview()
	by := activity.Request{Client: "okta", Resource: activity.Resource{Type: "Group", ID: string(group)}}
	wish := func(n int) guard.Wish {
		return guard.Wish{Group: group, Wanted: guard.Removed, Privileged: true, Leaving: func(context.Context) (directory.Leaving, error) {
			return directory.Leaving{Leave: ids[n : n+1], Stay: ids[n+1 : 2]}, nil
		}}
	}
	assert.Equal(t, statusOf(t, preview.Admit(t.Context(), w.Org, by, wish(0))), 0)
	err := preview.Admit(t.Context(), w.Org, by, wish(1))
	assert.ErrorContains(t, err, "(hold (new))")
	assert.Equal(t, statusOf(t, err), 429)
	assert.Equal(t, statusOf(t, preview.Admit(t.Context(), w.Org, by, wish(0))), 429) // it waits in the hold
	w.Must(preview.Note(t.Context(), w.Org, by, &directory.Change{SaysMembers: ids[1:2], Privileged: true}))
	assert.Equal(t, statusOf(t, preview.Admit(t.Context(), w.Org, by, wish(0))), 429)
	_, err = w.Holds.Hold(t.Context(), w.Org.Tenant)
	assert.ErrorIs(t, err, directory.ErrNotFound)
	of, err := w.Holds.HeldOf(t.Context(), w.Org.Tenant, group)
	w.Must(err)
	assert.Equal(t, len(of), 0)
	assert.Equal(t, len(w.actions()), 0)
}

// TestMembersAreNotLostWhenProcessesAreKilled: after an approval during which they are, all have
// left, in no more changes of the group than it takes.
func TestMembersAreNotLostWhenProcessesAreKilled(t *testing.T) {
	t.Parallel()
	const members, largest = 1200, 500
	for name, open := range stores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := newHoldingWorld(t, 0)
			w.T = t
			open(t, w)
			w.watch = w.process()
			ids := w.people(members)
			group := w.groupOf(true, ids...)
			is(t, w.put(group, "Admins"), 429)
			assert.Equal(t, len(w.in(group)), members)
			w.decide(guard.Approved)
			before, err := w.Groups.Get(t.Context(), w.Org, group, false)
			w.Must(err)
			whole := w.Holds
			kills := 0
			for ; ; kills++ {
				dying := &killed{Store: whole}
				dying.left.Store(1)
				w.Holds = dying
				err := w.process().Tend(t.Context())
				w.Holds = whole
				if err == nil {
					break
				}
				assert.ErrorIs(t, err, errKilled)
			}
			assert.Equal(t, kills, 2)
			assert.Equal(t, len(w.in(group)), 0)
			after, err := w.Groups.Get(t.Context(), w.Org, group, false)
			w.Must(err)
			assert.Equal(t, after.Version, before.Version+(members+largest-1)/largest)
			hold := w.holdReport()
			assert.Check(t, hold.State == guard.HoldDecided && hold.Members[guard.HeldApplied] == members, "%+v", hold)
		})
	}
}
