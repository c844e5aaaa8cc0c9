package issuer

import (
	"cmp"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/prose"
)

const (
	// Quiet is how long a token must not have been used before it is called safe to revoke: three
	// rounds of Entra ID, which begins one every 40 minutes. Okta needs none, since it calls when
	// something changes; a client that calls once a day appears in the reasons.
	Quiet = 2 * time.Hour

	// clientMemory is how long a token waits for a client that has used it: a single try by hand
	// must not keep it for ever.
	clientMemory = 30 * 24 * time.Hour
)

// Verdict is whether a live token may be revoked without stopping a client, judged by the recorded
// uses. Those are a minute late at most.
type Verdict struct {
	Safe      bool
	Successor string   // the id of the token that replaced it; "": there is none
	Reasons   []string // sentences for the administrator, the weightiest first
}

// VerdictOn judges a live token. next is the live one that replaced it in a rotation, nil if there
// is none. A token that was issued on its own proves nothing about this one: it may be another
// client's.
//
// It is safe if every client that used t has used next later, t has not been used for as long as
// Quiet, and at least half of the latest requests with next succeeded. Anything of this that is
// unknown is a doubt, and with a doubt it is not safe.
func VerdictOn(t token.Record, next *token.Record, now time.Time) Verdict {
	if next == nil {
		use := cmp.Or(served("This one", t, now), unused(t, now))
		return Verdict{Reasons: reasons("No other token has replaced it: clients that use it would stop working.", use, ending(t, now))}
	}
	doubts := doubtsAbout(t, *next, now)
	if len(doubts) > 0 {
		doubts = append(doubts, served("The new token", *next, now), unused(t, now), ending(t, now))
		return Verdict{Successor: next.ID, Reasons: reasons(doubts...)}
	}
	return Verdict{Safe: true, Successor: next.ID, Reasons: reasons(
		served("The new token", *next, now), unused(t, now), usedBoth(t, now),
	)}
}

// doubtsAbout returns what speaks against revoking t now, the weightiest first.
func doubtsAbout(t, next token.Record, now time.Time) []string {
	switch {
	case next.LastUsedAt.IsZero():
		return []string{"The new token has not been used yet."}
	case t.LastUsedAt.IsZero(), len(t.Clients) == 0: // a token that was rotated had been used
		return []string{"It is not known who used this one."}
	}
	doubts := stillHere(t, next, now)
	if quiet := now.Sub(t.LastUsedAt); quiet < Quiet {
		doubts = append(doubts, "Wait until this one has not been used for "+prose.Duration(Quiet)+": some identity providers send requests rarely.")
	}
	return append(doubts, failing(next)...)
}

// stillHere names the clients that have not gone over from t to next.
func stillHere(t, next token.Record, now time.Time) []string {
	lastWithNext := make(map[token.Client]time.Time)
	for _, c := range next.Clients {
		lastWithNext[c.Name] = c.LastAt
	}
	var missing, back []token.Client
	for _, c := range t.Clients {
		switch last, came := lastWithNext[c.Name]; {
		case now.Sub(c.LastAt) > clientMemory:
		case !came:
			missing = append(missing, c.Name)
		case !last.After(c.LastAt):
			back = append(back, c.Name)
		}
	}
	var doubts []string
	if len(back) > 0 {
		doubts = append(doubts, haveUsed(back)+" this one after the new one: a client still holds it.")
	}
	if len(missing) > 0 {
		doubts = append(doubts, haveUsed(missing)+" this one, and not yet the new one.")
	}
	return doubts
}

// failing looks at the hour in which next was last used, and the one before. Older counts are too
// incomplete.
func failing(next token.Record) []string {
	latest := next.Since(next.LastUsedAt.Truncate(time.Hour).Add(-time.Hour)).Sum()
	switch {
	case latest.Requests == 0:
		return []string{"It is not known how the requests with the new token went: it was used too long ago."}
	case 2*latest.Failures > latest.Requests:
		return []string{of(latest.Failures, latest.Requests) + " with the new token failed: look at the activity before you revoke."}
	default:
		return nil
	}
}
