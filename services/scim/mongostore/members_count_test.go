package mongostore

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/scim/directory"
)

// membersAreCounted fails unless CountMembers says of each group how many members Group shows.
func (sc *scene) membersAreCounted() {
	sc.Helper()
	counts, err := sc.CountMembers(sc.Context(), sc.org, []directory.GroupID{sc.one.ID, sc.two.ID})
	sc.ok(err)
	for _, id := range []directory.GroupID{sc.one.ID, sc.two.ID} {
		g, err := sc.Group(sc.Context(), sc.org, id, true)
		sc.ok(nilIfNotFound(err))
		if counts[id] != len(g.Members) {
			sc.Errorf("the group %v has %d members, and they are counted as %d", id, len(g.Members), counts[id])
		}
	}
}

// TestAGroupThatWasNotCountedIsCountedOnce: a version of this program that counts no members writes
// groups without their number, also in the middle of a change.
func TestAGroupThatWasNotCountedIsCountedOnce(t *testing.T) {
	t.Parallel()
	sc := newScene(t, newStore(t, watched(t)))
	uncounted := func() {
		_, err := sc.groups.update(t.Context(), living(sc.org, sc.one.ID), bson.D{is("$unset", bson.D{is("members", "")})})
		sc.ok(err)
	}
	noted := func() bool {
		d, err := sc.group(t.Context(), sc.org, sc.one.ID)
		sc.ok(err)
		return d.Members != nil
	}
	uncounted()
	half := sc.advanced(sc.one, membershipChange{Add: sc.users[2:], Remove: sc.users[:1]})
	sc.ok(sc.move(t.Context(), sc.org, sc.one.ID, membershipChange{Add: sc.users[2:3]}, half.Version))
	if noted() {
		t.Error("a group that was not counted has a number after its next version")
	}
	sc.membersAreCounted()
	if noted() {
		t.Error("a number is noted in the middle of a change")
	}
	sc.ok(sc.Repair(t.Context()))
	sc.membersAreCounted()
	if !noted() {
		t.Error("the number is not noted")
	}
	sc.update(directory.MemberDelta{Add: sc.users[:1], Remove: append(sc.users[1:2], sc.users[1], "nobody")})
	sc.membersAreCounted()
	sc.marked(2, half.Modified)
	sc.membersAreCounted()
}

// TestTheMembersAreCountedInTheDocumentAlone: a group of any size costs one document.
func TestTheMembersAreCountedInTheDocumentAlone(t *testing.T) {
	t.Parallel()
	var commands recorder
	sc := newScene(t, newStore(t, commands.option()))
	sc.ok(sc.CatchUp(t.Context())) // which removes the marks of the changes
	commands.take()
	_, err := sc.CountMembers(context.WithoutCancel(t.Context()), sc.org, []directory.GroupID{sc.one.ID, sc.two.ID})
	sc.ok(err)
	if sent := commands.take(); len(sent) != 2 {
		t.Errorf("it takes the commands %s", sent)
	}
}
