package audit

import (
	"cmp"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Query asks for entries of an organisation that satisfy all that is set in it. They are in the order of Position, latest first.
type Query struct {
	Action       Action
	TokenID      string    // in TokenID or OtherID
	Since, Until time.Time // Since <= At < Until
	OldestFirst  bool
	After        Position // the list goes on behind it, whether or not an entry is there; zero: from its beginning
	Limit        int      // at most so many; 0: none
}

// Asks tells whether q asks for e, but for Limit.
func (q Query) Asks(e Entry) bool {
	behind := e.Position().Compare(q.After)
	if !q.OldestFirst {
		behind = -behind
	}
	return (q.Action == "" || q.Action == e.Action) &&
		(q.TokenID == "" || q.TokenID == e.TokenID || q.TokenID == e.OtherID) &&
		!e.At.Before(q.Since) && (q.Until.IsZero() || e.At.Before(q.Until)) &&
		(q.After == Position{} || behind > 0)
}

// Position is where an entry stands in the audit of its organisation: those of the chain by Seq, and before them, by ID, those from before
// the chain. One of Seq and ID is set.
type Position struct {
	Seq int64
	ID  string
}

// Position returns where e stands.
func (e Entry) Position() Position {
	if e.Seq > 0 {
		return Position{Seq: e.Seq}
	}
	return Position{ID: e.ID}
}

// Compare is negative if p stands before o, positive if behind it.
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

// ParsePosition reads what String gave. "" is the zero Position. It tells whether text is one.
func ParsePosition(text string) (Position, bool) {
	if text == "" || uuid.Validate(text) == nil {
		return Position{ID: text}, true
	}
	seq, err := strconv.ParseInt(text, 10, 64)
	return Position{Seq: seq}, err == nil && seq > 0
}
