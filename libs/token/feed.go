package token

import "context"

// Event is a notice that what was read of an organisation's tokens is out of date: one was revoked, or the copy of the
// organisation changed. What is true now the store knows. The zero Event is a heartbeat: nothing happened, and all events
// before it have arrived.
type Event struct {
	Tag     string // the organisation's
	TokenID string // "": all tokens of the organisation
}

// concerns tells whether p has to be asked for anew.
func (e Event) concerns(p Principal) bool {
	return e.Tag == p.Tag && (e.TokenID == "" || e.TokenID == p.TokenID)
}

// Feed brings the events of all processes that change tokens, and a heartbeat every second or so.
type Feed interface {
	// Follow calls hear with each event, in the order in which they were published, until ctx is done or the feed is lost, and
	// returns why. The first call begins with what is published from then on, the next one where the last one ended. It is
	// for one caller at a time.
	Follow(ctx context.Context, hear func(Event)) error
}
