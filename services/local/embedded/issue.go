package embedded

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/devrev/scim/libs/token"
)

// Insert stores a new record.
func (s *Tokens) Insert(ctx context.Context, r token.Record) error {
	return s.update(ctx, func(in tokenTables) error {
		_, err := in.issue(r, func(r token.Record, of liveTokens) (token.Record, error) {
			if len(of) >= token.MaxLive {
				return r, token.ErrTooManyLive
			}
			r.Replaces, r.ReplacedExpiry = "", time.Time{}
			return r, nil
		})
		return err
	})
}

// Rotate stores a new record in the place of the token current.
func (s *Tokens) Rotate(ctx context.Context, r token.Record, current string, end time.Time) (token.Record, error) {
	var stored token.Record
	err := s.update(ctx, func(in tokenTables) error {
		var err error
		stored, err = in.issue(r, func(r token.Record, of liveTokens) (token.Record, error) {
			replaced, ok := of.live(current)
			if !ok || of.replaced(current) {
				return r, token.ErrConflict
			}
			if replaced.LastUsedAt.IsZero() {
				r.Replaces, r.ReplacedExpiry = replaced.Replaces, replaced.ReplacedExpiry
				replaced.RevokedAt = r.IssuedAt
				return r, in.put(replaced)
			}
			if len(of.others(current)) > 0 {
				return r, token.ErrTooManyLive
			}
			r.Replaces, r.ReplacedExpiry = current, replaced.ExpiresAt
			if end := kept(end); replaced.ExpiresAt.IsZero() || end.Before(replaced.ExpiresAt) {
				replaced.ExpiresAt = end
			}
			return r, in.put(replaced)
		})
		return err
	})
	if err != nil {
		return token.Record{}, err
	}
	return stored, nil
}

// issue stores r as place returns it, and returns what is stored. place is called only if r is new;
// it gets the organisation's tokens that are live when r is issued.
func (in tokenTables) issue(r token.Record, place func(token.Record, liveTokens) (token.Record, error)) (token.Record, error) {
	r.IssuedAt, r.ExpiresAt, r.RevokedAt, r.Usage = kept(r.IssuedAt), kept(r.ExpiresAt), kept(r.RevokedAt), token.Usage{}
	switch stored, err := in.record(r.Tag, r.ID); {
	case err == nil && stored.Org == r.Org && bytes.Equal(stored.MAC, r.MAC):
		return stored, nil
	case err == nil:
		return r, token.ErrTaken
	case !errors.Is(err, token.ErrNotFound):
		return r, err
	}
	o, err := in.organisation(r.Org)
	if err != nil {
		return r, err
	}
	if o.Tag != r.Tag {
		return r, token.ErrNotFound
	}
	records, err := in.recordsOf(o)
	if err != nil {
		return r, err
	}
	for _, other := range records {
		if r.Request != "" && other.Request == r.Request && r.IssuedAt.Sub(other.IssuedAt) < token.RequestMemory {
			return r, token.Repeated{ID: other.ID}
		}
	}
	if r, err = place(r, liveAt(r.IssuedAt, o, records)); err != nil {
		return r, err
	}
	return r, in.put(r)
}
