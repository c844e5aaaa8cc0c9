package issuer

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/prose"
)

// reasons leaves out the empty ones.
func reasons(sentences ...string) []string {
	return slices.DeleteFunc(sentences, func(s string) bool { return s == "" })
}

// served describes how a token, called by name, is used, "" if it is not. Counts begin with the
// token's issue, or token.UsageMemory ago.
func served(name string, t token.Record, now time.Time) string {
	sum := t.Sum()
	switch {
	case t.LastUsedAt.IsZero():
		return ""
	case sum.Requests == 0:
		return name + " was used " + prose.Ago(now, t.LastUsedAt) + "."
	}
	since := "since it was issued"
	if now.Sub(t.IssuedAt) > token.UsageMemory {
		since = "in the last " + prose.Duration(token.UsageMemory)
	}
	failed := ""
	if sum.Failures > 0 {
		failed = "; " + strconv.FormatInt(sum.Failures, 10) + " failed"
	}
	return name + " served " + prose.Count(sum.Requests, "request") + " " + since + ", the last one " + prose.Ago(now, t.LastUsedAt) + failed + "."
}

// unused describes since when a token has not been used.
func unused(t token.Record, now time.Time) string {
	if t.LastUsedAt.IsZero() {
		return "No use of this one is known."
	}
	quiet := now.Sub(t.LastUsedAt)
	if quiet < Quiet {
		return "This one was used " + prose.Ago(now, t.LastUsedAt) + "."
	}
	return "This one has served no request for " + prose.Duration(quiet) + "."
}

// usedBoth names the clients of a token that is replaced, if they have gone over.
func usedBoth(t token.Record, now time.Time) string {
	var clients []token.Client
	for _, c := range t.Clients {
		if now.Sub(c.LastAt) <= clientMemory {
			clients = append(clients, c.Name)
		}
	}
	if len(clients) == 0 {
		return ""
	}
	return haveUsed(clients) + " both."
}

// ending is the reason to hurry.
func ending(t token.Record, now time.Time) string {
	if t.ExpiresAt.IsZero() {
		return ""
	}
	return "It expires in " + prose.Duration(t.ExpiresAt.Sub(now)) + "."
}

// haveUsed begins a sentence about clients: "Entra ID and Okta have used".
func haveUsed(clients []token.Client) string {
	names := make([]string, len(clients))
	for i, c := range clients {
		names[i] = nameOf(c)
	}
	text, verb := names[0], " has used"
	if last := len(names) - 1; last > 0 {
		text, verb = strings.Join(names[:last], ", ")+" and "+names[last], " have used"
	}
	return strings.ToUpper(text[:1]) + text[1:] + verb
}

func nameOf(c token.Client) string {
	switch c {
	case token.ClientOkta:
		return "Okta"
	case token.ClientEntra:
		return "Entra ID"
	case token.ClientUnnamed:
		return "a client without a name"
	default:
		return "another client"
	}
}

// of names some of the latest requests.
func of(some, all int64) string {
	if all == 1 {
		return "The latest request"
	}
	return strconv.FormatInt(some, 10) + " of the latest " + prose.Count(all, "request")
}
