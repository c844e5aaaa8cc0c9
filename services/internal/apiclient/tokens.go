package apiclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Live is the state of a token that is accepted; the others are revoked, expired and superseded.
const Live = "live"

// Token is a token without its secret. A time that is zero is not known, or has not come.
type Token struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Scopes      []string  `json:"scopes"`
	State       string    `json:"state"`
	IssuedBy    string    `json:"issuedBy"`
	IssuedAt    time.Time `json:"issuedAt"`
	ExpiresAt   time.Time `json:"expiresAt,omitzero"` // zero: never
	Expiring    string    `json:"expiring,omitempty"` // 14d, 7d or 1d: so near is the end, and no other token took its place
	RevokedAt   time.Time `json:"revokedAt,omitzero"` // zero: it was not
	LeakedAt    time.Time `json:"leakedAt,omitzero"`  // zero: no such report
	FirstUsedAt time.Time `json:"firstUsedAt,omitzero"`
	LastUsedAt  time.Time `json:"lastUsedAt,omitzero"`
	Use         *Use      `json:"use,omitempty"`
	Refused     *Refused  `json:"refused,omitempty"`
	Replaces    string    `json:"replaces,omitempty"` // the token whose place it took
	Verdict     *Verdict  `json:"verdict,omitempty"`  // of a live one only
}

// TokenList is all tokens of the organisation, latest issued first; dead ones for 30 days.
type TokenList struct {
	Tokens []Token `json:"tokens"`
}

// Use is what is known of the requests with a token that were let in.
type Use struct {
	Requests24h int64  `json:"requests24h"`
	Failures24h int64  `json:"failures24h"`
	Clients     []Seen `json:"clients"`
	Addresses   []Seen `json:"addresses"`
	Hours       []Hour `json:"hours,omitempty"` // of the last 7 days; only of one token
}

// Seen is a client, or a class of addresses, and when it was seen for the last time.
type Seen struct {
	Name   string    `json:"name"`
	LastAt time.Time `json:"lastAt"`
}

// Hour is the requests of the hour that begins at Hour.
type Hour struct {
	Hour     time.Time `json:"hour"`
	Requests int64     `json:"requests"`
	Failures int64     `json:"failures"`
}

// Refused is what is known of requests with a token that was dead already.
type Refused struct {
	Count  int64     `json:"count"` // in the last 7 days
	LastAt time.Time `json:"lastAt"`
	Reason string    `json:"reason"` // of the last one: revoked, expired or superseded
}

// Verdict says whether a live token may be ended without stopping anything.
type Verdict struct {
	Safe      bool     `json:"safe"`
	Successor string   `json:"successor,omitempty"` // the live token that took its place
	Reasons   []string `json:"reasons"`
}

// Issued is a new token. Secret is there once; without it, it is left out.
type Issued struct {
	Token

	Secret Secret `json:"token,omitempty"`
}

// Secret is a bearer token. Printing it shows that it is one; JSON and a conversion to string
// reveal it.
type Secret string

// Format writes the same for every verb.
func (Secret) Format(state fmt.State, _ rune) { _, _ = state.Write([]byte("(a token)")) }

// TokenRequest is what is asked of a token to issue. The service has defaults for all but the name.
type TokenRequest struct {
	Name      string    `json:"name"`
	Scopes    []string  `json:"scopes,omitempty"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// Rotation is what is asked of a token that takes another one's place.
type Rotation struct {
	Current      string    `json:"current"`
	OverlapHours int       `json:"overlapHours"`
	Force        bool      `json:"force,omitempty"`
	Name         string    `json:"name,omitempty"`
	ExpiresAt    time.Time `json:"expiresAt,omitzero"`
}

// Tokens returns the tokens.
func (o *Organisation) Tokens(ctx context.Context) (TokenList, error) {
	return ask[TokenList](ctx, o, request{method: http.MethodGet, path: "/scim/tokens"})
}

// Token returns one token.
func (o *Organisation) Token(ctx context.Context, id string) (Token, error) {
	return ask[Token](ctx, o, request{method: http.MethodGet, path: tokenPath(id)})
}

// Issue makes a token. Requests with the same key make one, whose secret is in the first answer;
// the others are the Problem "repeated".
func (o *Organisation) Issue(ctx context.Context, key string, q TokenRequest) (Issued, error) {
	return o.issued(ctx, key, "/scim/tokens", q)
}

// Rotate makes a token in the place of another one. The key is as in Issue.
func (o *Organisation) Rotate(ctx context.Context, key string, q Rotation) (Issued, error) {
	return o.issued(ctx, key, "/scim/tokens/rotate", q)
}

func (o *Organisation) issued(ctx context.Context, key, path string, body any) (Issued, error) {
	r := request{method: http.MethodPost, path: path, body: body, header: http.Header{}}
	r.header.Set("Idempotency-Key", key)
	i, err := ask[Issued](ctx, o, r)
	if err == nil && i.Secret == "" {
		err = &UnexpectedResponse{Status: http.StatusCreated}
	}
	return i, err
}

// Cancel takes back the rotation that made the token with this id, and returns the one that is
// current again.
func (o *Organisation) Cancel(ctx context.Context, id string) (Token, error) {
	body := map[string]string{"current": id}
	return ask[Token](ctx, o, request{method: http.MethodPost, path: "/scim/tokens/rotate/cancel", body: body})
}

// End ends a token whose place another one has taken, and returns it.
func (o *Organisation) End(ctx context.Context, id string) (Token, error) {
	return ask[Token](ctx, o, request{method: http.MethodPost, path: tokenPath(id) + "/end"})
}

// Restore takes a revocation back, and returns the token.
func (o *Organisation) Restore(ctx context.Context, id string) (Token, error) {
	return ask[Token](ctx, o, request{method: http.MethodPost, path: tokenPath(id) + "/restore"})
}

// Revoke ends a token, whatever uses it.
func (o *Organisation) Revoke(ctx context.Context, id string) error {
	_, err := ask[nothing](ctx, o, request{method: http.MethodDelete, path: tokenPath(id)})
	return err
}

// Rename gives a token another name, and returns it.
func (o *Organisation) Rename(ctx context.Context, id, name string) (Token, error) {
	return ask[Token](ctx, o, request{method: http.MethodPatch, path: tokenPath(id), body: map[string]string{"name": name}})
}

func tokenPath(id string) string { return "/scim/tokens/" + url.PathEscape(id) }
