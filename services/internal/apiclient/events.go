package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// EventPage is a part of an organisation's events, in their order.
type EventPage struct {
	Events []Event `json:"events"`
	Next   int64   `json:"next"` // go on after it
	More   bool    `json:"more"` // there are later ones already
}

// Event says what happened to a user or group.
type Event struct {
	Seq      int64     `json:"seq"`
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	At       time.Time `json:"at"`
	Resource Resource  `json:"resource"`
	Version  int64     `json:"version"`
	Cause    struct {
		RequestID string `json:"requestId"`
		Client    string `json:"client"`
		By        string `json:"by"` // administrator or person; "": the identity provider
	} `json:"cause"`
}

// Events returns what happened after an event, limit events at most. Where there is nothing yet it
// waits for up to wait, in whole seconds, which must be shorter than an answer may take; below a
// second, it does not wait. A place that the feed does not have is a Problem of the kind
// events-gone.
func (o *Organisation) Events(ctx context.Context, after int64, limit int, wait time.Duration) (EventPage, error) {
	r := request{to: directory, method: http.MethodGet, path: "/events", query: url.Values{
		"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)},
	}}
	if wait >= time.Second {
		r.header = http.Header{"Prefer": {"wait=" + strconv.Itoa(int(wait.Seconds()))}}
	}
	return ask[EventPage](ctx, o, r)
}
