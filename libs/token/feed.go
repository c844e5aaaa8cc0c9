package token

import "context"

// Event is a notice that data read of an organisation's tokens is out of date: one was revoked, or
// the copy of the organisation changed. The store has the current state. The zero Event is a
// heartbeat: nothing happened, and all events before it have arrived.
type Event struct {
	Tag     string // the organisation's
	TokenID string // "": all tokens of the organisation
}

// concerns reports whether p must be read again.
func (e Event) concerns(p Principal) bool {
	return e.Tag == p.Tag && (e.TokenID == "" || e.TokenID == p.TokenID)
}

// Feed brings the events of all processes that change tokens, and a heartbeat every second or so.
type Feed interface {
	// Follow calls hear with each event, in the order in which they were published, until ctx is
	// done or the feed is lost, and returns why. The first call begins with the events published
	// from then on, the next one where the last one ended. Only one caller may use it at a time.
	Follow(ctx context.Context, hear func(Event)) error
}
