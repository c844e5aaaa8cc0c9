package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
)

// TokenRequest is what an administrator says about a token to issue.
type TokenRequest struct {
	Name      string        // for people, to tell tokens apart
	Scopes    []token.Scope // empty: token.ScopeWrite
	ExpiresAt time.Time     // zero: never
}

// Issued is a new token: its record, and the token itself, which nothing keeps.
type Issued struct {
	Record token.Record
	Token  token.Token
}

// State is what has become of a token.
type State string

// The states. Of several that apply it is the first.
const (
	StateRevoked    State = "revoked"
	StateSuperseded State = "superseded" // SCIM was disabled after it was issued
	StateExpired    State = "expired"
	StateLive       State = "live"
)

// Token is a token as administrators see it.
type Token struct {
	token.Record
	State State
}

// Issue issues a token. It returns ErrDisabled while SCIM is off, *Invalid, or ErrTooManyLive.
func (i *Issuer) Issue(ctx context.Context, by Caller, org string, q TokenRequest) (Issued, error) {
	if err := q.validate(i.clock()); err != nil {
		return Issued{}, err
	}
	o, err := i.Organisation(ctx, org)
	if err != nil {
		return Issued{}, err
	}
	if !o.Enabled {
		return Issued{}, ErrDisabled
	}
	if err := i.publish(ctx, o); err != nil { // it may be missing, and without it no token can be stored
		return Issued{}, err
	}
	return i.issue(ctx, by, o, q)
}

func (i *Issuer) issue(ctx context.Context, by Caller, o Organisation, q TokenRequest) (Issued, error) {
	t := token.New(o.Tag)
	e := i.entry(by, ActionIssue, o.ID)
	e.TokenID = t.ID()
	if err := i.audit(ctx, e); err != nil {
		return Issued{}, err
	}
	if len(q.Scopes) == 0 {
		q.Scopes = []token.Scope{token.ScopeWrite}
	}
	r := token.Record{
		Org: o.ID, Tag: o.Tag, ID: t.ID(), Name: q.Name, Scopes: q.Scopes, Issuer: by.Subject,
		Generation: o.Generation, IssuedAt: e.At, ExpiresAt: millis(q.ExpiresAt),
	}
	r.Kid, r.MAC = i.keyring.Sign(o.ID, t)
	if err := i.tokens.Insert(ctx, r); err != nil {
		return Issued{}, fmt.Errorf("insert token %s: %w", r.ID, err)
	}
	return Issued{Record: r, Token: t}, nil
}

// Tokens returns the organisation's tokens, latest issued first; dead ones until token.Tombstone has passed.
func (i *Issuer) Tokens(ctx context.Context, org string) ([]Token, error) {
	o, err := i.Organisation(ctx, org)
	if err != nil {
		return nil, err
	}
	return i.tokensOf(ctx, o)
}

// Token returns one of the organisation's tokens, or ErrNoToken.
func (i *Issuer) Token(ctx context.Context, org, id string) (Token, error) {
	all, err := i.Tokens(ctx, org)
	if err != nil {
		return Token{}, err
	}
	if at := slices.IndexFunc(all, func(t Token) bool { return t.ID == id }); at >= 0 {
		return all[at], nil
	}
	return Token{}, ErrNoToken
}

// Revoke ends a token of the organisation, or returns ErrNoToken. A revoked one stays as it is.
func (i *Issuer) Revoke(ctx context.Context, by Caller, org, id string) error {
	t, err := i.Token(ctx, org, id)
	if err != nil || t.State == StateRevoked {
		return err
	}
	e := i.entry(by, ActionRevoke, org)
	e.TokenID = id
	if err := i.audit(ctx, e); err != nil {
		return err
	}
	if _, err := i.tokens.Revoke(ctx, org, id, e.At); err != nil {
		return fmt.Errorf("revoke token %s: %w", id, err)
	}
	return nil
}

func (i *Issuer) tokensOf(ctx context.Context, o Organisation) ([]Token, error) {
	records, err := i.tokens.List(ctx, o.ID)
	if err != nil && !errors.Is(err, token.ErrNotFound) { // the copy is missing, and with it all tokens
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	tokens, now := make([]Token, len(records)), i.now()
	for n, r := range records {
		tokens[n] = Token{Record: r, State: o.stateOf(r, now)}
	}
	return tokens, nil
}

func (i *Issuer) live(ctx context.Context, o Organisation) (n int, err error) {
	tokens, err := i.tokensOf(ctx, o)
	for _, t := range tokens {
		if t.State == StateLive {
			n++
		}
	}
	return n, err
}

func (o Organisation) stateOf(r token.Record, now time.Time) State {
	switch {
	case !r.RevokedAt.IsZero():
		return StateRevoked
	case r.Generation < o.Generation:
		return StateSuperseded
	case !r.Live(now):
		return StateExpired
	default:
		return StateLive
	}
}

func (q TokenRequest) validate(now time.Time) error {
	if !isText(q.Name) {
		return &Invalid{"name", textRule}
	}
	for n, s := range q.Scopes {
		if s != token.ScopeRead && s != token.ScopeWrite || slices.Contains(q.Scopes[:n], s) {
			return &Invalid{"scopes", `may hold "scim:read" and "scim:write", each once`}
		}
	}
	if !q.ExpiresAt.IsZero() && !q.ExpiresAt.After(now) {
		return &Invalid{"expiresAt", "must be in the future"}
	}
	return nil
}
