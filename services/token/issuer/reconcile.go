package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/audit"
)

// Reconcile restores what the token store may have lost, in a failover or completely: the ends of
// tokens that began in the last token.Tombstone, by Leaked, or by Revoke, EndEarly or Cancel and no
// Restore since; that SCIM is off, and that the tokens from before an earlier Disable are dead. It
// undoes nothing and may run at the same time as anything else.
//
// It also erases the organisations that have left; see Leave.
//
// It reads before it writes, since nearly always nothing is lost, and returns how many
// organisations and tokens it has corrected. The ends of tokens come first. Organisations and ends
// are independent: one that cannot be corrected does not delay the others, and the error names all
// of them, up to a number. It gives up early only on a store that keeps it waiting, see patience.
//
// Tokens themselves are in the token store alone. If they are lost, new ones must be issued. Rotate
// is not repeated either: it is one change, which is lost whole, with the new token, or not at all.
func (i *Issuer) Reconcile(ctx context.Context) (mended int, err error) {
	r := &round{issuer: i, failures: failures{now: i.now}, records: make(map[string]map[string]token.Record)}
	begun, err := i.store.Revocations(ctx, i.clock().Add(-token.Tombstone))
	if err != nil {
		r.add(fmt.Errorf("list revocations: %w", err))
	}
	ends := byOrganisation(standing(begun))
	each(ctx, &r.failures, withoutErrors(maps.Values(ends)), func(entries []audit.Entry) { r.end(ctx, entries) })
	each(ctx, &r.failures, i.organisations(ctx), func(o Organisation) {
		if o.HasLeft() || o.isDue(i.clock()) {
			r.leave(ctx, o)
			return
		}
		unknown := r.recordsOf(o.ID) == nil
		if r.publish(ctx, o) && unknown { // its tokens could not be found before
			r.end(ctx, ends[o.ID])
		}
	})
	return r.mended, r.err(ctx)
}

