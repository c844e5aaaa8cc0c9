package token

import (
	"slices"
	"time"
)

// Scope is what a token may do.
type Scope string

// The scopes. Write includes read.
const (
	ScopeRead  Scope = "scim:read"
	ScopeWrite Scope = "scim:write"
)

// MaxLive is the number of tokens of one organisation that may be live at a time: the one in use
// and the one that replaces it.
const MaxLive = 2

// Tombstone is how long a record outlives its token, so that the use of a dead token can be named.
const Tombstone = 30 * 24 * time.Hour

// UndoWindow is how long after a revocation Store.Restore takes it back: as long as one needs to
// see that it was a mistake.
const UndoWindow = 10 * time.Minute

// RequestMemory is how long a Store remembers which token a request created, counted from the
// token's issue.
const RequestMemory = 24 * time.Hour

// Record is what is stored of one token: everything except its secret. The issuer writes all of it,
// once, except Replaces and ReplacedExpiry, which Store.Rotate fills in; only RevokedAt, ExpiresAt
// and LeakedAt change later, and its Usage, which Store.RecordUsage updates.
type Record struct {
	Org        string    // the organisation's id, as DevRev's platform gives it
	Tag        string    // the organisation's tag, part of the token
	ID         string    // the token's public id, part of the token; safe to show and to log
	Name       string    // given by the administrator, for people
	Kid        string    // which pepper made MAC
	MAC        []byte    // Keyring.Sign of org, id and secret
	Scopes     []Scope   // at least one
	Issuer     string    // who requested it: subject of the admin, or the platform
	Request    string    // names the request that made it, so that this one makes no other; "": it has no name
	Generation int64     // the organisation's generation at issue; below the organisation's own it is dead
	IssuedAt   time.Time // UTC, milliseconds
	ExpiresAt  time.Time // zero: never
	RevokedAt  time.Time // zero: not revoked
	LeakedAt   time.Time // when it was reported as leaked, which revokes it for good; zero: it was not

	// Of a token that was issued to take another one's place:
	Replaces       string    // id of the token that this one replaced; "" if none was in use
	ReplacedExpiry time.Time // the other one's ExpiresAt from before, which Store.Cancel gives back; zero: never

	Usage // as far as known, the hours of the last UsageMemory; read with List, not with Lookup
}

// Live reports whether the token is accepted at now, according to its own record.
func (r Record) Live(now time.Time) bool {
	return r.RevokedAt.IsZero() && (r.ExpiresAt.IsZero() || now.Before(r.ExpiresAt))
}

// End is when the token ended or will expire: the earlier of RevokedAt and ExpiresAt; zero: never.
// The record is kept until Tombstone has passed after it.
func (r Record) End() time.Time {
	if r.RevokedAt.IsZero() || !r.ExpiresAt.IsZero() && r.ExpiresAt.Before(r.RevokedAt) {
		return r.ExpiresAt
	}
	return r.RevokedAt
}

// Allows reports whether the token may do s.
func (r Record) Allows(s Scope) bool { return allows(r.Scopes, s) }

func allows(granted []Scope, s Scope) bool {
	return slices.Contains(granted, s) || s == ScopeRead && slices.Contains(granted, ScopeWrite)
}

// Organisation is the part of an organisation that every request needs, stored with its tokens so
// that one round trip reads both. The issuer owns the original and copies it here.
type Organisation struct {
	ID         string
	Tag        string            // random, given once, in every token of the organisation
	Enabled    bool              // SCIM is on; off stops every token at once
	Generation int64             // tokens of a lower generation are dead
	Settings   map[string]string // of the organisation, for the SCIM service; opaque here
}
