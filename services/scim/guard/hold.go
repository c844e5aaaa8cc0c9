package guard

import (
	"context"
	"time"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
)

// Hold is what an organisation's guard holds back until somebody decides: people who were to be
// deactivated or deleted beyond the limit, and members who were to leave a group. An organisation
// has one at a time.
type Hold struct {
	ID      string    `json:"id"`      // UUIDv7
	Version int64     `json:"version"` // 1, 2, ... of all holds of the organisation
	State   HoldState `json:"state"`
	Verdict Verdict   `json:"verdict,omitempty"` // "" while it is open
	Opened  time.Time `json:"openedAt"`
	Decided time.Time `json:"decidedAt,omitzero"`
	By      string    `json:"by,omitempty"` // the subject of who decided; "" for the guard itself
	Note    string    `json:"note,omitempty"`

	// Group is set where the hold was opened because of a group: so many of its members were to
	// leave or, without a Limit, nobody enabled would be left in it, which is privileged. Without a
	// Group, the limit of people was exceeded. Whatever exceeds another limit joins an open hold.
	Group   directory.GroupID `json:"group,omitempty"`
	Limit   terms.Mass        `json:"limit"`   // that was exceeded
	Of      int               `json:"of"`      // how many there were before: enabled people, or members; 0 without a Limit
	Allowed int               `json:"allowed"` // of an approved one: how many more people may leave within the window
}

// HoldState is where a Hold is in its life.
type HoldState string

// The states.
const (
	HoldOpen     HoldState = "open"     // more are added to it, and it waits for a decision
	HoldDeciding HoldState = "deciding" // it was decided, and that is being carried out
	HoldDecided  HoldState = "decided"  // it is over
)

// Verdict is what was decided.
type Verdict string

// The verdicts.
const (
	Approved Verdict = "approved" // those held leave
	Rejected Verdict = "rejected" // they stay, and the same wish is refused for a while
	Dropped  Verdict = "dropped"  // they stay
)

// Removed is what is wanted of a member who is to leave a group.
const Removed directory.Effect = "removed"

// Held is what a Hold keeps from happening to one person, one member of a group, or one group.
// There is one Held for each of them: the latest.
type Held struct {
	Hold      string            `json:"hold"`
	Group     directory.GroupID `json:"groupId,omitempty"` // "": a person is to leave the organisation
	User      directory.UserID  `json:"userId,omitempty"`  // "": the group is to be deleted
	Wanted    directory.Effect  `json:"wanted"`            // of a person deactivated or deleted, of a member Removed, of a group deleted
	State     HeldState         `json:"state"`
	At        time.Time         `json:"at"`
	RequestID string            `json:"requestId"` // of the latest request that wanted it
	TokenID   string            `json:"tokenId"`
	Client    string            `json:"client"`
	Decided   time.Time         `json:"decidedAt,omitzero"` // set unless it waits; it is forgotten HeldFor after that
}

// HeldID names a Held in its organisation: the id of the person, GROUP/USER for a member, GROUP/
// for a group.
type HeldID string

// HeldPerson returns the HeldID of a person.
func HeldPerson(user directory.UserID) HeldID { return HeldID(user) }

// HeldMember returns the HeldID of a member of a group or, without a user, of the group.
func HeldMember(group directory.GroupID, user directory.UserID) HeldID {
	return HeldID(string(group) + "/" + string(user))
}

// ID returns the HeldID of h.
func (h Held) ID() HeldID {
	if h.Group == "" {
		return HeldPerson(h.User)
	}
	return HeldMember(h.Group, h.User)
}

// Kind is what a Held is about.
type Kind string

// The kinds.
const (
	KindPerson Kind = "person"
	KindMember Kind = "member"
	KindGroup  Kind = "group"
)

// Kind returns what h is about.
func (h Held) Kind() Kind {
	switch {
	case h.Group == "":
		return KindPerson
	case h.User == "":
		return KindGroup
	default:
		return KindMember
	}
}

// HeldState is what became of a Held.
type HeldState string

// The states.
const (
	Waiting      HeldState = "waiting"
	HeldApplied  HeldState = "applied"
	HeldRejected HeldState = "rejected"
	HeldDropped  HeldState = "dropped" // the identity provider took it back, or the hold was dropped
)

// Counts are how many of each kind are in each state. What is absent is 0.
type Counts map[Kind]map[HeldState]int

// Add counts n more.
func (c Counts) Add(k Kind, s HeldState, n int) {
	if c[k] == nil {
		c[k] = map[HeldState]int{}
	}
	c[k][s] += n
}

// HeldFor is how long a Store keeps a Held that waits no more: as long as a rejection counts.
const HeldFor = 7 * 24 * time.Hour

// Store keeps holds. guardtest proves each MUST.
//
// All methods are safe for concurrent use, by several processes too, honour ctx, and except for
// Unfinished and PruneHeld touch only the given tenant. Errors other than those named wrap
// directory.ErrUnavailable.
type Store interface {
	// Hold returns the organisation's latest hold, directory.ErrNotFound if it never had one.
	Hold(ctx context.Context, t directory.Tenant) (Hold, error)
	// PutHold stores h in place of the hold of the version before, or as the first one with version
	// 1. It MUST return directory.ErrVersionConflict and change nothing if that is not the latest.
	PutHold(ctx context.Context, t directory.Tenant, h Hold) error
	// Unfinished returns the tenants whose latest hold is not decided.
	Unfinished(ctx context.Context) ([]directory.Tenant, error)

	// Held returns what is kept under the id, directory.ErrNotFound if that is nothing.
	Held(ctx context.Context, t directory.Tenant, id HeldID) (Held, error)
	// HeldOf returns what is kept of the group and its members, in ascending order of HeldID.
	HeldOf(ctx context.Context, t directory.Tenant, group directory.GroupID) ([]Held, error)
	// Keep stores each of these in place of what is kept under its id. After an error, some may be
	// kept and others not.
	Keep(ctx context.Context, t directory.Tenant, held ...Held) error
	// Settle ends the waiting of these of the hold, and returns how many waited. However calls
	// race, each MUST be counted once.
	Settle(ctx context.Context, t directory.Tenant, hold string, ids []HeldID, to HeldState, at time.Time) (int, error)
	// ListHeld returns those of the hold whose ids are greater than after, in ascending order, at
	// most limit; those in the state, "" for all.
	ListHeld(ctx context.Context, t directory.Tenant, hold string, state HeldState, after HeldID, limit int) ([]Held, error)
	// CountHeld returns how many of the hold are in each state.
	CountHeld(ctx context.Context, t directory.Tenant, hold string) (Counts, error)
	// PruneHeld removes what has been decided for longer than HeldFor. A store that forgets by
	// itself does nothing.
	PruneHeld(ctx context.Context, now time.Time) error
}
