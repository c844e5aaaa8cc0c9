package auditstore

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/chain"
)

// AppendAudit implements audit.Appender.
func (s *Store) AppendAudit(ctx context.Context, e audit.Entry) error {
	err := s.chains.Append(ctx, e.Org, func(before chain.Head) (itself bson.D, document any, head chain.Head) {
		linked := audit.Link(audit.Head(before), e)
		itself = append(byID(e.ID), bson.E{Key: fieldSeq, Value: linked.Seq}, bson.E{Key: fieldHash, Value: linked.Hash})
		return itself, documentOfEntry(linked), chain.Head(linked.Head())
	})
	if refused, ok := errors.AsType[*chain.Refused](err); ok && refused.Field == fieldOnce {
		return audit.ErrTold
	}
	return Unavailable("append to the audit", err)
}

// AuditHead is as issuer.Store describes it.
func (s *Store) AuditHead(ctx context.Context, org string) (audit.Head, error) {
	head, err := s.chains.Head(ctx, org)
	return audit.Head(head), Unavailable("find head of audit", err)
}
