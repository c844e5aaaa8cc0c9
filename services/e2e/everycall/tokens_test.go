package everycall

import (
	"context"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer"
)

// tokens is a token.Store whose calls may fail.
type tokens struct {
	token.Store
	*faults
}

func about[T any](s tokens, call string, do func() (T, error)) (T, error) {
	return through(s.faults, call, token.ErrUnavailable, do)
}

// looked is what Lookup returns.
type looked struct {
	record       token.Record
	organisation token.Organisation
}

func (s tokens) Lookup(ctx context.Context, tag, id string) (token.Record, token.Organisation, error) {
	l, err := about(s, "Lookup", func() (looked, error) {
		r, o, err := s.Store.Lookup(ctx, tag, id)
		return looked{r, o}, err
	})
	return l.record, l.organisation, err
}

func (s tokens) PutOrganisation(ctx context.Context, o token.Organisation) error {
	return past(s.faults, "PutOrganisation", token.ErrUnavailable, func() error { return s.Store.PutOrganisation(ctx, o) })
}

func (s tokens) Organisation(ctx context.Context, org string) (token.Organisation, error) {
	return about(s, "Organisation of tokens", func() (token.Organisation, error) { return s.Store.Organisation(ctx, org) })
}

func (s tokens) Insert(ctx context.Context, r token.Record) error {
	return past(s.faults, "Insert", token.ErrUnavailable, func() error { return s.Store.Insert(ctx, r) })
}

func (s tokens) Rotate(ctx context.Context, r token.Record, current string, end time.Time) (token.Record, error) {
	return about(s, "Rotate", func() (token.Record, error) { return s.Store.Rotate(ctx, r, current, end) })
}

func (s tokens) List(ctx context.Context, org string) ([]token.Record, error) {
	return about(s, "List of tokens", func() ([]token.Record, error) { return s.Store.List(ctx, org) })
}

func (s tokens) Revoke(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return about(s, "Revoke", func() (token.Record, error) { return s.Store.Revoke(ctx, org, id, at) })
}

func (s tokens) Rename(ctx context.Context, org, id, name string) (token.Record, error) {
	return about(s, "Rename", func() (token.Record, error) { return s.Store.Rename(ctx, org, id, name) })
}

func (s tokens) EndEarly(ctx context.Context, org, id, successor string, at time.Time) (token.Record, error) {
	return about(s, "EndEarly", func() (token.Record, error) { return s.Store.EndEarly(ctx, org, id, successor, at) })
}

func (s tokens) Cancel(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return about(s, "Cancel", func() (token.Record, error) { return s.Store.Cancel(ctx, org, id, at) })
}

func (s tokens) Restore(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return about(s, "Restore", func() (token.Record, error) { return s.Store.Restore(ctx, org, id, at) })
}

// organisations is an issuer.Store whose calls may fail.
type organisations struct {
	issuer.Store
	*faults
}

func inside[T any](s organisations, call string, do func() (T, error)) (T, error) {
	return through(s.faults, call, issuer.ErrUnavailable, do)
}

func (s organisations) AppendAudit(ctx context.Context, e audit.Entry) error {
	return past(s.faults, "AppendAudit", audit.ErrUnavailable, func() error { return s.Store.AppendAudit(ctx, e) })
}

func (s organisations) Organisation(ctx context.Context, id string) (issuer.Organisation, error) {
	return inside(s, "Organisation", func() (issuer.Organisation, error) { return s.Store.Organisation(ctx, id) })
}

func (s organisations) CreateOrganisation(ctx context.Context, o issuer.Organisation) error {
	return past(s.faults, "CreateOrganisation", issuer.ErrUnavailable, func() error { return s.Store.CreateOrganisation(ctx, o) })
}

func (s organisations) ReplaceOrganisation(ctx context.Context, o issuer.Organisation) (issuer.Organisation, error) {
	return inside(s, "ReplaceOrganisation", func() (issuer.Organisation, error) { return s.Store.ReplaceOrganisation(ctx, o) })
}

func (s organisations) AuditHead(ctx context.Context, org string) (audit.Head, error) {
	return inside(s, "AuditHead", func() (audit.Head, error) { return s.Store.AuditHead(ctx, org) })
}

func (s organisations) ReadAudit(ctx context.Context, org string, q audit.Query) ([]audit.Entry, error) {
	return inside(s, "ReadAudit", func() ([]audit.Entry, error) { return s.Store.ReadAudit(ctx, org, q) })
}

// appender is an audit.Book whose calls may fail.
type appender struct {
	audit.Book
	*faults
}

func (s appender) AppendAudit(ctx context.Context, e audit.Entry) error {
	return past(s.faults, "AppendAudit of scimd", audit.ErrUnavailable, func() error { return s.Book.AppendAudit(ctx, e) })
}
