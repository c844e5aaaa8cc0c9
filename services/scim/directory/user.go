package directory

import (
	"cmp"
	"time"

	"github.com/google/uuid"

	"github.com/devrev/scim/libs/scim"
)

// UserID is the SCIM id of a user: a UUIDv7, so ids sort by creation; given once, never to another.
type UserID string

// wellFormed reports whether id has the form of an id of ours.
func (id UserID) wellFormed() bool {
	return len(id) == len(uuid.UUID{}.String()) && uuid.Validate(string(id)) == nil
}

// User is one provisioned person of a tenant.
//
// Document is what the identity provider said, validated, in canonical attribute names: no id,
// meta, schemas, groups, active or password in it. Everything else is DevRev's and never comes from
// a client.
type User struct {
	ID       UserID
	Version  int64  // 1, 2, ...; its ETag is W/"<version>"
	NameKey  string // the form of userName that is unique in the tenant; set by the domain
	State    State
	SignedIn bool // has signed in at least once; decides what reactivation leads to
	Deleted  bool // hidden from lists and reads, kept for history and for the day the person comes back
	Document *scim.Document
	Created  time.Time // UTC, millisecond precision
	Modified time.Time // UTC, millisecond precision
	Cause    Cause     // of this version, for a Store; see Cause
	Was      State     // of the version that this one replaces, for a Store, which need not believe it; "" if not known
	Word     Word      // what the identity provider last said, where it is not what is stored
	// Awaited tells a Store that members may wait for this user, who has just come or come back. No
	// Store returns it with a user.
	Awaited bool
}

// UserName returns the userName as it was written.
func (u User) UserName() string { return u.Document.String("userName") }

// Name returns what the user is called where others see it: the displayName, else the userName.
func (u User) Name() string { return cmp.Or(u.Document.String("displayName"), u.UserName()) }

// ExternalID returns the identity provider's id of the user, "" if it gave none.
func (u User) ExternalID() string { return u.Document.String("externalId") }

// Clone returns a copy that shares nothing with u.
func (u User) Clone() User {
	u.Document, u.Word = u.Document.Clone(), u.Word.clone()
	return u
}

// Email returns the primary e-mail address, else the first; "" if there is none.
func (u User) Email() string { return primaryEmail(u.Document).String("value") }
