package embedded

import (
	"context"
	"time"

	"github.com/devrev/scim/libs/token"
)

// Revoke marks a record revoked.
func (s *Tokens) Revoke(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return s.change(ctx, org, id, at, func(_ tokenTables, r token.Record, _ liveTokens) (token.Record, error) {
		return revoked(r, at), nil
	})
}

// RevokeLeaked marks a record as leaked, and revoked.
func (s *Tokens) RevokeLeaked(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return s.change(ctx, org, id, at, func(_ tokenTables, r token.Record, _ liveTokens) (token.Record, error) {
		if r.LeakedAt.IsZero() {
			r.LeakedAt = kept(at)
		}
		return revoked(r, at), nil
	})
}

// Rename gives a record another name.
func (s *Tokens) Rename(ctx context.Context, org, id, name string) (token.Record, error) {
	return s.change(ctx, org, id, time.Time{}, func(_ tokenTables, r token.Record, _ liveTokens) (token.Record, error) {
		r.Name = name
		return r, nil
	})
}

// EndEarly revokes a token whose place another has taken.
func (s *Tokens) EndEarly(ctx context.Context, org, id, successor string, at time.Time) (token.Record, error) {
	return s.change(ctx, org, id, at, func(_ tokenTables, r token.Record, of liveTokens) (token.Record, error) {
		if next, ok := of.live(successor); r.RevokedAt.IsZero() && (!ok || next.Replaces != id) {
			return r, token.ErrConflict
		}
		return revoked(r, at), nil
	})
}

// Cancel takes a rotation back.
func (s *Tokens) Cancel(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	var restored token.Record
	_, err := s.change(ctx, org, id, at, func(in tokenTables, r token.Record, of liveTokens) (token.Record, error) {
		before, ok := of.live(r.Replaces)
		_, live := of.live(id)
		again := !r.RevokedAt.IsZero() && before.ExpiresAt.Equal(r.ReplacedExpiry)
		if !ok || !live && !again {
			return r, token.ErrConflict
		}
		before.ExpiresAt = r.ReplacedExpiry
		restored = before
		return revoked(r, at), in.put(before)
	})
	if err != nil {
		return token.Record{}, err
	}
	return restored, nil
}

// Restore takes a revocation back.
func (s *Tokens) Restore(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return s.change(ctx, org, id, at, func(in tokenTables, r token.Record, of liveTokens) (token.Record, error) {
		if r.RevokedAt.IsZero() {
			return r, nil
		}
		if !r.LeakedAt.IsZero() {
			return r, token.ErrLeaked
		}
		since := kept(at).Sub(r.RevokedAt)
		r.RevokedAt = time.Time{}
		o, err := in.organisation(org)
		if err != nil {
			return r, err
		}
		if since > token.UndoWindow || !isLive(r, o, at) {
			return r, token.ErrTooLate
		}
		if len(of) >= token.MaxLive {
			return r, token.ErrTooManyLive
		}
		return r, nil
	})
}

// change stores a token of the organisation as to returns it. to gets the tokens that are live at
// the given time.
func (s *Tokens) change(
	ctx context.Context, org, id string, at time.Time, to func(tokenTables, token.Record, liveTokens) (token.Record, error),
) (token.Record, error) {
	var changed token.Record
	err := s.update(ctx, func(in tokenTables) error {
		o, err := in.organisation(org)
		if err != nil {
			return err
		}
		r, err := in.record(o.Tag, id)
		if err != nil {
			return err
		}
		records, err := in.recordsOf(o)
		if err != nil {
			return err
		}
		if changed, err = to(in, r, liveAt(at, o, records)); err != nil {
			return err
		}
		return in.put(changed)
	})
	if err != nil {
		return token.Record{}, err
	}
	return changed, nil
}

// revoked returns r revoked at the given time, unless it is already.
func revoked(r token.Record, at time.Time) token.Record {
	if r.RevokedAt.IsZero() {
		r.RevokedAt = kept(at)
	}
	return r
}
