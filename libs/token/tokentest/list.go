package tokentest

import (
	"slices"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
)

var listRules = []rule{
	{"List of an organisation that is not there is ErrNotFound", func(t *testing.T, s token.Store) {
		_, err := s.List(t.Context(), organisation().ID)
		wantErr(t, "List", err, token.ErrNotFound)
	}},
	{"List of an organisation without tokens is empty", func(t *testing.T, s token.Store) {
		wantList(t, s, put(t, s, organisation()).ID)
	}},
	{"List gives the organisation's own records, dead ones too, latest issued first", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		insert(t, s, record(other, now()))
		var want []token.Record
		for _, age := range []time.Duration{2 * time.Hour, 9 * time.Hour, time.Hour, 10 * time.Hour} { // not the order of insertion
			r := insert(t, s, record(o, now().Add(-age)))
			want = append(want, revoke(t, s, r, now()))
		}
		want = append(want, insert(t, s, with(record(o, now()), func(r *token.Record) { r.ExpiresAt = now().Add(-time.Second) })))
		want = append(want, insert(t, s, record(o, now().Add(-5*time.Hour))))
		slices.SortFunc(want, func(a, b token.Record) int { return b.IssuedAt.Compare(a.IssuedAt) })
		wantList(t, s, o.ID, want...)
	}},
	{"List leaves out a record once its Tombstone has passed", func(t *testing.T, s token.Store) {
		o, long := put(t, s, organisation()), now().Add(-token.Tombstone)
		insert(t, s, with(record(o, long.Add(-time.Hour)), func(r *token.Record) { r.ExpiresAt = long.Add(-time.Second) }))
		revoke(t, s, insert(t, s, record(o, long.Add(-time.Hour))), long.Add(-time.Second))
		kept := insert(t, s, with(record(o, long.Add(-time.Hour)), func(r *token.Record) { r.ExpiresAt = long.Add(time.Hour) }))
		wantList(t, s, o.ID, kept)
	}},
	{"List keeps a revoked token's record until the earlier of its two ends plus the Tombstone", func(t *testing.T, s token.Store) {
		o, long := put(t, s, organisation()), now().Add(-token.Tombstone)
		r := insert(t, s, with(record(o, long.Add(-time.Hour)), func(r *token.Record) { r.ExpiresAt = long.Add(time.Minute) }))
		wantList(t, s, o.ID, revoke(t, s, r, now()))
		r = insert(t, s, with(record(o, long.Add(-2*time.Hour)), func(r *token.Record) { r.ExpiresAt = now().Add(time.Hour) }))
		revoke(t, s, r, long.Add(-time.Second))
		if l, err := s.List(t.Context(), o.ID); err != nil || len(l) != 1 {
			t.Errorf("List: %d records, error %v; want the one that expired within the Tombstone", len(l), err)
		}
	}},
}
