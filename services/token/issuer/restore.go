package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
)

// Cancel takes the rotation back that made the token with this id: that is revoked, and the one
// whose place it had taken goes on for as long as it did before. It returns the latter, ErrNoToken,
// or ErrNoRotation if one of the two is dead already. Asking again changes nothing.
func (i *Issuer) Cancel(ctx context.Context, by audit.Caller, org, id string) (Token, error) {
	_, all, err := i.known(ctx, org)
	if err != nil {
		return Token{}, err
	}
	t, err := all.find(id)
	if err != nil {
		return Token{}, err
	}
	before, err := all.find(t.Replaces)
	if err != nil || before.State != StateLive {
		return Token{}, ErrNoRotation
	}
	if t.State == StateRevoked && before.ExpiresAt.Equal(t.ReplacedExpiry) { // cancelled before
		return before, i.confirm(ctx, t)
	}
	if t.State != StateLive {
		return Token{}, ErrNoRotation
	}
	e := i.entry(by, audit.ActionCancel, org)
	e.TokenID, e.OtherID = id, before.ID
	if err := i.audit(ctx, e); err != nil {
		return Token{}, err
	}
	_, err = i.tokens.Cancel(ctx, org, id, e.At)
	switch {
	case errors.Is(err, token.ErrConflict):
		return Token{}, ErrNoRotation
	case err != nil:
		return Token{}, fmt.Errorf("cancel the rotation to token %s: %w", id, err)
	}
	return i.Token(ctx, org, before.ID)
}

// Restore takes a revocation back, within token.UndoWindow, and returns the token. It returns
// ErrNoToken, ErrLeaked, ErrTooLate, or ErrTooManyLive. A live token stays as it is.
func (i *Issuer) Restore(ctx context.Context, by audit.Caller, org, id string) (Token, error) {
	o, all, err := i.known(ctx, org)
	if err != nil {
		return Token{}, err
	}
	t, err := all.find(id)
	if err != nil || t.State == StateLive {
		return t, err
	}
	e := i.entry(by, audit.ActionRestore, org)
	e.TokenID = id
	if e.At.Before(t.RevokedAt) {
		e.At = t.RevokedAt // which was by another clock. Reconcile goes by the order of the two
	}
	if err := all.restorable(o, t, e.At); err != nil {
		return Token{}, err
	}
	if err := i.audit(ctx, e); err != nil {
		return Token{}, err
	}
	if _, err := i.tokens.Restore(ctx, org, id, e.At); err != nil {
		return Token{}, fmt.Errorf("restore token %s: %w", id, err)
	}
	return i.Token(ctx, org, id)
}

func (all tokens) restorable(o Organisation, t Token, at time.Time) error {
	restored := t.Record
	restored.RevokedAt = time.Time{}
	switch {
	case !t.LeakedAt.IsZero():
		return ErrLeaked
	case at.After(t.RevokedAt.Add(token.UndoWindow)) || o.stateOf(restored, at) != StateLive:
		return ErrTooLate
	case len(all.live()) >= token.MaxLive:
		return ErrTooManyLive
	default:
		return nil
	}
}
