package audit

import (
	"cmp"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Query selects the entries of an organisation that satisfy every field that is set. They are in
// the order of Position, latest first.
type Query struct {
	Action       Action
	TokenID      string // in TokenID or OtherID
	UserID       string
	Since, Until time.Time // Since <= At < Until
	OldestFirst  bool
	After        Position // the list goes on behind it, whether or not an entry is there; zero: from its beginning
	Limit        int      // at most so many; 0: none
}

// Asks reports whether q selects e, except for Limit.
func (q Query) Asks(e Entry) bool {
	behind := e.Position().Compare(q.After)
	if !q.OldestFirst {
		behind = -behind
	}
	return (q.Action == "" || q.Action == e.Action) &&
		(q.UserID == "" || q.UserID == e.UserID) &&
		(q.TokenID == "" || q.TokenID == e.TokenID || q.TokenID == e.OtherID) &&
		!e.At.Before(q.Since) && (q.Until.IsZero() || e.At.Before(q.Until)) &&
		(q.After == Position{} || behind > 0)
}

// Position is the place of an entry in the audit of its organisation: those of the chain by Seq,
// and before them, by ID, those from before the chain. One of Seq and ID is set.
type Position struct {
	Seq int64
	ID  string
}

// Position returns the place of e.
func (e Entry) Position() Position {
	if e.Seq > 0 {
		return Position{Seq: e.Seq}
	}
	return Position{ID: e.ID}
}

// Compare returns a negative number if p is before o, a positive one if it is after.
func (p Position) Compare(o Position) int {
	return cmp.Or(cmp.Compare(p.Seq, o.Seq), cmp.Compare(p.ID, o.ID))
}

// String is the text of a cursor: a number, or the id of an entry from before the chain.
func (p Position) String() string {
	if p.Seq > 0 {
		return strconv.FormatInt(p.Seq, 10)
	}
	return p.ID
}

// ParsePosition parses the text that String returns, and reports whether it is one. "" is the zero
// Position.
func ParsePosition(text string) (Position, bool) {
	if text == "" || uuid.Validate(text) == nil {
		return Position{ID: text}, true
	}
	seq, err := strconv.ParseInt(text, 10, 64)
	return Position{Seq: seq}, err == nil && seq > 0
}
