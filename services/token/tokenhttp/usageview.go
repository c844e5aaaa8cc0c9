package tokenhttp

import (
	"cmp"
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/token/issuer"
)

// usageView summarises the accepted requests with a token. Hours are present in the answer about
// one token alone.
type usageView struct {
	Requests24h int64      `json:"requests24h"`
	Failures24h int64      `json:"failures24h"`
	Clients     []seenView `json:"clients"`
	Addresses   []seenView `json:"addresses"`
	Hours       []hourView `json:"hours,omitempty"`
}

type seenView struct {
	Name   string    `json:"name"`
	LastAt time.Time `json:"lastAt"`
}

type hourView struct {
	Hour     time.Time `json:"hour"`
	Requests int64     `json:"requests"`
	Failures int64     `json:"failures"`
}

// refusedView summarises the requests with a token that was dead already.
type refusedView struct {
	Count  int64        `json:"count"`
	LastAt time.Time    `json:"lastAt"`
	Reason token.Reason `json:"reason"`
}

// viewOfUsage returns nil if no use is known.
func viewOfUsage(t issuer.Token) *usageView {
	if t.LastUsedAt.IsZero() {
		return nil
	}
	return &usageView{Requests24h: t.Day.Requests, Failures24h: t.Day.Failures, Clients: viewOfSeen(t.Clients), Addresses: viewOfSeen(t.Addresses)}
}

func viewOfSeen[N ~string](seen []token.Seen[N]) []seenView {
	views := make([]seenView, len(seen))
	for i, s := range seen {
		views[i] = seenView{string(s.Name), s.LastAt}
	}
	return views
}

func viewOfHours(hours []token.Hour) (views []hourView) {
	for _, h := range hours {
		if h.Requests > 0 {
			views = append(views, hourView{h.At, h.Requests, h.Failures})
		}
	}
	return views
}

// viewOfRefused returns the latest reason; nil if the token was never refused.
func viewOfRefused(t issuer.Token) *refusedView {
	if len(t.Refused) == 0 {
		return nil
	}
	last := slices.MaxFunc(t.Refused, func(a, b token.Seen[token.Reason]) int {
		return cmp.Or(a.LastAt.Compare(b.LastAt), cmp.Compare(a.Name, b.Name))
	})
	return &refusedView{Count: t.Sum().Refused, LastAt: last.LastAt, Reason: last.Name}
}
