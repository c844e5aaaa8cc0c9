package token

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The errors of a Store.
var (
	// ErrNotFound: no such token or organisation.
	ErrNotFound = errors.New("not found")
	// ErrTooManyLive: the organisation has MaxLive live tokens already.
	ErrTooManyLive = errors.New("too many live tokens")
	// ErrTaken: the tag or the token id is another's already. Chance makes it all but impossible;
	// draw again.
	ErrTaken = errors.New("tag or id is taken")
	// ErrConflict: the tokens are not in the state that the caller assumed.
	ErrConflict = errors.New("tokens are not in the assumed state")
	// ErrTooLate: the token was revoked too long ago, or is dead for another reason too.
	ErrTooLate = errors.New("too late to restore")
	// ErrLeaked: the token has leaked, and must never be live again.
	ErrLeaked = errors.New("token has leaked")
	// ErrUnavailable wraps the cause when the store could not answer. Whether a change took
	// place is then unknown; every change can be repeated.
	ErrUnavailable = errors.New("token store unavailable")
	// ErrNotReplicated is an ErrUnavailable: the change took place, and a failover would undo it.
	ErrNotReplicated = fmt.Errorf("%w: too few replicas have the change", ErrUnavailable)
)

// Repeated is the error of a request that made a token already.
type Repeated struct{ ID string } // of that token

func (e Repeated) Error() string { return "the request made token " + e.ID + " already" }

// Answered reports whether err, not nil, is an answer of a Store rather than the lack of one.
func Answered(err error) bool {
	if _, repeated := errors.AsType[Repeated](err); repeated {
		return true
	}
	for _, answer := range []error{ErrNotFound, ErrTooManyLive, ErrTaken, ErrConflict, ErrTooLate, ErrLeaked} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}

// Lookuper is the one thing verification needs of a Store.
type Lookuper interface {
	// Lookup returns the record of the token with this tag and id, and its organisation, in one
	// round trip and as of one moment. It MUST return ErrNotFound if either is absent, and then
	// with zero values.
	Lookup(ctx context.Context, tag, id string) (Record, Organisation, error)
}

// Store keeps token records and the organisations' copies. tokentest proves each MUST on every
// Store.
//
// All methods are safe for concurrent use and honour ctx; times are kept to the millisecond and
// come back in UTC; arguments and results are the caller's to modify. Errors are nil, one of the
// sentinels above (errors.Is), Repeated, or ErrUnavailable wrapping the cause; a Store returns no
// other error.
//
// A token is live at a time if its record says so and its generation is not below the
// organisation's; the time is that of the call: at, or r.IssuedAt. However calls race, no
// organisation ever has more than MaxLive live tokens.
type Store interface {
	Lookuper

	// PutOrganisation stores o whole. It MUST keep o.Generation from falling: an older copy that
	// comes late changes nothing. It MUST return ErrTaken if the tag is another organisation's, or
	// the organisation has another tag: with two tags, switching SCIM off under one would leave the
	// tokens of the other alive.
	PutOrganisation(ctx context.Context, o Organisation) error
	// Organisation MUST return ErrNotFound for an id never put.
	Organisation(ctx context.Context, org string) (Organisation, error)

	// Insert stores r, except Replaces and ReplacedExpiry. It MUST return ErrTooManyLive if the
	// organisation has MaxLive live tokens, also when calls race; ErrNotFound if the organisation
	// is not there; Repeated if r.Request is that of another token issued less than RequestMemory
	// before, whatever the state of that one. Repeating the call with the same record MUST change
	// nothing and return no error, whatever the state of the token since; ErrTaken is for the id of
	// another token.
	Insert(ctx context.Context, r Record) error
	// Rotate stores r in the place of the token current and returns r as stored. What happens to
	// current depends on whether RecordUsage has recorded a use of it:
	//
	//   - It was never used: it MUST be revoked, and r gets its Replaces and ReplacedExpiry. So a
	//     token whose secret was lost on the way to the administrator is removed, and the one that
	//     it was to replace stays as it is.
	//   - It was used: it MUST expire at end, or when it would anyway if that is earlier.
	//     r.Replaces gets its id, r.ReplacedExpiry its ExpiresAt from before.
	//
	// It MUST return ErrConflict and change nothing if current is not a live token of the
	// organisation, or is in the Replaces of one; so that of calls that race and name the same
	// current exactly one wins. It MUST return ErrTooManyLive and change nothing if current was
	// used and another token is live. For ErrNotFound, Repeated, ErrTaken and repeated calls it is
	// like Insert.
	Rotate(ctx context.Context, r Record, current string, end time.Time) (Record, error)
	// List returns the organisation's records, latest issued first, dead ones until their Tombstone
	// has passed, with their Usage. It MUST return ErrNotFound if the organisation is not there.
	List(ctx context.Context, org string) ([]Record, error)
	// Revoke marks the token revoked at the given time and returns its record. A revoked token
	// stays revoked at its first time: repeating the call is not an error. It MUST return
	// ErrNotFound for an id that is not the organisation's.
	Revoke(ctx context.Context, org, id string, at time.Time) (Record, error)
	// RevokeLeaked is Revoke for a leaked token: it sets LeakedAt too, also of one that was revoked
	// before. Repeating the call keeps both first times and is not an error.
	RevokeLeaked(ctx context.Context, org, id string, at time.Time) (Record, error)
	// Rename gives the token another name and returns its record, dead or alive. ErrNotFound is as
	// for Revoke.
	Rename(ctx context.Context, org, id, name string) (Record, error)
	// EndEarly is Revoke for a token that the token successor has replaced: it MUST return
	// ErrConflict and change nothing unless that one is live and has the id in its Replaces. A
	// token that is already revoked stays so, which is not an error.
	EndEarly(ctx context.Context, org, id, successor string, at time.Time) (Record, error)
	// Cancel undoes the rotation that created the token: that one is revoked, and the one in its
	// Replaces gets its expiry from before and is returned. It MUST return ErrConflict and change
	// nothing unless both are live. Repeating the call MUST change nothing and return no error as
	// long as the token from before is live with that expiry. ErrNotFound is as for Revoke.
	Cancel(ctx context.Context, org, id string, at time.Time) (Record, error)
	// Restore undoes the revocation of a token and returns its record. It MUST return ErrLeaked and
	// change nothing if the token has leaked; ErrTooLate if it was revoked longer ago than
	// UndoWindow, or would not be live anyway; ErrTooManyLive if MaxLive others are live. All of
	// this MUST hold when calls race. A token that is not revoked stays as it is, which is not an
	// error. ErrNotFound is as for Revoke.
	Restore(ctx context.Context, org, id string, at time.Time) (Record, error)
	// EraseOrganisation removes everything that the store has under the tag, whatever it is, and
	// the organisation's id if that has this tag. It is not an error if nothing is there. Another
	// organisation with the tag MUST stay.
	EraseOrganisation(ctx context.Context, org, tag string) error
	// RecordUsage adds to the recorded use of tokens of one tag, by their ids, as Usage.Plus does;
	// so the sum is the same in whatever order processes call it. Unknown ids MUST be ignored. A
	// refused request does not count as a use for Rotate, nor does it bring a token back. After
	// ErrUnavailable, repeating the call may count the requests twice; times stay right.
	RecordUsage(ctx context.Context, tag string, used map[string]Usage) error
}
