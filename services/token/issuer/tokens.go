package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
)

// TokenRequest is an administrator's request to issue a token.
type TokenRequest struct {
	Name           string        // for people, to distinguish tokens
	Scopes         []token.Scope // empty: token.ScopeWrite
	ExpiresAt      time.Time     // zero: never
	IdempotencyKey string        // "": none. Within token.RequestMemory the same key creates no second token
}

// Issued is a new token: its record, and the token itself, which nothing keeps.
type Issued struct {
	Record token.Record
	Token  token.Token
}

// State is the state of a token.
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
	State    State
	Day      token.Count // the requests of this hour and the 23 before it
	Verdict  Verdict     // whether it may be revoked; of a live one only
	Expiring Nearness    // whether it is time to rotate it
}

// Issue issues a token. It returns ErrDisabled while SCIM is off, *Invalid, token.Repeated, or
// ErrTooManyLive.
func (i *Issuer) Issue(ctx context.Context, by audit.Caller, org string, q TokenRequest) (Issued, error) {
	if err := q.validate(i.clock()); err != nil {
		return Issued{}, err
	}
	o, all, err := i.enabled(ctx, org)
	if err != nil {
		return Issued{}, err
	}
	if err := all.checkNew(q.IdempotencyKey, i.clock()); err != nil {
		return Issued{}, err
	}
	if len(all.live()) >= token.MaxLive {
		return Issued{}, ErrTooManyLive
	}
	return i.issue(ctx, by, o, q)
}

// enabled returns an organisation that may have new tokens, and those that it has. The copy is put
// because it may be missing, and without it no token can be stored.
func (i *Issuer) enabled(ctx context.Context, org string) (Organisation, tokens, error) {
	o, err := i.Organisation(ctx, org)
	if err != nil {
		return Organisation{}, nil, err
	}
	if !o.Enabled {
		return Organisation{}, nil, ErrDisabled
	}
	if err := i.publish(ctx, o); err != nil {
		return Organisation{}, nil, err
	}
	all, err := i.tokensOf(ctx, o)
	return o, all, err
}

func (i *Issuer) issue(ctx context.Context, by audit.Caller, o Organisation, q TokenRequest) (Issued, error) {
	e := i.entry(by, audit.ActionIssue, o.ID)
	issued := i.mint(&e, o, q)
	if err := i.audit(ctx, e); err != nil {
		return Issued{}, err
	}
	if err := i.tokens.Insert(ctx, issued.Record); err != nil {
		return Issued{}, fmt.Errorf("insert token %s: %w", e.TokenID, err)
	}
	return issued, nil
}

// mint creates the token that e will record.
func (i *Issuer) mint(e *audit.Entry, o Organisation, q TokenRequest) Issued {
	t := token.New(o.Tag)
	e.TokenID = t.ID()
	if len(q.Scopes) == 0 {
		q.Scopes = []token.Scope{token.ScopeWrite}
	}
	r := token.Record{
		Org: o.ID, Tag: o.Tag, ID: t.ID(), Name: q.Name, Scopes: q.Scopes, Issuer: e.Caller.Subject, Request: requestName(q.IdempotencyKey),
		Generation: o.Generation, IssuedAt: e.At, ExpiresAt: millis(q.ExpiresAt),
	}
	r.Kid, r.MAC = i.keyring.Sign(o.ID, t)
	return Issued{Record: r, Token: t}
}

// Tokens returns the organisation's tokens, latest issued first; dead ones until token.Tombstone
// has passed.
func (i *Issuer) Tokens(ctx context.Context, org string) ([]Token, error) {
	_, all, err := i.known(ctx, org)
	return all, err
}

// Token returns one of the organisation's tokens, or ErrNoToken.
func (i *Issuer) Token(ctx context.Context, org, id string) (Token, error) {
	_, all, err := i.known(ctx, org)
	if err != nil {
		return Token{}, err
	}
	return all.find(id)
}

// known returns an organisation and its tokens.
func (i *Issuer) known(ctx context.Context, org string) (Organisation, tokens, error) {
	o, err := i.Organisation(ctx, org)
	if err != nil {
		return Organisation{}, nil, err
	}
	all, err := i.tokensOf(ctx, o)
	return o, all, err
}

func (i *Issuer) tokensOf(ctx context.Context, o Organisation) (tokens, error) {
	records, err := i.tokens.List(ctx, o.ID)
	if err != nil && !errors.Is(err, token.ErrNotFound) { // the copy is missing, and with it all tokens
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	all, now := make(tokens, len(records)), i.now()
	for n, r := range records {
		all[n] = Token{Record: r, State: o.stateOf(r, now), Day: r.Since(now.Add(-24 * time.Hour)).Sum()}
	}
	for n, t := range all {
		if t.State != StateLive {
			continue
		}
		var next *token.Record
		if s, replaced := all.successor(t.ID); replaced {
			next = &s.Record
		}
		all[n].Verdict = VerdictOn(t.Record, next, now)
		all[n].Expiring = nearnessOf(t, next != nil, now)
	}
	return all, nil
}

// Rename gives a token, which may be dead, another name. It returns *Invalid or ErrNoToken.
func (i *Issuer) Rename(ctx context.Context, by audit.Caller, org, id, name string) (Token, error) {
	if !isText(name) {
		return Token{}, &Invalid{"name", textRule}
	}
	_, all, err := i.known(ctx, org)
	if err != nil {
		return Token{}, err
	}
	t, err := all.find(id)
	if err != nil || t.Name == name {
		return t, err
	}
	e := i.entry(by, audit.ActionRename, org)
	e.TokenID, e.Changes = id, []audit.Change{{Member: "name", Before: t.Name, After: name}}
	if err := i.audit(ctx, e); err != nil {
		return Token{}, err
	}
	if _, err := i.tokens.Rename(ctx, org, id, name); errors.Is(err, token.ErrNotFound) {
		return Token{}, ErrNoToken
	} else if err != nil {
		return Token{}, fmt.Errorf("rename token %s: %w", id, err)
	}
	t.Name = name
	return t, nil
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
