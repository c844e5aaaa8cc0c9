package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
)

// Reconcile brings back what the token store may have lost, in a failover or all of it: that SCIM is off, that the tokens
// from before an earlier Disable are dead, and that those are ended whose end began in the last token.Tombstone: by Revoke, EndEarly or
// Cancel, and no Restore since. It undoes nothing and may run beside anything else.
//
// It looks before it writes, since nearly always nothing is lost, and returns how many organisations and tokens it had to put right.
//
// Tokens themselves are in the token store alone. If they are lost, they have to be issued anew. So does Rotate bring nothing back of
// itself: it is one change, which is lost whole, with the new token, or not at all.
func (i *Issuer) Reconcile(ctx context.Context) (mended int, err error) {
	for o, err := range i.store.Organisations(ctx) {
		if err != nil {
			return mended, fmt.Errorf("list organisations: %w", err)
		}
		same, err := i.isPublished(ctx, o)
		if err == nil && !same {
			if i.clock().Sub(o.Modified) > publishing {
				mended++
			}
			err = i.copyInto(ctx, i.replay, o)
		}
		if err != nil {
			return mended, err
		}
	}
	begun, err := i.store.Revocations(ctx, i.clock().Add(-token.Tombstone))
	if err != nil {
		return mended, fmt.Errorf("list revocations: %w", err)
	}
	alive := revived{issuer: i, unrevoked: make(map[string]map[string]bool)}
	for _, e := range standing(begun) {
		again, err := alive.has(ctx, e)
		if err == nil && again {
			err = i.endAgain(ctx, e)
			if err == nil {
				mended++
			}
		}
		if err != nil && !errors.Is(err, token.ErrNotFound) && !errors.Is(err, token.ErrConflict) {
			return mended, fmt.Errorf("end token %s again: %w", e.TokenID, err)
		}
	}
	return mended, nil
}

// publishing is how long the copy of an organisation that was changed may take, so that it does not pass for lost.
const publishing = 10 * time.Second

// isPublished tells whether the copy for verification is what it should be, or later. One that is later is of a store of
// organisations that fell back itself, and nothing that could be put would change it.
func (i *Issuer) isPublished(ctx context.Context, o Organisation) (bool, error) {
	stored, err := i.replay.Organisation(ctx, o.ID)
	if errors.Is(err, token.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the copy of organisation %s: %w", o.ID, err)
	}
	want := o.forVerification()
	same := stored.Tag == want.Tag && stored.Enabled == want.Enabled && stored.Generation == want.Generation && maps.Equal(stored.Settings, want.Settings)
	return same || stored.Generation > want.Generation, nil
}

// revived knows which tokens the token store takes for not revoked, by organisation; it asks for each organisation once.
type revived struct {
	issuer    *Issuer
	unrevoked map[string]map[string]bool
}

// has tells whether the token that e ended is not revoked.
func (r revived) has(ctx context.Context, e Entry) (bool, error) {
	if _, asked := r.unrevoked[e.Org]; !asked {
		records, err := r.issuer.replay.List(ctx, e.Org)
		if err != nil && !errors.Is(err, token.ErrNotFound) {
			return false, err
		}
		unrevoked := make(map[string]bool)
		for _, record := range records {
			unrevoked[record.ID] = record.RevokedAt.IsZero()
		}
		r.unrevoked[e.Org] = unrevoked
	}
	return r.unrevoked[e.Org][e.TokenID], nil
}

// standing returns those of the entries that ended a token and were not taken back, in the order of their time. One about two
// tokens is taken back with either of them: what they are to each other may be another thing then.
func standing(entries []Entry) []Entry {
	restored := make(map[string]time.Time)
	for _, e := range entries {
		if e.Action == ActionRestore && e.At.After(restored[e.TokenID]) {
			restored[e.TokenID] = e.At
		}
	}
	entries = slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool {
		return e.Action == ActionRestore || !e.At.After(restored[e.TokenID]) || !e.At.After(restored[e.OtherID])
	})
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return entries
}

// endAgain does what the entry tells of. An act about two tokens depends on both being alive, so that one that was refused is refused
// again.
func (i *Issuer) endAgain(ctx context.Context, e Entry) (err error) {
	switch e.Action {
	case ActionEndEarly:
		_, err = i.replay.EndEarly(ctx, e.Org, e.TokenID, e.OtherID, e.At)
	case ActionCancel:
		_, err = i.replay.Cancel(ctx, e.Org, e.TokenID, e.At)
	default:
		_, err = i.replay.Revoke(ctx, e.Org, e.TokenID, e.At)
	}
	return err
}
