package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
)

// Revoke ends a token of the organisation, or returns ErrNoToken. A revoked one stays as it is.
func (i *Issuer) Revoke(ctx context.Context, by audit.Caller, org, id string) error {
	t, err := i.Token(ctx, org, id)
	if err != nil {
		return err
	}
	if t.State == StateRevoked {
		return i.confirm(ctx, t)
	}
	e := i.entry(by, audit.ActionRevoke, org)
	e.TokenID = id
	if err := i.audit(ctx, e); err != nil {
		return err
	}
	if _, err := i.tokens.Revoke(ctx, org, id, e.At); err != nil {
		return fmt.Errorf("revoke token %s: %w", id, err)
	}
	return nil
}

// EndEarly ends a token whose place another one has taken, before its overlap is over, and returns
// it. It returns ErrNoToken, or ErrNotReplaced; so it cannot stop provisioning by mistake for a
// token that is the only one, as Revoke can. A dead one stays as it is.
func (i *Issuer) EndEarly(ctx context.Context, by audit.Caller, org, id string) (Token, error) {
	_, all, err := i.known(ctx, org)
	if err != nil {
		return Token{}, err
	}
	t, err := all.find(id)
	if err != nil {
		return Token{}, err
	}
	if t.State != StateLive {
		return t, i.confirm(ctx, t)
	}
	next, replaced := all.successor(id)
	if !replaced {
		return Token{}, ErrNotReplaced
	}
	if err := i.endEarly(ctx, by, org, id, next.ID); err != nil {
		return Token{}, err
	}
	return i.Token(ctx, org, id)
}

func (i *Issuer) endEarly(ctx context.Context, by audit.Caller, org, id, successor string) error {
	e := i.entry(by, audit.ActionEndEarly, org)
	e.TokenID, e.OtherID = id, successor
	if err := i.audit(ctx, e); err != nil {
		return err
	}
	_, err := i.tokens.EndEarly(ctx, org, id, successor, e.At)
	switch {
	case errors.Is(err, token.ErrConflict): // the rotation has been cancelled
		return ErrNotReplaced
	case err != nil:
		return fmt.Errorf("end token %s early: %w", id, err)
	}
	return nil
}

// confirm repeats the revocation of t, if it is revoked. That changes nothing, but makes a store
// that could not confirm before that the revocation lasts confirm it now: a repeated request must
// get as firm an answer as the first.
func (i *Issuer) confirm(ctx context.Context, t Token) error {
	if t.RevokedAt.IsZero() {
		return nil
	}
	if _, err := i.tokens.Revoke(ctx, t.Org, t.ID, t.RevokedAt); err != nil {
		return fmt.Errorf("confirm that token %s is revoked: %w", t.ID, err)
	}
	return nil
}
