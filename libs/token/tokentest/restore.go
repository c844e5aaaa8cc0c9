package tokentest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
)

var restoreRules = []rule{
	{"Restore takes a revocation back and returns the record, which is as it was", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		for _, expiry := range []time.Time{{}, now().Add(time.Hour)} {
			r := insert(t, s, with(record(o, now().Add(-time.Minute)), func(r *token.Record) { r.ExpiresAt = expiry }))
			revoke(t, s, r, now())
			for range 2 { // the second one finds nothing to do
				wantRestored(t, s, r, now())
			}
			wantLookup(t, s, r, o)
			revoke(t, s, r, now())
		}
	}},
	{"Restore is possible for UndoWindow, to the millisecond, and ErrTooLate then", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, at := insert(t, s, record(o, now().Add(-time.Hour))), now().Add(-time.Minute)
		revoked := revoke(t, s, r, at)
		wantNotRestored(t, s, r, at.Add(token.UndoWindow+time.Millisecond), token.ErrTooLate)
		wantLookup(t, s, revoked, o)
		wantRestored(t, s, r, at.Add(token.UndoWindow+999*time.Microsecond))
		wantLookup(t, s, r, o)
	}},
	{"Restore by a clock that is behind is possible", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		revoke(t, s, r, now())
		wantRestored(t, s, r, now().Add(-time.Minute))
	}},
	{"Restore of a token that would be dead anyway is ErrTooLate and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		expired := insert(t, s, with(record(o, now().Add(-time.Hour)), func(r *token.Record) { r.ExpiresAt = now() }))
		superseded := insert(t, s, record(o, now().Add(-time.Minute)))
		expired, superseded = revoke(t, s, expired, now().Add(-time.Minute)), revoke(t, s, superseded, now())
		o.Generation++
		put(t, s, o)
		wantNotRestored(t, s, expired, now(), token.ErrTooLate)
		wantNotRestored(t, s, superseded, now(), token.ErrTooLate)
		wantList(t, s, o.ID, superseded, expired)
	}},
	{"Restore with MaxLive other live tokens is ErrTooManyLive and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		revoked := revoke(t, s, insert(t, s, record(o, now())), now())
		filled := fill(t, s, o)
		wantNotRestored(t, s, revoked, now(), token.ErrTooManyLive)
		wantLookup(t, s, revoked, o)
		revoke(t, s, filled[0], now())
		wantRestored(t, s, with(revoked, func(r *token.Record) { r.RevokedAt = time.Time{} }), now())
	}},
	{"Restore, when calls race, brings no more than MaxLive back", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		var revoked []token.Record
		for range 16 {
			revoked = append(revoked, revoke(t, s, insert(t, s, record(o, now())), now()))
		}
		var won atomic.Int32
		var wg sync.WaitGroup
		for _, r := range revoked {
			wg.Go(func() {
				switch _, err := s.Restore(t.Context(), o.ID, r.ID, now()); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, token.ErrTooManyLive):
					t.Errorf("Restore: %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != token.MaxLive {
			t.Errorf("%d were restored, want %d", won.Load(), token.MaxLive)
		}
	}},
	{"Restore undoes an EndEarly and a Cancel, but keeps the expiry that the token has by then", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		if _, err := s.EndEarly(t.Context(), o.ID, first.ID, second.ID, now()); err != nil {
			t.Fatalf("EndEarly: %v", err)
		}
		wantRestored(t, s, first, now())
		first.ExpiresAt = time.Time{}
		wantCancelled(t, s, second, first, now())
		wantRestored(t, s, second, now())
		wantList(t, s, o.ID, second, first)
		wantNoRotation(t, s, o, first.ID, now(), token.ErrConflict) // the other one is in its place again
	}},
	{"Restore of an unknown id, or of another organisation's, is ErrNotFound", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		r := revoke(t, s, insert(t, s, record(o, now())), now())
		for _, unknown := range []token.Record{
			record(o, now()), with(r, func(r *token.Record) { r.Org = other.ID }), with(r, func(r *token.Record) { r.Org = organisation().ID }),
		} {
			wantNotRestored(t, s, unknown, now(), token.ErrNotFound)
		}
		wantLookup(t, s, r, o)
	}},
}

func wantRestored(t *testing.T, s token.Store, want token.Record, at time.Time) {
	t.Helper()
	got, err := s.Restore(t.Context(), want.Org, want.ID, at)
	if diff := cmp.Diff(want, got, equal); err != nil || diff != "" {
		t.Errorf("Restore: %v (-want +got):\n%s", err, diff)
	}
}

func wantNotRestored(t *testing.T, s token.Store, r token.Record, at time.Time, want error) {
	t.Helper()
	_, err := s.Restore(t.Context(), r.Org, r.ID, at)
	wantErr(t, "Restore", err, want)
}
