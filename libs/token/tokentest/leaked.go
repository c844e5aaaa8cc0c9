package tokentest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
)

var leakedRules = []rule{
	{"RevokeLeaked returns the record with both times, which Lookup and List show too", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, at := insert(t, s, record(o, now())), now()
		got := revokeLeaked(t, s, r, at.Add(999*time.Microsecond))
		r.RevokedAt, r.LeakedAt = at, at
		if diff := cmp.Diff(r, got, equal); diff != "" {
			t.Errorf("RevokeLeaked (-want +got):\n%s", diff)
		}
		wantLookup(t, s, r, o)
		wantList(t, s, o.ID, r)
	}},
	{"RevokeLeaked of a revoked token keeps the time of that, and again keeps both", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := revoke(t, s, insert(t, s, record(o, now())), now())
		leaked := now().Add(time.Minute)
		for _, at := range []time.Time{leaked, leaked.Add(time.Hour), leaked.Add(-time.Hour)} {
			r.LeakedAt = leaked
			if diff := cmp.Diff(r, revokeLeaked(t, s, r, at), equal); diff != "" {
				t.Errorf("RevokeLeaked (-want +got):\n%s", diff)
			}
		}
		wantLookup(t, s, revoke(t, s, r, leaked.Add(time.Hour)), o)
	}},
	{"RevokeLeaked gives the token's place free", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		revokeLeaked(t, s, fill(t, s, o)[0], now())
		insert(t, s, record(o, now()))
	}},
	{"RevokeLeaked of an unknown id, or of another organisation's, is ErrNotFound", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		for _, unknown := range []token.Record{
			record(o, now()), with(r, func(r *token.Record) { r.Org = other.ID }), with(r, func(r *token.Record) { r.Org = organisation().ID }),
		} {
			_, err := s.RevokeLeaked(t.Context(), unknown.Org, unknown.ID, now())
			wantErr(t, "RevokeLeaked", err, token.ErrNotFound)
		}
		wantLookup(t, s, r, o)
	}},
	{"Restore of a leaked token is ErrLeaked, whichever way it was revoked, and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := revokeLeaked(t, s, insert(t, s, record(o, now().Add(-time.Minute))), now())
		revokedBefore := revokeLeaked(t, s, revoke(t, s, insert(t, s, record(o, now())), now()), now())
		for _, each := range []token.Record{r, revokedBefore} {
			wantNotRestored(t, s, each, now(), token.ErrLeaked)
			wantNotRestored(t, s, each, now().Add(2*token.UndoWindow), token.ErrLeaked)
		}
		wantList(t, s, o.ID, revokedBefore, r)
	}},
	{"RevokeLeaked and Restore, when they race, leave the token dead", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		for range 16 {
			r := revoke(t, s, insert(t, s, record(o, now())), now())
			var race sync.WaitGroup
			race.Go(func() {
				if _, err := s.Restore(t.Context(), o.ID, r.ID, now()); err != nil && !errors.Is(err, token.ErrLeaked) {
					t.Errorf("Restore: %v", err)
				}
			})
			race.Go(func() { revokeLeaked(t, s, r, now()) })
			race.Wait()
			if got, _, err := s.Lookup(t.Context(), r.Tag, r.ID); err != nil || got.RevokedAt.IsZero() || got.LeakedAt.IsZero() {
				t.Errorf("Lookup: %+v, %v", got, err)
			}
		}
	}},
	{"Insert again of a record whose token has leaked changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		leaked := revokeLeaked(t, s, r, now())
		insert(t, s, r)
		wantLookup(t, s, leaked, o)
	}},
}

func revokeLeaked(t *testing.T, s token.Store, r token.Record, at time.Time) token.Record {
	t.Helper()
	got, err := s.RevokeLeaked(t.Context(), r.Org, r.ID, at)
	if err != nil {
		t.Errorf("RevokeLeaked: %v", err)
	}
	return got
}
