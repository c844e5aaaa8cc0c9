package token

import (
	"slices"
	"strings"
	"time"
)

// UsageMemory is how long requests are counted by the hour. When a token was used for the first and
// the last time, and by which client, is kept for longer.
const UsageMemory = 7 * 24 * time.Hour

// Client is the identity provider that sent a request, as far as it is known.
type Client string

// The clients.
const (
	ClientOkta    Client = "okta"
	ClientEntra   Client = "entra"
	ClientOther   Client = "other"
	ClientUnnamed Client = "unnamed" // it sends no name; Entra ID often does not
)

// Usage summarises the requests that were made with one token within some time. The zero Usage
// means none. Two of them can be added, see Plus.
//
// A dead token has a Usage too: a client that still holds it keeps sending requests, which are
// refused.
type Usage struct {
	FirstUsedAt time.Time // of the accepted requests; zero, as LastUsedAt: there was none
	LastUsedAt  time.Time

	Hours     []Hour               // in which there were requests, the earliest first
	Clients   []Seen[Client]       // of the requests that were let in; by name, as the next two
	Addresses []Seen[AddressClass] // of the same
	Refused   []Seen[Reason]       // why others were not let in, though the secret was right
}

// Hour counts the requests of one hour.
type Hour struct {
	At time.Time // its begin, in UTC
	Count
}

// Count counts requests.
type Count struct {
	Requests int64 // that were let in
	Failures int64 // those of them that were answered with an error, a status of 400 or more
	Refused  int64 // that were not let in, because the token was dead
}

// Seen is when something was seen for the last time.
type Seen[N ~string] struct {
	Name   N
	LastAt time.Time
}

// Plus returns the summary of the requests of both, in the precision that a Store keeps: times only
// move, the first one back and the others forward, and counts add up. Neither is modified.
func (u Usage) Plus(more Usage) Usage {
	u.FirstUsedAt, u.LastUsedAt = earliest(u.FirstUsedAt, more.FirstUsedAt), latest(u.LastUsedAt, more.LastUsedAt)
	u.Hours = slices.Clone(u.Hours)
	for _, h := range more.Hours {
		h.At = h.At.UTC().Truncate(time.Hour)
		at, known := slices.BinarySearchFunc(u.Hours, h.At, func(h Hour, at time.Time) int { return h.At.Compare(at) })
		if !known {
			u.Hours = slices.Insert(u.Hours, at, h)
			continue
		}
		u.Hours[at].Count = u.Hours[at].plus(h.Count)
	}
	u.Clients, u.Addresses, u.Refused = seen(u.Clients, more.Clients), seen(u.Addresses, more.Addresses), seen(u.Refused, more.Refused)
	return u
}

// Since returns u without the hours that began before t.
func (u Usage) Since(t time.Time) Usage {
	u.Hours = slices.DeleteFunc(slices.Clone(u.Hours), func(h Hour) bool { return h.At.Before(t) })
	return u
}

// Sum counts the requests of all hours.
func (u Usage) Sum() (sum Count) {
	for _, h := range u.Hours {
		sum = sum.plus(h.Count)
	}
	return sum
}

func (c Count) plus(more Count) Count {
	return Count{c.Requests + more.Requests, c.Failures + more.Failures, c.Refused + more.Refused}
}

func seen[N ~string](known, more []Seen[N]) []Seen[N] {
	known = slices.Clone(known)
	for _, s := range more {
		at, is := slices.BinarySearchFunc(known, s.Name, func(k Seen[N], name N) int { return strings.Compare(string(k.Name), string(name)) })
		if !is {
			known = slices.Insert(known, at, Seen[N]{Name: s.Name})
		}
		known[at].LastAt = latest(known[at].LastAt, s.LastAt)
	}
	return known
}

// earliest ignores the zero time, which means none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		a = b
	}
	return a.UTC().Truncate(time.Millisecond)
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		a = b
	}
	return a.UTC().Truncate(time.Millisecond)
}
