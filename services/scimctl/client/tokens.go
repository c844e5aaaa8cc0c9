package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Status is how SCIM stands in the organisation.
type Status struct {
	Enabled     bool   `json:"enabled"`
	SCIMBaseURL string `json:"scimBaseUrl"`
	LiveTokens  int    `json:"liveTokens"`
}

// Live is the state of a token that is accepted; the others are revoked, expired and superseded.
const Live = "live"

// Token is a token without its secret.
type Token struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Scopes     []string  `json:"scopes"`
	State      string    `json:"state"`
	IssuedBy   string    `json:"issuedBy"`
	IssuedAt   time.Time `json:"issuedAt"`
	ExpiresAt  time.Time `json:"expiresAt,omitzero"`  // zero: never
	RevokedAt  time.Time `json:"revokedAt,omitzero"`  // zero: it was not
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"` // zero: no use is known
	Replaces   string    `json:"replaces,omitempty"`  // the token whose place it took
	Verdict    *Verdict  `json:"verdict,omitempty"`   // of a live one only
}

// TokenList is all tokens of the organisation, latest issued first; dead ones for 30 days.
type TokenList struct {
	Tokens []Token `json:"tokens"`
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

// Secret is a bearer token. Printing it shows that it is one; JSON and a conversion to string reveal it.
type Secret string

// Format stands for every verb.
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

// Status tells whether SCIM is on.
func (c *Client) Status(ctx context.Context) (Status, error) {
	return call[Status](ctx, c, request{method: http.MethodGet, path: "/scim"})
}

// Tokens returns the tokens.
func (c *Client) Tokens(ctx context.Context) (TokenList, error) {
	return call[TokenList](ctx, c, request{method: http.MethodGet, path: "/scim/tokens"})
}

// Token returns one token.
func (c *Client) Token(ctx context.Context, id string) (Token, error) {
	return call[Token](ctx, c, request{method: http.MethodGet, path: tokenPath(id)})
}

// Issue makes a token. Requests with the same key make one, whose secret is in the first answer; the others are the Problem "repeated".
func (c *Client) Issue(ctx context.Context, key string, q TokenRequest) (Issued, error) {
	return c.issued(ctx, request{method: http.MethodPost, path: "/scim/tokens", body: q, key: key})
}

// Rotate makes a token in the place of another one. The key is as in Issue.
func (c *Client) Rotate(ctx context.Context, key string, q Rotation) (Issued, error) {
	return c.issued(ctx, request{method: http.MethodPost, path: "/scim/tokens/rotate", body: q, key: key})
}

func (c *Client) issued(ctx context.Context, r request) (Issued, error) {
	i, err := call[Issued](ctx, c, r)
	if err == nil && i.Secret == "" {
		err = &Stranger{Status: http.StatusCreated}
	}
	return i, err
}

// Cancel takes back the rotation that made the token with this id, and returns the one that is current again.
func (c *Client) Cancel(ctx context.Context, id string) (Token, error) {
	body := map[string]string{"current": id}
	return call[Token](ctx, c, request{method: http.MethodPost, path: "/scim/tokens/rotate/cancel", body: body})
}

// End ends a token whose place another one has taken, and returns it.
func (c *Client) End(ctx context.Context, id string) (Token, error) {
	return call[Token](ctx, c, request{method: http.MethodPost, path: tokenPath(id) + "/end"})
}

// Restore takes a revocation back, and returns the token.
func (c *Client) Restore(ctx context.Context, id string) (Token, error) {
	return call[Token](ctx, c, request{method: http.MethodPost, path: tokenPath(id) + "/restore"})
}

// Revoke ends a token, whatever uses it.
func (c *Client) Revoke(ctx context.Context, id string) error {
	_, err := call[nothing](ctx, c, request{method: http.MethodDelete, path: tokenPath(id)})
	return err
}

func tokenPath(id string) string { return "/scim/tokens/" + url.PathEscape(id) }
