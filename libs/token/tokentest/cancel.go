package tokentest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
)

var cancelRules = []rule{
	{"Cancel revokes the new token and gives the one from before its expiry back, and returns that one", func(t *testing.T, s token.Store) {
		for _, expiry := range []time.Time{{}, now().Add(48 * time.Hour)} {
			o := put(t, s, organisation())
			first := use(t, s, o, insert(t, s, with(record(o, now().Add(-time.Minute)), func(r *token.Record) { r.ExpiresAt = expiry })))
			second := rotate(t, s, record(o, now()), first.ID, now().Add(time.Hour))
			at := now()
			second.RevokedAt = at
			for _, again := range []time.Duration{999 * time.Microsecond, -time.Minute, time.Minute} {
				wantCancelled(t, s, second, first, at.Add(again))
			}
			wantLookup(t, s, first, o)
			wantLookup(t, s, second, o)
			wantList(t, s, o.ID, second, first)
			insert(t, s, record(o, now())) // there is room again
		}
	}},
	{"Cancel goes back past tokens that were never used", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		third := rotate(t, s, record(o, now()), second.ID, now().Add(48*time.Hour))
		wantCancelled(t, s, third, with(first, func(r *token.Record) { r.ExpiresAt = time.Time{} }), now())
	}},
	{"Cancel of a token that replaced no other is ErrConflict and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first := insert(t, s, record(o, now().Add(-time.Minute)))
		wantNotCancelled(t, s, first, now(), token.ErrConflict)
		second := rotate(t, s, record(o, now()), first.ID, now()) // which was never used
		wantNotCancelled(t, s, second, now(), token.ErrConflict)
		wantLookup(t, s, second, o)
	}},
	{"Cancel is ErrConflict and changes nothing if the token from before is dead", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		wantNotCancelled(t, s, second, first.ExpiresAt, token.ErrConflict)
		first = revoke(t, s, first, now())
		wantNotCancelled(t, s, second, now(), token.ErrConflict)
		wantList(t, s, o.ID, second, first)
	}},
	{"Cancel is ErrConflict and changes nothing if the new token was revoked on its own", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		second = revoke(t, s, second, now())
		wantNotCancelled(t, s, second, now(), token.ErrConflict)
		wantList(t, s, o.ID, second, first)
	}},
	{"Cancel again is ErrConflict and changes nothing once the token from before has been rotated again", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		wantCancelled(t, s, second, with(first, func(r *token.Record) { r.ExpiresAt = time.Time{} }), now())
		third := rotate(t, s, record(o, now()), first.ID, first.ExpiresAt)
		wantNotCancelled(t, s, second, now(), token.ErrConflict)
		wantLookup(t, s, first, o)
		wantLookup(t, s, third, o)
	}},
	{"Cancel of an unknown id, or of another organisation's, is ErrNotFound", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		first, second := rotation(t, s, o)
		for _, unknown := range []token.Record{
			record(o, now()), with(second, func(r *token.Record) { r.Org = other.ID }), with(second, func(r *token.Record) { r.Org = organisation().ID }),
		} {
			wantNotCancelled(t, s, unknown, now(), token.ErrNotFound)
		}
		wantList(t, s, o.ID, second, first)
	}},
}

// wantCancelled fails the test unless the rotation that made r can be taken back, whereupon before
// is as given.
func wantCancelled(t *testing.T, s token.Store, r, before token.Record, at time.Time) {
	t.Helper()
	got, err := s.Cancel(t.Context(), r.Org, r.ID, at)
	if diff := cmp.Diff(before, got, equal); err != nil || diff != "" {
		t.Errorf("Cancel: %v (-want +got):\n%s", err, diff)
	}
}

func wantNotCancelled(t *testing.T, s token.Store, r token.Record, at time.Time, want error) {
	t.Helper()
	_, err := s.Cancel(t.Context(), r.Org, r.ID, at)
	wantErr(t, "Cancel", err, want)
}
