package tokentest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
)

var revokeRules = []rule{
	{"Revoke returns the record with the time, which Lookup and List show too", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, at := insert(t, s, record(o, now())), now()
		got := revoke(t, s, r, at.Add(999*time.Microsecond))
		r.RevokedAt = at
		if diff := cmp.Diff(r, got, equal); diff != "" {
			t.Errorf("Revoke (-want +got):\n%s", diff)
		}
		wantLookup(t, s, r, o)
		wantList(t, s, o.ID, r)
	}},
	{"Revoke again keeps the first time and is not an error", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		first := revoke(t, s, r, now())
		for _, later := range []time.Time{now().Add(time.Hour), now().Add(-time.Hour)} {
			if diff := cmp.Diff(first, revoke(t, s, r, later), equal); diff != "" {
				t.Errorf("Revoke (-want +got):\n%s", diff)
			}
		}
		wantLookup(t, s, first, o)
	}},
	{"Revoke, when calls race, settles on one time", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		var times [16]time.Time
		var wg sync.WaitGroup
		for i := range times {
			wg.Go(func() {
				got, err := s.Revoke(t.Context(), r.Org, r.ID, r.IssuedAt.Add(time.Duration(i)*time.Second))
				if err != nil {
					t.Errorf("Revoke: %v", err)
				}
				times[i] = got.RevokedAt
			})
		}
		wg.Wait()
		for _, at := range times {
			if at != times[0] {
				t.Fatalf("Revoke answered with different times: %v", times)
			}
		}
	}},
	{"Revoke of an unknown id, or of an unknown organisation's, is ErrNotFound", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		_, err := s.Revoke(t.Context(), o.ID, token.New(o.Tag).ID(), now())
		wantErr(t, "Revoke of an unknown id", err, token.ErrNotFound)
		_, err = s.Revoke(t.Context(), organisation().ID, r.ID, now())
		wantErr(t, "Revoke of an unknown organisation's", err, token.ErrNotFound)
		wantLookup(t, s, r, o)
	}},
	{"Revoke of another organisation's token is ErrNotFound and leaves it alive", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		_, err := s.Revoke(t.Context(), other.ID, r.ID, now())
		wantErr(t, "Revoke", err, token.ErrNotFound)
		wantLookup(t, s, r, o)
	}},
	{"Revoke of an expired token is not an error", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, with(record(o, now().Add(-2*time.Hour)), func(r *token.Record) { r.ExpiresAt = now().Add(-time.Hour) }))
		wantLookup(t, s, revoke(t, s, r, now()), o)
	}},
}
