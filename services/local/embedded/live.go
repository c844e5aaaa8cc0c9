package embedded

import (
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
)

// liveTokens are the tokens of one organisation that are live at one time.
type liveTokens []token.Record

// liveAt selects those of an organisation's records whose tokens are live.
func liveAt(at time.Time, o token.Organisation, records []token.Record) liveTokens {
	return slices.DeleteFunc(slices.Clone(records), func(r token.Record) bool { return !isLive(r, o, at) })
}

// isLive reports whether a token of o is live at the given time.
func isLive(r token.Record, o token.Organisation, at time.Time) bool {
	return r.Live(at) && r.Generation >= o.Generation
}

// live returns the live token with this id, and whether there is one.
func (all liveTokens) live(id string) (token.Record, bool) {
	i := slices.IndexFunc(all, func(r token.Record) bool { return r.ID == id })
	if i < 0 {
		return token.Record{}, false
	}
	return all[i], true
}

// replaced reports whether a live token has replaced the one with this id.
func (all liveTokens) replaced(id string) bool {
	return slices.ContainsFunc(all, func(r token.Record) bool { return r.Replaces == id })
}

// others returns the live tokens but the one with this id.
func (all liveTokens) others(id string) liveTokens {
	return slices.DeleteFunc(slices.Clone(all), func(r token.Record) bool { return r.ID == id })
}
