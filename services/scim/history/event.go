package history

import (
	"strings"
	"time"

	"github.com/devrev/scim/services/scim/directory"
)

// Retention is how long events are kept.
const Retention = 90 * 24 * time.Hour

// Type says what an event tells of.
type Type string

// The types.
const (
	UserCreated     Type = "user.created"
	UserUpdated     Type = "user.updated"
	UserDeactivated Type = "user.deactivated"
	UserReactivated Type = "user.reactivated"
	UserDeleted     Type = "user.deleted"
	UserRestored    Type = "user.restored"  // one who was deleted came back
	UserSignedIn    Type = "user.signed_in" // for the first time
	GroupCreated    Type = "group.created"
	GroupUpdated    Type = "group.updated"
	GroupDeleted    Type = "group.deleted"
	MembersChanged  Type = "group.members.changed"
)

// Types are all types.
func Types() []Type {
	return []Type{
		UserCreated, UserUpdated, UserDeactivated, UserReactivated, UserDeleted, UserRestored, UserSignedIn,
		GroupCreated, GroupUpdated, GroupDeleted, MembersChanged,
	}
}

// The types of resources, as Resource has them.
const (
	User  = "User"
	Group = "Group"
)

// Resource names a user or a group.
type Resource struct {
	Type string `json:"type"` // User or Group
	ID   string `json:"id"`
}

// Event is one thing that happened to a user or a group. Its JSON is what stores keep and what
// programs read. It has no value of any attribute.
type Event struct {
	Seq      int64     `json:"seq"` // 1, 2, ... in the organisation
	ID       string    `json:"id"`  // unique in the organisation; the same however often the event is told
	Type     Type      `json:"type"`
	At       time.Time `json:"at"` // of the change: UTC, milliseconds
	Resource Resource  `json:"resource"`
	Version  int64     `json:"version"` // of the resource, to which the change led
	Change   Change    `json:"change,omitzero"`
	Cause    Cause     `json:"cause"`
}

// Change says what is another than before.
type Change struct {
	Attributes []string           `json:"attributes,omitempty"` // by name, those of an extension after its URN and a colon
	State      Transition         `json:"state,omitzero"`       // of a user, where it changed
	Added      []directory.UserID `json:"added,omitempty"`      // of MembersChanged, as is Removed: PartSize of both together at most
	Removed    []directory.UserID `json:"removed,omitempty"`
	Part       int                `json:"part,omitempty"` // of MembersChanged: 1, 2, ... of Parts
	Parts      int                `json:"parts,omitempty"`
}

// Transition is the state of a user before and after; Before is "" for a created one.
type Transition struct {
	Before directory.State `json:"before,omitempty"`
	After  directory.State `json:"after,omitempty"`
}

// Cause is a directory.Cause as programs read it.
type Cause struct {
	RequestID string `json:"requestId,omitempty"`
	TraceID   string `json:"traceId,omitempty"`
	TokenID   string `json:"tokenId,omitempty"`
	Client    string `json:"client,omitempty"`
	By        string `json:"by,omitempty"` // "administrator" or "person"; absent: the identity provider
	Actor     string `json:"actor,omitempty"`
	Undo      string `json:"undo,omitempty"` // the undo that made the change
}

func causeOf(c directory.Cause) Cause {
	undo, _, _ := strings.Cut(c.Undo, "/")
	return Cause{c.RequestID, c.TraceID, c.TokenID, c.Client, c.By, c.Actor, undo}
}
