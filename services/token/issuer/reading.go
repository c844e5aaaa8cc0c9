package issuer

import (
	"context"
	"fmt"
	"iter"
)

// Audit returns the entries of the organisation that q asks for. The audit of an organisation that was never announced holds who was
// refused there; else it is empty.
func (i *Issuer) Audit(ctx context.Context, org string, q AuditQuery) ([]Entry, error) {
	entries, err := i.store.ReadAudit(ctx, org, q)
	if err != nil {
		return nil, fmt.Errorf("read audit: %w", err)
	}
	return entries, nil
}

// AuditHead returns what the organisation's chain must have reached.
func (i *Issuer) AuditHead(ctx context.Context, org string) (Head, error) {
	head, err := i.store.AuditHead(ctx, org)
	if err != nil {
		return Head{}, fmt.Errorf("read head of audit: %w", err)
	}
	return head, nil
}

// verifyPage is how many entries are read at once.
const verifyPage = 500

// VerifyAudit reads the organisation's audit whole and tells whether it is.
func (i *Issuer) VerifyAudit(ctx context.Context, org string) (Verification, error) {
	head, err := i.AuditHead(ctx, org)
	if err != nil {
		return Verification{}, err
	}
	v := VerifyChain(i.wholeAudit(ctx, org, &err), head, i.now())
	if err != nil {
		return Verification{}, err
	}
	return v, nil
}

// wholeAudit yields the organisation's entries, oldest first. It ends early if it cannot, and sets err.
func (i *Issuer) wholeAudit(ctx context.Context, org string, err *error) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		q := AuditQuery{OldestFirst: true, Limit: verifyPage}
		for {
			var page []Entry
			if page, *err = i.Audit(ctx, org, q); *err != nil {
				return
			}
			for _, e := range page {
				if !yield(e) {
					return
				}
				q.After = e.Position()
			}
			if len(page) < verifyPage {
				return
			}
		}
	}
}
