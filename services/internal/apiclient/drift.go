package apiclient

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// DriftPage is a page of what the identity provider believes and DevRev does not have.
type DriftPage struct {
	Drift []DriftRow `json:"drift"`
	Next  string     `json:"next"`
}

// DriftRow is one difference.
type DriftRow struct {
	Kind      string          `json:"kind"` // refused, kept, changed-here, undone, held, waiting or same-address
	Resource  Resource        `json:"resource"`
	Name      string          `json:"name"`
	Attribute string          `json:"attribute"` // "": it is about the whole user
	Stored    json.RawMessage `json:"stored"`    // nil: there is no value
	Said      json.RawMessage `json:"said"`      // nil: the identity provider believes that there is none
	Withheld  bool            `json:"withheld"`  // there are values, and they are not shown
	Because   string          `json:"because"`   // a sentence, as Remedy is
	Since     time.Time       `json:"since"`
	RequestID string          `json:"requestId"`
	Client    string          `json:"client"` // "": it was a change in DevRev, or is not known
	Remedy    string          `json:"remedy"`
	People    []UserRef       `json:"people"` // who else it is about
}

// UserRef is a user who is named in something about another.
type UserRef struct {
	ID       string `json:"id"`
	UserName string `json:"userName"`
}

// DriftSummary says how much there is of each kind of drift.
type DriftSummary struct {
	Summary []DriftCount `json:"summary"`
}

// DriftCount is how much there is of a kind of drift.
type DriftCount struct {
	Kind    string `json:"kind"`
	Users   int    `json:"users"`
	Groups  int    `json:"groups"`
	Members int    `json:"members"` // of waiting: memberships
	AtLeast bool   `json:"atLeast"` // there are more, or may be
}

// Drift returns the differences that the query selects.
func (o *Organisation) Drift(ctx context.Context, query url.Values) (DriftPage, error) {
	return ask[DriftPage](ctx, o, request{to: directory, method: http.MethodGet, path: "/drift", query: query})
}

// DriftSummary returns how much there is of each kind of drift.
func (o *Organisation) DriftSummary(ctx context.Context) (DriftSummary, error) {
	return ask[DriftSummary](ctx, o, request{to: directory, method: http.MethodGet, path: "/drift/summary"})
}
