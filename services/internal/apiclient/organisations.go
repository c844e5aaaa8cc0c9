package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Standing is an organisation in the list of all, with its state.
type Standing struct {
	ID          string    `json:"id"`
	SSO         SSO       `json:"sso"`
	SCIM        Switch    `json:"scim"`
	State       string    `json:"state"` // leaving, off, waiting, failing, silent, expiring or working
	LiveTokens  int       `json:"liveTokens"`
	Expiring    []string  `json:"expiring"`
	LastUsedAt  time.Time `json:"lastUsedAt"` // zero: no use is known
	Clients     []string  `json:"clients"`
	Requests24h int64     `json:"requests24h"`
	Failures24h int64     `json:"failures24h"`
}

// Standings is a stretch of the list of all organisations, as Users is. It may be short, or empty,
// and go on.
type Standings struct {
	Organisations []Standing `json:"organisations"`
	Next          string     `json:"next"`
}

// Organisations returns those that the query selects, to DevRev's staff and the platform.
func (c Caller) Organisations(ctx context.Context, query url.Values) (Standings, error) {
	return call[Standings](ctx, c, request{method: http.MethodGet, path: "/organisations", query: query})
}
