package tokentest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/devrev/scim/libs/token"
)

// model is the contract of token.Store in its plainest words. It holds everything under one lock, forgets nothing but what
// the Tombstone ends, and finds by looking at all of it.
type model struct {
	mu            sync.Mutex
	organisations []token.Organisation
	records       []token.Record
}

var _ token.Store = (*model)(nil)

func (m *model) PutOrganisation(ctx context.Context, o token.Organisation) error {
	return m.do(ctx, func() error {
		for i, stored := range m.organisations {
			if (stored.ID == o.ID) != (stored.Tag == o.Tag) {
				return token.ErrTaken
			}
			if stored.ID == o.ID {
				if o.Generation >= stored.Generation {
					m.organisations[i] = cloneOrganisation(o)
				}
				return nil
			}
		}
		m.organisations = append(m.organisations, cloneOrganisation(o))
		return nil
	})
}

func (m *model) Organisation(ctx context.Context, org string) (o token.Organisation, err error) {
	err = m.do(ctx, func() error {
		o, err = m.organisation(func(o token.Organisation) bool { return o.ID == org })
		return err
	})
	return o, err
}

func (m *model) Insert(ctx context.Context, r token.Record) error {
	return m.do(ctx, func() error {
		if stored := m.record(r.Tag, r.ID); stored != nil {
			if stored.Org == r.Org && bytes.Equal(stored.MAC, r.MAC) {
				return nil
			}
			return token.ErrTaken
		}
		o, err := m.organisation(func(o token.Organisation) bool { return o.ID == r.Org && o.Tag == r.Tag })
		if err != nil {
			return err
		}
		live := 0
		for _, other := range m.records {
			if other.Org == r.Org && other.Live(r.IssuedAt) && other.Generation >= o.Generation {
				live++
			}
		}
		if live >= token.MaxLive {
			return token.ErrTooManyLive
		}
		r.IssuedAt, r.ExpiresAt, r.LastUsedAt = milli(r.IssuedAt), milli(r.ExpiresAt), time.Time{}
		m.records = append(m.records, cloneRecord(r))
		return nil
	})
}

func (m *model) Lookup(ctx context.Context, tag, id string) (r token.Record, o token.Organisation, err error) {
	err = m.do(ctx, func() error {
		stored := m.record(tag, id)
		if stored == nil {
			return token.ErrNotFound
		}
		if o, err = m.organisation(func(o token.Organisation) bool { return o.Tag == tag }); err != nil {
			return err
		}
		r = cloneRecord(*stored)
		return nil
	})
	return r, o, err
}

func (m *model) List(ctx context.Context, org string) (l []token.Record, err error) {
	err = m.do(ctx, func() error {
		if _, err := m.organisation(func(o token.Organisation) bool { return o.ID == org }); err != nil {
			return err
		}
		for _, r := range m.records {
			if r.Org == org && (r.End().IsZero() || time.Since(r.End()) < token.Tombstone) {
				l = append(l, cloneRecord(r))
			}
		}
		slices.SortFunc(l, func(a, b token.Record) int {
			return cmp.Or(b.IssuedAt.Compare(a.IssuedAt), cmp.Compare(a.ID, b.ID))
		})
		return nil
	})
	return l, err
}

func (m *model) Revoke(ctx context.Context, org, id string, at time.Time) (r token.Record, err error) {
	err = m.do(ctx, func() error {
		for i := range m.records {
			if stored := &m.records[i]; stored.Org == org && stored.ID == id {
				if stored.RevokedAt.IsZero() {
					stored.RevokedAt = milli(at)
				}
				r = cloneRecord(*stored)
				return nil
			}
		}
		return token.ErrNotFound
	})
	return r, err
}

func (m *model) Touch(ctx context.Context, tag string, used map[string]time.Time) error {
	return m.do(ctx, func() error {
		for id, at := range used {
			if r := m.record(tag, id); r != nil && milli(at).After(r.LastUsedAt) {
				r.LastUsedAt = milli(at)
			}
		}
		return nil
	})
}

func (m *model) do(ctx context.Context, call func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", token.ErrUnavailable, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return call()
}

func (m *model) organisation(is func(token.Organisation) bool) (token.Organisation, error) {
	i := slices.IndexFunc(m.organisations, is)
	if i < 0 {
		return token.Organisation{}, token.ErrNotFound
	}
	return cloneOrganisation(m.organisations[i]), nil
}

func (m *model) record(tag, id string) *token.Record {
	i := slices.IndexFunc(m.records, func(r token.Record) bool { return r.Tag == tag && r.ID == id })
	if i < 0 {
		return nil
	}
	return &m.records[i]
}

func cloneOrganisation(o token.Organisation) token.Organisation {
	o.Settings = maps.Clone(o.Settings)
	return o
}

func cloneRecord(r token.Record) token.Record {
	r.MAC, r.Scopes = slices.Clone(r.MAC), slices.Clone(r.Scopes)
	return r
}

// milli rounds down, in UTC; the zero time stays zero.
func milli(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
