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

// model is the contract of token.Store in its plainest words. It holds everything under one lock,
// forgets nothing but what the Tombstone ends, and finds by looking at all of it.
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

func (m *model) EraseOrganisation(ctx context.Context, org, tag string) error {
	return m.do(ctx, func() error {
		if slices.ContainsFunc(m.organisations, func(o token.Organisation) bool { return o.Tag == tag && o.ID != org }) {
			return nil
		}
		m.organisations = slices.DeleteFunc(m.organisations, func(o token.Organisation) bool { return o.ID == org && o.Tag == tag })
		m.records = slices.DeleteFunc(m.records, func(r token.Record) bool { return r.Tag == tag })
		return nil
	})
}

func (m *model) Insert(ctx context.Context, r token.Record) error {
	return m.do(ctx, func() error {
		stored, o, err := m.beforeNew(r)
		if err != nil || stored != nil {
			return err
		}
		if len(m.live(o, r.IssuedAt)) >= token.MaxLive {
			return token.ErrTooManyLive
		}
		r.Replaces, r.ReplacedExpiry = "", time.Time{}
		m.add(r)
		return nil
	})
}

// beforeNew returns the record if it exists already, else its organisation, or why the record
// cannot exist.
func (m *model) beforeNew(r token.Record) (stored *token.Record, o token.Organisation, err error) {
	if stored = m.record(r.Tag, r.ID); stored != nil {
		if stored.Org == r.Org && bytes.Equal(stored.MAC, r.MAC) {
			return stored, o, nil
		}
		return nil, o, token.ErrTaken
	}
	if o, err = m.organisation(func(o token.Organisation) bool { return o.ID == r.Org && o.Tag == r.Tag }); err != nil {
		return nil, o, err
	}
	for _, other := range m.records {
		if other.Org == r.Org && r.Request != "" && other.Request == r.Request && r.IssuedAt.Before(other.IssuedAt.Add(token.RequestMemory)) {
			return nil, o, token.Repeated{ID: other.ID}
		}
	}
	return nil, o, nil
}

func (m *model) add(r token.Record) *token.Record {
	r.IssuedAt, r.ExpiresAt, r.Usage = milli(r.IssuedAt), milli(r.ExpiresAt), token.Usage{}
	m.records = append(m.records, cloneRecord(r))
	return &m.records[len(m.records)-1]
}

// live returns the live tokens of o.
func (m *model) live(o token.Organisation, at time.Time) (live []*token.Record) {
	for i := range m.records {
		if r := &m.records[i]; r.Org == o.ID && isLive(r, o, at) {
			live = append(live, r)
		}
	}
	return live
}

func isLive(r *token.Record, o token.Organisation, at time.Time) bool {
	return r.Live(milli(at)) && r.Generation >= o.Generation
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
				r = cloneRecord(r)
				r.Usage = r.Since(time.Now().Add(-token.UsageMemory))
				l = append(l, r)
			}
		}
		slices.SortFunc(l, func(a, b token.Record) int {
			return cmp.Or(b.IssuedAt.Compare(a.IssuedAt), cmp.Compare(a.ID, b.ID))
		})
		return nil
	})
	return l, err
}

func (m *model) Revoke(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return m.alter(ctx, org, id, func(_ token.Organisation, r *token.Record) error {
		if r.RevokedAt.IsZero() {
			r.RevokedAt = milli(at)
		}
		return nil
	})
}

func (m *model) RevokeLeaked(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return m.alter(ctx, org, id, func(_ token.Organisation, r *token.Record) error {
		for _, first := range []*time.Time{&r.RevokedAt, &r.LeakedAt} {
			if first.IsZero() {
				*first = milli(at)
			}
		}
		return nil
	})
}

func (m *model) Rename(ctx context.Context, org, id, name string) (token.Record, error) {
	return m.alter(ctx, org, id, func(_ token.Organisation, r *token.Record) error {
		r.Name = name
		return nil
	})
}

// alter lets change have a token of the organisation, and returns its record.
func (m *model) alter(ctx context.Context, org, id string, change func(token.Organisation, *token.Record) error) (r token.Record, err error) {
	err = m.do(ctx, func() error {
		o, err := m.organisation(func(o token.Organisation) bool { return o.ID == org })
		if err != nil {
			return err
		}
		stored := m.record(o.Tag, id)
		if stored == nil {
			return token.ErrNotFound
		}
		if err := change(o, stored); err != nil {
			return err
		}
		r = cloneRecord(*stored)
		return nil
	})
	return r, err
}

func (m *model) RecordUsage(ctx context.Context, tag string, used map[string]token.Usage) error {
	return m.do(ctx, func() error {
		for id, use := range used {
			if r := m.record(tag, id); r != nil {
				r.Usage = r.Plus(use)
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
	r.MAC, r.Scopes, r.Usage = slices.Clone(r.MAC), slices.Clone(r.Scopes), r.Plus(token.Usage{})
	return r
}

// milli rounds down, in UTC; the zero time stays zero.
func milli(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
