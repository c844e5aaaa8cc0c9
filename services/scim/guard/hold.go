package guard

import (
	"context"
	"time"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
)

// Hold is what an organisation's guard holds back: people who were to be deactivated or deleted
// beyond the limit, until somebody decides. An organisation has one at a time.
type Hold struct {
	ID      string    `json:"id"`      // UUIDv7
	Version int64     `json:"version"` // 1, 2, ... of all holds of the organisation
	State   HoldState `json:"state"`
	Verdict Verdict   `json:"verdict,omitempty"` // "" while it is open
	Opened  time.Time `json:"openedAt"`
	Decided time.Time `json:"decidedAt,omitzero"`
	By      string    `json:"by,omitempty"` // the subject of who decided; "" for the guard itself
	Note    string    `json:"note,omitempty"`

	// Group is set where the hold was opened because nobody enabled would be left in this
	// privileged group: those in it are the last ones of such groups, and whoever exceeds a limit.
	Group   directory.GroupID `json:"group,omitempty"`
	Limit   terms.Mass        `json:"limit"`   // that was exceeded; zero with a Group
	Of      int               `json:"of"`      // how many people were enabled before; 0 with a Group
	Allowed int               `json:"allowed"` // of an approved one: how many more may leave within the window
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
	Approved Verdict = "approved" // those held are deactivated or deleted
	Rejected Verdict = "rejected" // they stay, and the same wish is refused for a while
	Dropped  Verdict = "dropped"  // they stay
)

// Held is one person of a Hold. There is one for each person: the latest.
type Held struct {
	Hold      string           `json:"hold"`
	User      directory.UserID `json:"userId"`
	Wanted    directory.Effect `json:"wanted"` // deactivated or deleted
	State     HeldState        `json:"state"`
	At        time.Time        `json:"at"`
	RequestID string           `json:"requestId"` // of the latest request that wanted it
	TokenID   string           `json:"tokenId"`
	Client    string           `json:"client"`
	Decided   time.Time        `json:"decidedAt,omitzero"` // set unless it waits; it is forgotten heldFor after that
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

	// Held returns what is kept of the person, directory.ErrNotFound if that is nothing.
	Held(ctx context.Context, t directory.Tenant, user directory.UserID) (Held, error)
	// Keep stores h in place of what is kept of the person.
	Keep(ctx context.Context, t directory.Tenant, h Held) error
	// Settle ends the waiting of a person of this hold, and reports whether it waited. However
	// calls race, one MUST report true.
	Settle(ctx context.Context, t directory.Tenant, hold string, user directory.UserID, to HeldState, at time.Time) (bool, error)
	// ListHeld returns people of the hold whose ids are greater than after, in ascending order, at
	// most limit; those in the state, "" for all.
	ListHeld(ctx context.Context, t directory.Tenant, hold string, state HeldState, after directory.UserID, limit int) ([]Held, error)
	// CountHeld returns how many people of the hold are in each state.
	CountHeld(ctx context.Context, t directory.Tenant, hold string) (map[HeldState]int, error)
	// PruneHeld removes what has been decided for longer than HeldFor. A store that forgets by
	// itself does nothing.
	PruneHeld(ctx context.Context, now time.Time) error
}
