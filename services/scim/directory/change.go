package directory

import (
	"context"
	"iter"

	"github.com/devrev/scim/libs/scim"
)

// Change carries the conditions of one request in and its effects out. A handler makes one for each
// request, the domain fills in the effects, which the activity, the metrics and the access log
// report.
type Change struct {
	Condition scim.Precondition // zero: none
	Tolerance scim.Tolerance    // what was put right in the request
	UsersAt   string            // what the $ref of members begins with: the address of users and a slash
	// Announce is called with the results, as far as they are known, before a change or deletion of
	// a user, or of a group that members may leave by it, is stored, and keeps it from being stored
	// by an error. A change that starts over because another one came between calls it again. nil:
	// no one is told.
	Announce func(context.Context) error
	Cause    Cause // of the request; the domain adds what the organisation's terms say
	// Wish is set where the identity provider asked for the change and Cause.By lets it be made
	// later: what the provider believes is then what it asked for.
	Wish bool
	// Alone is set where a user whom a Revert brings back is to have none of the groups from before
	// the deletion.
	Alone bool

	SaysActive  bool     // the request says that the user is active
	SaysMembers []UserID // the users whom the request says to be members of the group
	Privileged  bool     // the group is; see Group.Privileged
	// Leaving returns, while a change of a group is announced, who will leave it. It may read all
	// members.
	Leaving func(context.Context) (Leaving, error)

	Asked    string // the userName that a create asks for, as it came; "" if there is none
	Effect   Effect
	Before   Snapshot  // of the resource; without a Document if there was none
	After    Snapshot  // without a Document if there is none any more
	Outcomes []Outcome // what became of each PATCH operation
	Skipped  []UserID  // members that no user of the organisation has
	Kept     []string  // attributes whose new value was not applied: they are the person's own, or it only marks the user as deleted
	Members  MembershipChange
	Waits    int        // how many of Skipped wait for their person
	Attached []Attached // members of groups that waited for the user of this change, or for one who came meanwhile
	Left     []Left     // the groups of a user whom this change deletes

	said     *scim.Document // the user as the request says it; nil: it said nothing
	believed *scim.Document // what the identity provider believes of the user after it
}

// Leaving is who leaves a group by a change, and who is a member after it. Nobody is in both.
type Leaving struct{ Leave, Stay []UserID }

// Attached is a member that waited and is one now: a change of the group, by one member.
type Attached struct {
	Group         GroupID
	User          UserID
	Before, After Snapshot
}

// Left is a group that a user left by being deleted: a change of the group, by one member.
type Left struct {
	Group GroupRef
	User  UserID
}

// Groups yields what the change of a user changed in each group, as a change of the group.
func (c *Change) Groups() iter.Seq2[GroupID, *Change] {
	return func(yield func(GroupID, *Change) bool) {
		for _, a := range c.Attached {
			one := &Change{Effect: EffectAttached, Before: a.Before, After: a.After, Members: MembershipChange{Added: []UserID{a.User}}}
			if !yield(a.Group, one) {
				return
			}
		}
		for _, l := range c.Left {
			same := Snapshot{Document: scim.NewDocument("displayName", l.Group.DisplayName)} // members are no part of it
			one := &Change{Effect: EffectLeft, Before: same, After: same, Members: MembershipChange{Removed: []UserID{l.User}}}
			if !yield(l.Group.ID, one) {
				return
			}
		}
	}
}

// Cause says why a version of a user or group came to be. A Store writes it into the history and
// the events of that version, and never returns it with a user or group.
type Cause struct {
	RequestID string
	TraceID   string
	TokenID   string // the public id of the token; "" where By is set
	Client    string // as web.Event.Client names it; "" where By is set
	By        string // whose voice it is, if it is not the identity provider's
	Actor     string // the subject of an administrator's token
	// Undo is set where the version takes back others: the id of the undo, a slash, and the id of
	// the user or group that it was taking back. Versions of groups that the end of a user makes
	// have the user's.
	Undo string
	// HideValues is set where the organisation keeps values out of its records: its history then
	// has the names of attributes alone.
	HideValues bool
	// Forget is set where the memberships that a deletion ends do not wait for the person's return.
	Forget bool
}

func (c *Change) announce(ctx context.Context) error {
	if c.Announce == nil {
		return nil
	}
	return c.Announce(ctx)
}

// cause is why the versions that a change makes come to be.
func (c *Change) cause(org Organisation) Cause {
	cause := c.Cause
	cause.HideValues = org.HideValues
	return cause
}

// Snapshot is what a resource was at one moment, for reading only.
type Snapshot struct {
	State    State // of a user
	Document *scim.Document
}

func (u User) snapshot() Snapshot { return Snapshot{u.State, u.Document} }

func (g Group) snapshot() Snapshot { return Snapshot{Document: g.Document} }

// Effect is what a change did to its resource as a whole.
type Effect string

// The effects, in a user's life; groups know created, updated, deleted and unchanged.
const (
	EffectCreated     Effect = "created"
	EffectRestored    Effect = "restored" // a deactivated or deleted user came back by a create
	EffectUpdated     Effect = "updated"
	EffectDeactivated Effect = "deactivated"
	EffectReactivated Effect = "reactivated"
	EffectDeleted     Effect = "deleted"
	EffectUnchanged   Effect = "unchanged"
	EffectAttached    Effect = "attached" // a member that waited is one of the group now
	EffectLeft        Effect = "left"     // a member of the group was deleted
)