// organisations returns all organisations.
func (i *Issuer) organisations(ctx context.Context) iter.Seq2[Organisation, error] {
	return func(yield func(Organisation, error) bool) {
		for o, err := range i.store.Organisations(ctx, "") {
			if err != nil {
				err = fmt.Errorf("list organisations: %w", err)
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

func withoutErrors[T any](items iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item := range items {
			if !yield(item, nil) {
				return
			}
		}
	}
}

// round is one Reconcile.
type round struct {
	issuer *Issuer
	failures

	mu     sync.Mutex
	mended int
	// records are those of the token store, by organisation and id, for each organisation that has
	// been read and that the store has.
	records map[string]map[string]token.Record
}

func (r *round) corrected() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mended++
}

func (r *round) recordsOf(org string) map[string]token.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.records[org]
}

// publish writes the organisation's copy for verification if it is missing or wrong, and reports
// whether it did.
func (r *round) publish(ctx context.Context, o Organisation) (put bool) {
	r.try(func() error {
		same, err := r.issuer.isPublished(ctx, o)
		if err != nil || same {
			return err
		}
		if err := r.issuer.copyInto(ctx, r.issuer.replay, o); err != nil {
			return err
		}
		put = true
		if r.issuer.clock().Sub(o.Modified) > publishing {
			r.corrected()
		}
		return nil
	})
	return put
}

// leave goes on with the erasure of an organisation, which is not a correction.
func (r *round) leave(ctx context.Context, o Organisation) {
	r.try(func() (err error) {
		if o.HasLeft() {
			err = r.issuer.erase(ctx, o)
		} else {
			err = r.issuer.depart(ctx, o)
		}
		if err != nil {
			return fmt.Errorf("erase organisation %s: %w", o.ID, err)
		}
		return nil
	})
}

// end repeats the ends of one organisation's tokens that the token store does not have.
func (r *round) end(ctx context.Context, entries []audit.Entry) {
	for _, e := range entries {
		if r.exhausted(ctx) {
			return
		}
		r.try(func() error {
			lost, err := r.lost(ctx, e)
			if err == nil && lost {
				err = r.issuer.endAgain(ctx, e)
			}
			switch {
			case errors.Is(err, token.ErrNotFound), errors.Is(err, token.ErrConflict):
				return nil // nothing to end, or an end that was refused when it was requested
			case err != nil:
				return fmt.Errorf("end token %s of organisation %s again: %w", e.TokenID, e.Org, err)
			case lost:
				r.corrected()
			}
			return nil
		})
	}
}

// publishing is how long the copy of an organisation that was changed may take, so that it does not
// pass for lost.
const publishing = 10 * time.Second

// isPublished reports whether the copy for verification is right, or later. A later one means that
// the store of organisations itself lost changes, and no write could change the copy.
func (i *Issuer) isPublished(ctx context.Context, o Organisation) (bool, error) {
	stored, err := i.replay.Organisation(ctx, o.ID)
	if errors.Is(err, token.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the copy of organisation %s: %w", o.ID, err)
	}
	want := o.ForVerification()
	same := stored.Tag == want.Tag && stored.Enabled == want.Enabled && stored.Generation == want.Generation && maps.Equal(stored.Settings, want.Settings)
	return same || stored.Generation > want.Generation, nil
}

// lost reports whether the token store has the token of e but not its end.
func (r *round) lost(ctx context.Context, e audit.Entry) (bool, error) {
	records := r.recordsOf(e.Org)
	if records == nil {
		list, err := r.issuer.replay.List(ctx, e.Org)
		if err != nil {
			return false, err
		}
		records = make(map[string]token.Record, len(list))
		for _, record := range list {
			records[record.ID] = record
		}
		r.mu.Lock()
		r.records[e.Org] = records
		r.mu.Unlock()
	}
	record, known := records[e.TokenID]
	if e.Action == audit.ActionLeaked { // a token that is only revoked could be restored
		return known && record.LeakedAt.IsZero(), nil
	}
	return known && record.RevokedAt.IsZero(), nil
}

// standing returns the entries that ended a token and were not undone, in the order of their time.
// One about two tokens is undone with either of them, since their relation may have changed by
// then. A leak is never undone.
func standing(entries []audit.Entry) []audit.Entry {
	restored := make(map[string]time.Time)
	for _, e := range entries {
		if e.Action == audit.ActionRestore && e.At.After(restored[e.TokenID]) {
			restored[e.TokenID] = e.At
		}
	}
	entries = slices.DeleteFunc(slices.Clone(entries), func(e audit.Entry) bool {
		takenBack := !e.At.After(restored[e.TokenID]) || !e.At.After(restored[e.OtherID])
		return e.Action == audit.ActionRestore || takenBack && e.Action != audit.ActionLeaked
	})
	slices.SortFunc(entries, func(a, b audit.Entry) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return entries
}

func byOrganisation(entries []audit.Entry) map[string][]audit.Entry {
	of := make(map[string][]audit.Entry)
	for _, e := range entries {
		of[e.Org] = append(of[e.Org], e)
	}
	return of
}

// endAgain repeats the act of the entry. An act about two tokens depends on both being live, so
// that one that was refused is refused again.
func (i *Issuer) endAgain(ctx context.Context, e audit.Entry) (err error) {
	switch e.Action {
	case audit.ActionEndEarly:
		_, err = i.replay.EndEarly(ctx, e.Org, e.TokenID, e.OtherID, e.At)
	case audit.ActionCancel:
		_, err = i.replay.Cancel(ctx, e.Org, e.TokenID, e.At)
	case audit.ActionLeaked:
		_, err = i.replay.RevokeLeaked(ctx, e.Org, e.TokenID, e.At)
	default:
		_, err = i.replay.Revoke(ctx, e.Org, e.TokenID, e.At)
	}
	return err
}
