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
// from before an earlier Disable are dead, and that those are ended whose end began in the last token.Tombstone: by Leaked, or by Revoke,
// EndEarly or Cancel and no Restore since. It undoes nothing and may run beside anything else.
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
	ended := endings{issuer: i, records: make(map[string]map[string]token.Record)}
	for _, e := range standing(begun) {
		again, err := ended.lost(ctx, e)
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

// endings knows the records of the token store, by organisation and id; it asks for each organisation once.
type endings struct {
	issuer  *Issuer
	records map[string]map[string]token.Record
}

// lost tells whether the token store does not know of what e tells.
func (k endings) lost(ctx context.Context, e Entry) (bool, error) {
	if _, asked := k.records[e.Org]; !asked {
		list, err := k.issuer.replay.List(ctx, e.Org)
		if err != nil && !errors.Is(err, token.ErrNotFound) {
			return false, err
		}
		records := make(map[string]token.Record, len(list))
		for _, record := range list {
			records[record.ID] = record
		}
		k.records[e.Org] = records
	}
	record, known := k.records[e.Org][e.TokenID]
	if e.Action == ActionLeaked { // a token that is only revoked could be restored
		return known && record.LeakedAt.IsZero(), nil
	}
	return known && record.RevokedAt.IsZero(), nil
}

// standing returns those of the entries that ended a token and were not taken back, in the order of their time. One about two
// tokens is taken back with either of them: what they are to each other may be another thing then. That a token stands in public
// is never taken back.
func standing(entries []Entry) []Entry {
	restored := make(map[string]time.Time)
	for _, e := range entries {
		if e.Action == ActionRestore && e.At.After(restored[e.TokenID]) {
			restored[e.TokenID] = e.At
		}
	}
	entries = slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool {
		takenBack := !e.At.After(restored[e.TokenID]) || !e.At.After(restored[e.OtherID])
		return e.Action == ActionRestore || takenBack && e.Action != ActionLeaked
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
	case ActionLeaked:
		_, err = i.replay.RevokeLeaked(ctx, e.Org, e.TokenID, e.At)
	default:
		_, err = i.replay.Revoke(ctx, e.Org, e.TokenID, e.At)
	}
	return err
}
