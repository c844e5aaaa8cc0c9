package issuer

import (
	"context"
	"fmt"
)

// Audit returns the entries of the organisation that q asks for; none of one that was never announced.
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

// Bounds of the verification of one part of an audit.
const (
	verifyPage  = 500 // entries that are read at once
	verifyPages = 10  // of a part
)

// VerifiedPart is what was found in a part of an audit. Intact is said of this part alone, and of its link to the part before.
type VerifiedPart struct {
	Verification

	Next string `json:"next"` // a Position: where the next part begins; "": this was the last, and it reaches the head
}

// VerifyAudit reads 5,000 entries of the organisation's audit, oldest first, beginning behind after, and verifies them as VerifyChain does. An audit is
// whole if each of its parts is, from the zero Position to the one without Next.
func (i *Issuer) VerifyAudit(ctx context.Context, org string, after Position) (VerifiedPart, error) {
	head, err := i.AuditHead(ctx, org)
	if err != nil {
		return VerifiedPart{}, err
	}
	v := newVerifier(head, i.now())
	if err := i.anchor(ctx, org, after, v); err != nil {
		return VerifiedPart{}, err
	}
	q := AuditQuery{OldestFirst: true, After: after, Limit: verifyPage}
	for range verifyPages {
		page, err := i.Audit(ctx, org, q)
		if err != nil {
			return VerifiedPart{}, err
		}
		for _, e := range page {
			v.add(e)
			q.After = e.Position()
		}
		if len(page) < verifyPage {
			v.reached()
			return VerifiedPart{Verification: v.found()}, nil
		}
	}
	return VerifiedPart{v.found(), q.After.String()}, nil
}

// anchor tells v what it has to know of what is outside of the part behind after: the entry there, to which the part must be linked, or when the chain
// begins, before which everything that is not chained must be.
func (i *Issuer) anchor(ctx context.Context, org string, after Position, v *verifier) error {
	q := AuditQuery{OldestFirst: true, Limit: 1, After: Position{ID: beyondIDs}}
	if after.Seq > 0 {
		v.last.Seq = after.Seq - 1 // so that a missing one shows
		q.After = Position{Seq: after.Seq - 1}
		if after.Seq == 1 {
			q.After = Position{ID: beyondIDs}
		}
	}
	found, err := i.Audit(ctx, org, q)
	if err != nil || len(found) == 0 {
		return err
	}
	switch e := found[0]; {
	case after.Seq == 0:
		v.first = e.At
	case e.Seq == after.Seq:
		v.last = e.Head()
	}
	return nil
}

// beyondIDs is behind the id of every entry, and before every Seq.
const beyondIDs = "ffffffff-ffff-ffff-ffff-ffffffffffff"
