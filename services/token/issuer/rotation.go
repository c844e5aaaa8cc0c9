package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
)

// How long a token goes on after another one took its place.
const (
	DefaultOverlap = 24 * time.Hour
	MaxOverlap     = 7 * 24 * time.Hour
)

// Rotation is an administrator's request to rotate a token.
type Rotation struct {
	Current        string        // the id of the token that they believe to be current
	Overlap        time.Duration // how long that one goes on if it is in use: 0 to MaxOverlap
	Force          bool          // end the one before that, if it is still alive
	Name           string        // of the new token; "": the current one's, with a number behind it
	ExpiresAt      time.Time     // of the new token; zero: never
	IdempotencyKey string        // as in TokenRequest
}

// NotCurrent is the error of a rotation away from a token that is dead, or whose place is taken.
type NotCurrent struct{ Current string } // the id of the current one; "": none

func (e *NotCurrent) Error() string { return "the token is not the current one" }

// Overlap is the error of a rotation while the one before has not come to its end: both its tokens
// are alive, and in use.
type Overlap struct {
	Previous string    // the id of the older token
	Ends     time.Time // zero: it does not expire
}

func (e *Overlap) Error() string { return "the token before the current one is still alive" }

// Rotate issues a token in the place of the current one, with its scopes. If that was ever used, it
// goes on for the Overlap, so that nothing stops until the new one is in its place. If it was not,
// it is revoked, and the one before it stays as it is: then the answer that held it was lost,
// perhaps, and this one replaces it. So two tokens are live at most, and one that clients have ends
// by the Overlap only. A first use is known of a second after it was answered. Of several that
// rotate at the same time, one wins.
//
// It returns ErrDisabled while SCIM is off, *Invalid, token.Repeated, *NotCurrent, *Overlap, or
// ErrTooManyLive if a live token that has nothing to do with the current one leaves no room.
func (i *Issuer) Rotate(ctx context.Context, by audit.Caller, org string, q Rotation) (Issued, error) {
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
	current, err := all.rotatable(q.Current)
	if overlap, ok := errors.AsType[*Overlap](err); ok && q.Force {
		err = i.endEarly(ctx, by, org, overlap.Previous, q.Current)
	}
	if errors.Is(err, ErrNotReplaced) {
		err = i.cameBetween(ctx, o, q.Current)
	}
	if err != nil {
		return Issued{}, err
	}
	e := i.entry(by, audit.ActionRotate, org)
	e.OtherID = current.ID
	issued := i.mint(&e, o, TokenRequest{
		Name: cmp.Or(q.Name, all.newName(current.Name)), Scopes: current.Scopes, ExpiresAt: q.ExpiresAt, IdempotencyKey: q.IdempotencyKey,
	})
	if err := i.audit(ctx, e); err != nil {
		return Issued{}, err
	}
	issued.Record, err = i.tokens.Rotate(ctx, issued.Record, current.ID, e.At.Add(q.Overlap))
	switch {
	case errors.Is(err, token.ErrConflict), errors.Is(err, token.ErrTooManyLive):
		return Issued{}, i.cameBetween(ctx, o, q.Current)
	case err != nil:
		return Issued{}, fmt.Errorf("rotate to token %s: %w", e.TokenID, err)
	}
	return issued, nil
}

// rotatable returns the token with this id, or why it cannot be rotated.
func (all tokens) rotatable(id string) (Token, error) {
	t, err := all.find(id)
	if _, replaced := all.successor(id); err != nil || t.State != StateLive || replaced {
		return t, &NotCurrent{all.current()}
	}
	if t.LastUsedAt.IsZero() {
		return t, nil
	}
	for _, other := range all.live() {
		switch other.ID {
		case t.ID:
		case t.Replaces:
			return t, &Overlap{other.ID, other.ExpiresAt}
		default:
			return t, ErrTooManyLive
		}
	}
	return t, nil
}

// cameBetween re-reads the tokens to explain why the store refused what seemed possible before.
func (i *Issuer) cameBetween(ctx context.Context, o Organisation, current string) error {
	all, err := i.tokensOf(ctx, o)
	if err != nil {
		return err
	}
	if _, err := all.rotatable(current); err != nil {
		return err
	}
	return &NotCurrent{all.current()} // it was not, for a moment
}

func (q Rotation) validate(now time.Time) error {
	switch {
	case q.Current == "":
		return &Invalid{"current", "must be the id of the token to be replaced"}
	case q.Overlap < 0 || q.Overlap > MaxOverlap:
		return &Invalid{"overlapHours", "must be 0 to " + strconv.Itoa(int(MaxOverlap/time.Hour))}
	case q.Name == "":
		q.Name = "-" // the current one's name was checked when it was given
	}
	return TokenRequest{Name: q.Name, ExpiresAt: q.ExpiresAt}.validate(now)
}
