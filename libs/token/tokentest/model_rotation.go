package tokentest

import (
	"context"
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
)

func (m *model) Rotate(ctx context.Context, r token.Record, current string, end time.Time) (result token.Record, err error) {
	err = m.do(ctx, func() error {
		stored, o, err := m.beforeNew(r)
		if err != nil {
			return err
		}
		if stored == nil {
			if r.Replaces, r.ReplacedExpiry, err = m.makeWay(o, r.IssuedAt, current, milli(end)); err != nil {
				return err
			}
			stored = m.add(r)
		}
		result = cloneRecord(*stored)
		return nil
	})
	return result, err
}

// makeWay ends the current token, at once or later, and returns what the record of the next one
// keeps of it.
func (m *model) makeWay(o token.Organisation, at time.Time, current string, end time.Time) (replaces string, expiry time.Time, err error) {
	live := m.live(o, at)
	i := slices.IndexFunc(live, func(r *token.Record) bool { return r.ID == current })
	if i < 0 || slices.ContainsFunc(live, func(r *token.Record) bool { return r.Replaces == current }) {
		return "", time.Time{}, token.ErrConflict
	}
	c := live[i]
	if c.LastUsedAt.IsZero() {
		c.RevokedAt = milli(at)
		return c.Replaces, c.ReplacedExpiry, nil
	}
	if len(live) >= token.MaxLive {
		return "", time.Time{}, token.ErrTooManyLive
	}
	expiry = c.ExpiresAt
	if expiry.IsZero() || end.Before(expiry) {
		c.ExpiresAt = end
	}
	return c.ID, expiry, nil
}

func (m *model) EndEarly(ctx context.Context, org, id, successor string, at time.Time) (token.Record, error) {
	return m.alter(ctx, org, id, func(o token.Organisation, r *token.Record) error {
		if !r.RevokedAt.IsZero() {
			return nil
		}
		if s := m.record(o.Tag, successor); s == nil || s.Replaces != id || !isLive(s, o, at) {
			return token.ErrConflict
		}
		r.RevokedAt = milli(at)
		return nil
	})
}

func (m *model) Cancel(ctx context.Context, org, id string, at time.Time) (replaced token.Record, err error) {
	_, err = m.alter(ctx, org, id, func(o token.Organisation, r *token.Record) error {
		back := m.record(o.Tag, r.Replaces)
		if back == nil || !isLive(back, o, at) {
			return token.ErrConflict
		}
		if done := !r.RevokedAt.IsZero() && back.ExpiresAt.Equal(r.ReplacedExpiry); !done {
			if !isLive(r, o, at) {
				return token.ErrConflict
			}
			r.RevokedAt, back.ExpiresAt = milli(at), r.ReplacedExpiry
		}
		replaced = cloneRecord(*back)
		return nil
	})
	return replaced, err
}

func (m *model) Restore(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return m.alter(ctx, org, id, func(o token.Organisation, r *token.Record) error {
		if r.RevokedAt.IsZero() {
			return nil
		}
		restored := *r
		restored.RevokedAt = time.Time{}
		switch {
		case !r.LeakedAt.IsZero():
			return token.ErrLeaked
		case milli(at).After(r.RevokedAt.Add(token.UndoWindow)) || !isLive(&restored, o, at):
			return token.ErrTooLate
		case len(m.live(o, at)) >= token.MaxLive:
			return token.ErrTooManyLive
		}
		*r = restored
		return nil
	})
}
