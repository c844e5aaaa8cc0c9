package embedded

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

// AppendAudit implements issuer.Store.
func (s *Organisations) AppendAudit(ctx context.Context, e audit.Entry) error {
	return s.update(ctx, func(in issued) error {
		key, once := pair(e.Org, e.ID), pair(e.Org, e.Once)
		if in.audit.has(key) {
			return nil
		}
		if e.Once != "" && in.once.has(once) {
			return issuer.ErrTold
		}
		head, _, err := getJSON[audit.Head](in.heads, []byte(e.Org))
		if err != nil {
			return err
		}
		e := audit.Link(head, e)
		if err := in.heads.putJSON([]byte(e.Org), e.Head()); err != nil {
			return err
		}
		if e.Once != "" {
			if err := in.once.put(once, noValue()); err != nil {
				return err
			}
		}
		return in.audit.putJSON(key, e)
	})
}

// AuditHead implements issuer.Store.
func (s *Organisations) AuditHead(ctx context.Context, org string) (head audit.Head, err error) {
	err = s.view(ctx, func(in issued) error {
		head, _, err = getJSON[audit.Head](in.heads, []byte(org))
		return err
	})
	return head, err
}

// ReadAudit implements issuer.Store. It reads all entries of the organisation, which on one machine
// are few.
func (s *Organisations) ReadAudit(ctx context.Context, org string, q audit.Query) ([]audit.Entry, error) {
	entries, err := s.entries(ctx, pair(org, ""), q.Asks)
	slices.SortFunc(entries, func(a, b audit.Entry) int { return a.Position().Compare(b.Position()) })
	if !q.OldestFirst {
		slices.Reverse(entries)
	}
	return first(entries, q.Limit), err
}

// Revocations implements issuer.Store. Like Notices, it reads the whole audit, which on one machine
// is short.
func (s *Organisations) Revocations(ctx context.Context, since time.Time) ([]audit.Entry, error) {
	return s.entries(ctx, nil, func(e audit.Entry) bool {
		return slices.Contains(audit.EndingActions(), e.Action) && e.Result == audit.ResultBegun && !e.At.Before(since)
	})
}

// Notices implements issuer.Store.
func (s *Organisations) Notices(ctx context.Context, after string, limit int) ([]audit.Entry, error) {
	entries, err := s.entries(ctx, nil, func(e audit.Entry) bool {
		return slices.Contains(audit.NoticeActions(), e.Action) && e.Result != audit.ResultDenied && e.ID > after
	})
	slices.SortFunc(entries, func(a, b audit.Entry) int { return cmp.Compare(a.ID, b.ID) })
	return first(entries, limit), err
}

func first(entries []audit.Entry, limit int) []audit.Entry {
	return entries[:min(len(entries), max(limit, 0))]
}

// entries returns the entries that are wanted of those whose keys begin with prefix, in the order
// of keys.
func (s *Organisations) entries(ctx context.Context, prefix []byte, wanted func(audit.Entry) bool) (entries []audit.Entry, err error) {
	err = s.view(ctx, func(in issued) error {
		for _, value := range in.audit.under(prefix) {
			e, err := decode[audit.Entry](value)
			if err != nil {
				return err
			}
			if wanted(e) {
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries, err
}
