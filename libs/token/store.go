package token

import (
	"context"
	"errors"
	"time"
)

// What a Store answers with besides nil.
var (
	// ErrNotFound: no such token or organisation.
	ErrNotFound = errors.New("not found")
	// ErrTooManyLive: the organisation has MaxLive live tokens already.
	ErrTooManyLive = errors.New("too many live tokens")
	// ErrTaken: the tag or the token id is another's already. Chance makes it all but impossible; draw again.
	ErrTaken = errors.New("tag or id is taken")
	// ErrUnavailable wraps the cause of every answer that the store could not give. Whether a change took
	// place is then unknown; every change can be asked for again.
	ErrUnavailable = errors.New("token store unavailable")
)

// Lookuper is the one thing verification needs of a Store.
type Lookuper interface {
	// Lookup returns the record of the token with this tag and id, and its organisation, in one round trip
	// and as of one moment. It MUST return ErrNotFound if either is absent, and then with zero values.
	Lookup(ctx context.Context, tag, id string) (Record, Organisation, error)
}

// Store keeps token records and the organisations' copies. tokentest proves each MUST on every Store.
//
// All methods are safe for concurrent use and honour ctx; times are kept to the millisecond and come back in UTC; what goes in
// and what comes out is the caller's to modify. Errors are nil, one of the sentinels above (errors.Is), or
// ErrUnavailable wrapping the cause; nothing else leaves a Store.
type Store interface {
	Lookuper

	// PutOrganisation stores o whole. It MUST keep o.Generation from falling: an older copy that comes late changes nothing.
	// It MUST return ErrTaken if the tag is another organisation's, or the organisation has another tag: with two tags,
	// switching SCIM off under one would leave the tokens of the other alive.
	PutOrganisation(ctx context.Context, o Organisation) error
	// Organisation MUST return ErrNotFound for an id never put.
	Organisation(ctx context.Context, org string) (Organisation, error)

	// Insert stores r. It MUST return ErrTooManyLive if the organisation has MaxLive records that are live at r.IssuedAt and not
	// below its generation, also when calls race; ErrNotFound if the organisation is not there. Asking again with the same
	// record MUST change nothing and be no error, whatever became of the token since; ErrTaken is for the id of another token.
	Insert(ctx context.Context, r Record) error
	// List returns the organisation's records, latest issued first, dead ones until their Tombstone has passed,
	// with LastUsedAt as far as known. It MUST return ErrNotFound if the organisation is not there.
	List(ctx context.Context, org string) ([]Record, error)
	// Revoke marks the token revoked at the given time and returns its record. A revoked token stays revoked at its first
	// time: asking again is no error. It MUST return ErrNotFound for an id that is not the organisation's.
	Revoke(ctx context.Context, org, id string, at time.Time) (Record, error)
	// Touch records that tokens of one tag were used. Times only move forward; unknown ids are ignored.
	Touch(ctx context.Context, tag string, used map[string]time.Time) error
}
