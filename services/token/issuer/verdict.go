package issuer

import (
	"fmt"
	"strconv"
	"time"

	"github.com/devrev/scim/libs/token"
)

// Quiet is how long a token must not have been used before it is called safe to revoke: three rounds of Entra ID, which begins one
// every 40 minutes. Okta needs none, it calls when something changes; whoever calls once a day shows in the reasons.
const Quiet = 2 * time.Hour

// Verdict answers the question whether a live token may be revoked without stopping anything, from what is known of uses. They are
// known a minute late at most.
type Verdict struct {
	Safe      bool
	Successor string   // the id of the token that is in its place; "": there is none
	Reasons   []string // sentences for the administrator, the weightiest first
}

// VerdictOn judges a live token. next is the live one that a rotation has put into its place, nil if there is none. Another token,
// issued by itself, proves nothing about this one: it may be another client's.
//
// It is safe if next was used after t was for the last time, and t has not been for as long as Quiet. A token that was rotated had
// been used; if no use of it is known, that was lost, and only what came after next was issued can be.
func VerdictOn(t token.Record, next *token.Record, now time.Time) Verdict {
	if next == nil {
		return Verdict{Reasons: append([]string{"No other token has taken its place: what uses it would stop.", lastUse(t, now)}, ending(t, now)...)}
	}
	v := Verdict{Successor: next.ID}
	quiet := now.Sub(t.LastUsedAt)
	if t.LastUsedAt.IsZero() {
		quiet = now.Sub(next.IssuedAt)
	}
	switch {
	case next.LastUsedAt.IsZero():
		v.Reasons = append([]string{"The new token has not been used yet.", lastUse(t, now)}, ending(t, now)...)
	case !next.LastUsedAt.After(t.LastUsedAt):
		v.Reasons = append([]string{
			lastUse(t, now), "The new token was used " + ago(now.Sub(next.LastUsedAt)) + ", which is not later: something still has this one.",
		}, ending(t, now)...)
	case quiet < Quiet:
		v.Reasons = append([]string{
			"The new token was used " + ago(now.Sub(next.LastUsedAt)) + ".", lastUse(t, now),
			"Wait until it has not been used for " + span(Quiet) + ": some identity providers call seldom.",
		}, ending(t, now)...)
	default:
		v.Safe, v.Reasons = true, []string{"The new token was used " + ago(now.Sub(next.LastUsedAt)) + ".", lastUse(t, now)}
	}
	return v
}

func lastUse(t token.Record, now time.Time) string {
	if t.LastUsedAt.IsZero() {
		return "No use of this one is known."
	}
	unused := now.Sub(t.LastUsedAt)
	if unused < Quiet {
		return "This one was used " + ago(unused) + "."
	}
	return "This one has not been used for " + span(unused) + "."
}

// ending is the reason to hurry.
func ending(t token.Record, now time.Time) []string {
	if t.ExpiresAt.IsZero() {
		return nil
	}
	return []string{fmt.Sprintf("It ends by itself in %s.", span(t.ExpiresAt.Sub(now)))}
}

func ago(d time.Duration) string {
	if d < time.Minute { // or in the future, by another clock
		return "just now"
	}
	return span(d) + " ago"
}

// span is a time that people can take in: minutes below two hours, hours below three days, then days.
func span(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "a minute"
	case d < 2*time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " minutes"
	case d < 3*24*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " hours"
	default:
		return strconv.Itoa(int(d/(24*time.Hour))) + " days"
	}
}
