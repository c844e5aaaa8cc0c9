package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
)

// DefaultGrace is how long an organisation that leaves is kept where nothing else is configured;
// MinGrace is the least that may be: longer than any request that was let in before takes.
const (
	DefaultGrace = 30 * 24 * time.Hour
	MinGrace     = time.Minute
)

// HasLeft reports whether o is the tombstone of an organisation.
func (o Organisation) HasLeft() bool { return !o.LeftAt.IsZero() }

// isDue reports whether the organisation's grace is over.
func (o Organisation) isDue(now time.Time) bool {
	return !o.LeavesAt.IsZero() && !now.Before(o.LeavesAt)
}

// Leave has the organisation erased once it has been kept for the grace. Its tokens are dead at
// once and for good. Announcing it again until then calls it off. Leaving again changes nothing,
// and is no error after it was erased either; ErrNoOrganisation is for one never announced.
func (i *Issuer) Leave(ctx context.Context, by audit.Caller, id string) (Organisation, error) {
	o, err := i.Stored(ctx, id)
	if err != nil || o.HasLeft() {
		return o, err
	}
	e := i.entry(by, audit.ActionLeave, id)
	return i.change(ctx, e, func(o *Organisation) error {
		if o.LeavesAt.IsZero() {
			o.LeavesAt = e.At.Add(i.grace)
			o.Enabled, o.Generation = false, o.Generation+1
		}
		return nil
	})
}

// depart makes an organisation whose grace is over its tombstone, and erases it.
func (i *Issuer) depart(ctx context.Context, o Organisation) error {
	now := i.clock()
	left, err := i.store.ReplaceOrganisation(ctx, Organisation{
		ID: o.ID, Version: o.Version, Tag: o.Tag, Generation: o.Generation + 1, Created: o.Created, Modified: now, LeavesAt: o.LeavesAt, LeftAt: now,
	})
	if errors.Is(err, ErrVersionConflict) { // another process was faster, or it was announced again
		return nil
	}
	if err != nil {
		return fmt.Errorf("replace organisation: %w", err)
	}
	return i.erase(ctx, left)
}

// erase removes what this service has of an organisation that has left, and what Redis has. It may
// stop anywhere and be called again, by several processes at once too: each round does, until all
// is done and the SCIM service has said that it is. After that it only sees to it that a token
// store that was restored forgets the organisation again.
func (i *Issuer) erase(ctx context.Context, left Organisation) error {
	if err := i.eraseTokens(ctx, left); err != nil || !left.ErasedAt.IsZero() {
		return err
	}
	if err := i.eraseAudit(ctx, left); err != nil {
		return err
	}
	done, err := i.store.DirectoryErased(ctx, left)
	if err != nil || !done {
		return err
	}
	left.ErasedAt = i.clock()
	if _, err := i.store.ReplaceOrganisation(ctx, left); err != nil && !errors.Is(err, ErrVersionConflict) {
		return fmt.Errorf("replace the tombstone: %w", err)
	}
	return nil
}

// eraseTokens reads first, since nearly always nothing is there.
func (i *Issuer) eraseTokens(ctx context.Context, left Organisation) error {
	copied, err := i.replay.Organisation(ctx, left.ID)
	switch known := !errors.Is(err, token.ErrNotFound); {
	case err != nil && known:
		return fmt.Errorf("read the copy of the organisation: %w", err)
	case !known && !left.ErasedAt.IsZero():
		return nil
	case known && copied.Generation > left.Generation: // this tombstone is from before a restore of MongoDB
		return nil
	}
	if err := i.replay.EraseOrganisation(ctx, left.ID, left.Tag); err != nil {
		return fmt.Errorf("erase the tokens: %w", err)
	}
	return nil
}

// eraseAudit replaces the audit by one entry, which says when it was erased. The entry names no
// person; those after it are linked to it.
func (i *Issuer) eraseAudit(ctx context.Context, left Organisation) error {
	e := i.entry(audit.Caller{Subject: system}, audit.ActionErase, left.ID)
	e.Result, e.Once = audit.ResultNoted, fmt.Sprintf("%s/%d", audit.ActionErase, left.Generation)
	if err := i.audit(ctx, e); err != nil && !errors.Is(err, ErrTold) {
		return err
	}
	last, err := i.store.ReadAudit(ctx, left.ID, audit.Query{Action: audit.ActionErase, Limit: 1})
	if err != nil {
		return fmt.Errorf("read audit: %w", err)
	}
	for more := len(last) > 0; more; {
		if more, err = i.store.EraseAudit(ctx, left.ID, last[0].Seq); err != nil {
			return fmt.Errorf("erase audit: %w", err)
		}
	}
	return nil
}
