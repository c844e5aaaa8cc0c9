package directory

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Bounds of what waits. Beyond them, an unknown member is skipped.
const (
	MaxWaitingOfGroup  = 10_000
	MaxWaitingOfTenant = 100_000
	MaxWaitingValue    = 254 // bytes of a value, as many as a userName has
	// WaitingRetention is how long a member waits after the last time it was asked for.
	WaitingRetention = 90 * 24 * time.Hour
)

// WaitingReason says why a member waits.
type WaitingReason string

// The reasons.
const (
	WaitsDeleted WaitingReason = "deleted" // a person of this id was deleted
	WaitsUnknown WaitingReason = "unknown" // no person ever had this id
	// WaitsAmbiguous: the value is the externalId of one person and the userName of another, or two
	// have it. See Organisation.MatchByExternalID.
	WaitsAmbiguous WaitingReason = "ambiguous"
	// WaitsApproval: the person is there, and the group is privileged, so that an administrator has
	// to let the person in.
	WaitsApproval WaitingReason = "approval"
)

// Waiting is a member that waits for its person: a value that the identity provider added to a
// group when no user of the tenant had it as id, or the membership of a person who was deleted.
type Waiting struct {
	Group  GroupID       `json:"group"`
	Value  string        `json:"value"` // as the client wrote it
	Reason WaitingReason `json:"reason"`
	First  Moment        `json:"first"` // when it began to wait
	Last   Moment        `json:"last"`  // when it was last added, or left
	// Count is how often the identity provider added it; 0 for a person who was a member when
	// deleted, and was not added since.
	Count int `json:"count"`
}

// Key is the form in which a Store finds w by its value.
func (w Waiting) Key() string { return Fold(w.Value) }

// Known returns the Keys by which a member that waits may mean u: its id, names and addresses.
func (u User) Known() []string {
	known := []string{Fold(string(u.ID)), Fold(u.UserName())}
	if u.ExternalID() != "" {
		known = append(known, Fold(u.ExternalID()))
	}
	return append(known, u.Addresses()...)
}

// Moment is a time and the request of that time.
type Moment struct {
	At        time.Time `json:"at"` // UTC, milliseconds
	RequestID string    `json:"requestId,omitempty"`
}

// WaitingQuery selects members that wait, in ascending order of Key, then of group, then of Value.
type WaitingQuery struct {
	Group  GroupID  // "": of all groups
	Keys   []string // nil: all; else only those with one of these
	Prefix string   // of the Key
	After  Waiting  // those behind this Value and Group; zero: from the beginning
	Limit  int
}

// Place is where w is in the order of a WaitingQuery, as a text without spaces or slashes.
func (w Waiting) Place() string {
	text, _ := json.Marshal([]string{w.Value, string(w.Group)}) // texts always encode
	return base64.RawURLEncoding.EncodeToString(text)
}

// WaitingAt returns what a WaitingQuery has as After for what is behind a Place, and reports
// whether it is one.
func WaitingAt(place string) (Waiting, bool) {
	plain, err := base64.RawURLEncoding.DecodeString(place)
	var parts []string
	if err != nil || json.Unmarshal(plain, &parts) != nil || len(parts) != 2 || parts[0] == "" {
		return Waiting{}, false
	}
	return Waiting{Value: parts[0], Group: GroupID(parts[1])}, true
}

// Selects reports whether q asks for w, if there is room.
func (q WaitingQuery) Selects(w Waiting) bool {
	return (q.Group == "" || w.Group == q.Group) && strings.HasPrefix(w.Key(), q.Prefix) &&
		(q.Keys == nil || slices.Contains(q.Keys, w.Key())) && (q.After.Value == "" || CompareWaiting(w, q.After) > 0)
}

// CompareWaiting is the order of a WaitingQuery.
func CompareWaiting(a, b Waiting) int {
	return cmp.Or(strings.Compare(a.Key(), b.Key()), strings.Compare(string(a.Group), string(b.Group)), strings.Compare(a.Value, b.Value))
}

// Awaited names a user for whom members may wait, see User.Awaited.
type Awaited struct {
	Tenant Tenant
	ID     UserID
}

// WaitingStore is the part of a Store about members that wait. They are never members: no other
// method shows them.
//
// UpdateGroup leaves them alone; DeleteGroup ends them with the group. DeleteUser makes each
// membership that it ends wait, with Count 0 and the reason WaitsDeleted, unless u.Cause.Forget.
type WaitingStore interface {
	// Wait notes that values were added to the group at this moment, and returns how many of them
	// wait now. The reason of a new one is WaitsDeleted if a deleted user has it as id, else
	// WaitsUnknown. One that waits already keeps First and Reason; its Count rises. What is beyond
	// a bound does not wait. It MUST return ErrNotFound for an unknown group.
	Wait(ctx context.Context, t Tenant, g GroupID, values []string, at Moment) (int, error)
	// Unwait ends the waiting of the values in the group or, with others, of all but these, and
	// returns those that waited. An Attach of one of them that began before either has made a
	// member before Unwait returns, or does not any more.
	Unwait(ctx context.Context, t Tenant, g GroupID, values []string, others bool) ([]string, error)
	// Attach makes the user a member of g.ID in the place of value, which waits no longer: both or
	// neither, in one version of the group, with g.Modified and g.Cause. It returns the group
	// before and after, the same one if the user was a member already. It MUST return ErrNotFound
	// if value does not wait, or the user or the group is not there.
	Attach(ctx context.Context, t Tenant, g Group, value string, user UserID) (before, after Group, err error)
	// Explain gives value, if it waits in the group, another reason to wait.
	Explain(ctx context.Context, t Tenant, g GroupID, value string, reason WaitingReason) error
	// Waiting returns those that q selects.
	Waiting(ctx context.Context, t Tenant, q WaitingQuery) ([]Waiting, error)
	// CountWaiting returns how many wait in all groups, and counts no more than most.
	CountWaiting(ctx context.Context, t Tenant, most int) (int, error)
	// Awaited returns the users of all tenants who were stored with User.Awaited, are not deleted,
	// and have not Arrived.
	Awaited(ctx context.Context) ([]Awaited, error)
	// Arrived notes that all that waits for the user was looked at.
	Arrived(ctx context.Context, t Tenant, id UserID) error
}
