package issuer

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/devrev/scim/services/internal/audit"
)

// entry is made once for an act, however often the act starts over: writing it again changes
// nothing.
func (i *Issuer) entry(by audit.Caller, action audit.Action, org string) audit.Entry {
	return audit.New(i.now(), by, action, org)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// audit writes the entry. Without it, nothing must be done.
func (i *Issuer) audit(ctx context.Context, e audit.Entry) error {
	if err := i.store.AppendAudit(ctx, e); err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	return nil
}

// Audit returns the entries of the organisation that q selects; none of one that was never
// announced.
func (i *Issuer) Audit(ctx context.Context, org string, q audit.Query) ([]audit.Entry, error) {
	entries, err := i.store.ReadAudit(ctx, org, q)
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	return entries, nil
}

// AuditHead returns the head that the organisation's chain must have reached.
func (i *Issuer) AuditHead(ctx context.Context, org string) (audit.Head, error) {
	head, err := i.store.AuditHead(ctx, org)
	if err != nil {
		return audit.Head{}, fmt.Errorf("read head of audit: %w", err)
	}
	return head, nil
}

// VerifyAudit verifies the part of the organisation's audit that begins behind after; see
// audit.VerifyPart.
func (i *Issuer) VerifyAudit(ctx context.Context, org string, after audit.Position) (audit.Part, error) {
	head, err := i.AuditHead(ctx, org)
	if err != nil {
		return audit.Part{}, err
	}
	read := func(ctx context.Context, q audit.Query) ([]audit.Entry, error) { return i.Audit(ctx, org, q) }
	return audit.VerifyPart(ctx, read, head, i.now(), after)
}
