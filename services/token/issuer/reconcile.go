package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/devrev/scim/libs/token"
)

// Reconcile brings back what the token store may have lost, in a failover or all of it: that SCIM is off, that the tokens
// from before an earlier Disable are dead, and that those are ended whose end began in the last token.Tombstone: by Revoke, EndEarly or
// Cancel, and no Restore since. It undoes nothing and may run beside anything else.
//
// Tokens themselves are in the token store alone. If they are lost, they have to be issued anew. So does Rotate bring nothing back of
// itself: it is one change, which is lost whole, with the new token, or not at all.
func (i *Issuer) Reconcile(ctx context.Context) error {
	for o, err := range i.store.Organisations(ctx) {
		if err != nil {
			return fmt.Errorf("list organisations: %w", err)
		}
		if err := i.publish(ctx, o); err != nil {
			return err
		}
	}
	begun, err := i.store.Revocations(ctx, i.clock().Add(-token.Tombstone))
	if err != nil {
		return fmt.Errorf("list revocations: %w", err)
	}
	for _, e := range standing(begun) {
		if err := i.endAgain(ctx, e); err != nil && !errors.Is(err, token.ErrNotFound) && !errors.Is(err, token.ErrConflict) {
			return fmt.Errorf("end token %s again: %w", e.TokenID, err)
		}
	}
	return nil
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
		_, err = i.tokens.EndEarly(ctx, e.Org, e.TokenID, e.OtherID, e.At)
	case ActionCancel:
		_, err = i.tokens.Cancel(ctx, e.Org, e.TokenID, e.At)
	default:
		_, err = i.tokens.Revoke(ctx, e.Org, e.TokenID, e.At)
	}
	return err
}
