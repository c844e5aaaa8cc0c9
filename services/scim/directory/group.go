package directory

import (
	"time"

	"github.com/devrev/scim/libs/scim"
)

// GroupID is the SCIM id of a group: a UUIDv7, given once, never to another.
type GroupID string

// Group is one group of a tenant. Document holds what the identity provider said except for the
// members.
type Group struct {
	ID       GroupID
	Version  int64  // 1, 2, ...; rises with each change of the document or of the members
	NameKey  string // the form of displayName that is unique in the tenant; set by the domain
	Document *scim.Document
	Members  []UserID  // in ascending order; nil unless they were asked for
	Waits    bool      // members may wait for their person; of Store.Group and Standing alone, and read by no Store
	Created  time.Time // UTC, millisecond precision
	Modified time.Time // UTC, millisecond precision
	Cause    Cause     // of this version, for a Store; see Cause
	// Privileged is set where an administrator says that the members may do more than others. The
	// identity provider neither sees nor changes it, and it is no part of a version. A Store
	// returns it in Group and ListGroups, and reads it in SetPrivileged alone.
	Privileged bool
	// Word has in Refused the last request about the group, if that was refused, and nothing else.
	// A Store returns it in Group alone.
	Word Word
}

// DisplayName returns the group's name as it was written.
func (g Group) DisplayName() string { return g.Document.String("displayName") }

// Clone returns a copy that shares nothing with g.
func (g Group) Clone() Group {
	g.Document, g.Word = g.Document.Clone(), g.Word.clone()
	g.Members = append([]UserID(nil), g.Members...)
	return g
}

// GroupRef names a group that a user is a member of.
type GroupRef struct {
	ID          GroupID
	DisplayName string
	Privileged  bool
}

// MemberDelta is a change of a group's members: with Reset the set becomes empty; then Remove
// leaves it, then Add enters it. Add and Remove have no id in common and none twice.
type MemberDelta struct {
	Reset       bool
	Add, Remove []UserID
	// Standing is what Store.Standing returned of a delta with the same Reset that names all these
	// users; nil if it was not asked.
	Standing *Standing
}

// Empty reports whether d can change nothing.
func (d MemberDelta) Empty() bool { return !d.Reset && len(d.Add) == 0 && len(d.Remove) == 0 }
