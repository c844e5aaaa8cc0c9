package auditstore

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/devrev/scim/services/internal/audit"
)

// erasedAtOnce bounds what one call of EraseAudit removes.
const erasedAtOnce = 500

// EraseAudit is as issuer.Store describes it.
func (s *Store) EraseAudit(ctx context.Context, org string, before int64) (more bool, err error) {
	entries, err := s.ReadAudit(ctx, org, audit.Query{After: audit.Position{Seq: before}, Limit: erasedAtOnce})
	if err != nil || len(entries) == 0 {
		return false, err
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	_, err = s.audit.DeleteMany(ctx, bson.D{{Key: fieldOrg, Value: org}, {Key: fieldID, Value: bson.D{{Key: "$in", Value: ids}}}})
	return len(entries) == erasedAtOnce, Unavailable("erase audit entries", err)
}

// BlankAudit implements audit.Book.
func (s *Store) BlankAudit(ctx context.Context, e audit.Entry) error {
	_, err := s.audit.ReplaceOne(ctx, bson.D{{Key: fieldOrg, Value: e.Org}, {Key: fieldID, Value: e.ID}, {Key: fieldHash, Value: e.Hash}}, documentOfEntry(e))
	return Unavailable("blank audit entry", err)
}
