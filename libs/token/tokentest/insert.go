package tokentest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
)

var insertRules = []rule{
	{"Insert stores every field", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		wantLookup(t, s, insert(t, s, record(o, now())), o)
		wantLookup(t, s, insert(t, s, with(record(o, now()), func(r *token.Record) {
			r.Name, r.Issuer, r.Request = "", "", "3f2a-of-request"
			r.Scopes = []token.Scope{token.ScopeRead}
			r.ExpiresAt = now().Add(time.Hour)
		})), o)
	}},
	{"Insert keeps times to the millisecond, in UTC", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := record(o, now())
		precise := r
		precise.IssuedAt = r.IssuedAt.Add(999 * time.Microsecond).In(time.FixedZone("east", 3600))
		insert(t, s, precise)
		wantLookup(t, s, r, o)
	}},
	{"Insert for an organisation that is not there is ErrNotFound and stores nothing", func(t *testing.T, s token.Store) {
		o := organisation()
		r := record(o, now())
		wantErr(t, "Insert", s.Insert(t.Context(), r), token.ErrNotFound)
		put(t, s, o)
		wantList(t, s, o.ID)
	}},
	{"Insert under the tag of another organisation is ErrNotFound and stores nothing", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		r := with(record(o, now()), func(r *token.Record) { r.Org = other.ID })
		wantErr(t, "Insert", s.Insert(t.Context(), r), token.ErrNotFound)
		wantList(t, s, o.ID)
		wantList(t, s, other.ID)
	}},
	{"Insert beyond MaxLive is ErrTooManyLive and stores nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		fill(t, s, o)
		r := record(o, now())
		wantErr(t, "Insert", s.Insert(t.Context(), r), token.ErrTooManyLive)
		_, _, err := s.Lookup(t.Context(), r.Tag, r.ID)
		wantErr(t, "Lookup", err, token.ErrNotFound)
	}},
	{"Insert beyond MaxLive, when calls race: exactly MaxLive win", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for range 64 {
			r := record(o, now())
			wg.Go(func() {
				switch err := s.Insert(t.Context(), r); {
				case err == nil:
					won.Add(1)
				case errors.Is(err, token.ErrTooManyLive):
					lost.Add(1)
				default:
					t.Errorf("Insert: %v", err)
				}
			})
		}
		wg.Wait()
		if won.Load() != token.MaxLive || lost.Load() != 64-token.MaxLive {
			t.Errorf("%d won and %d got ErrTooManyLive, want %d and %d", won.Load(), lost.Load(), token.MaxLive, 64-token.MaxLive)
		}
	}},
	{"Insert does not count revoked tokens, even if revoked after it", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		revoke(t, s, fill(t, s, o)[0], now().Add(time.Minute)) // by a clock that is ahead
		insert(t, s, record(o, now()))
		wantErr(t, "Insert", s.Insert(t.Context(), record(o, now())), token.ErrTooManyLive)
	}},
	{"Insert counts a token until it expires, by the time of issue", func(t *testing.T, s token.Store) {
		o, expiry := put(t, s, organisation()), now().Add(time.Minute)
		for range token.MaxLive {
			insert(t, s, with(record(o, now()), func(r *token.Record) { r.ExpiresAt = expiry }))
		}
		wantErr(t, "Insert", s.Insert(t.Context(), record(o, expiry.Add(-time.Millisecond))), token.ErrTooManyLive)
		insert(t, s, record(o, expiry))
	}},
	{"Insert does not count tokens below the organisation's generation", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		fill(t, s, o)
		o.Generation += 8 // from one digit to two
		put(t, s, o)
		fill(t, s, o)
		wantErr(t, "Insert", s.Insert(t.Context(), record(o, now())), token.ErrTooManyLive)
	}},
	{"Insert counts each organisation for itself", func(t *testing.T, s token.Store) {
		fill(t, s, put(t, s, organisation()))
		insert(t, s, record(put(t, s, organisation()), now()))
	}},
	{"Insert of the same record again changes nothing and is not an error, with MaxLive reached too", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		filled := fill(t, s, o)
		for _, r := range filled {
			insert(t, s, r)
		}
		revoked := revoke(t, s, filled[0], now())
		insert(t, s, filled[0])
		wantLookup(t, s, revoked, o)
		insert(t, s, record(o, now())) // it is not counted as live again either
	}},
	{"Insert of another record with the same id is ErrTaken and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		thief := with(record(o, now()), func(other *token.Record) { other.ID, other.MAC = r.ID, []byte("of another secret") })
		wantErr(t, "Insert", s.Insert(t.Context(), thief), token.ErrTaken)
		wantLookup(t, s, r, o)
	}},
	{"Insert stores nothing of a replaced token, which is Rotate's task", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := record(o, now())
		insert(t, s, with(r, func(r *token.Record) { r.Replaces, r.ReplacedExpiry = token.New(o.Tag).ID(), now() }))
		wantLookup(t, s, r, o)
	}},
	{"Insert keeps no hold of the record, and Lookup and List give none", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		kept, r := record(o, now()), token.Record{}
		spoil := func(r token.Record) {
			clear(r.MAC)
			clear(r.Scopes)
		}
		r = kept
		r.MAC, r.Scopes = append([]byte(nil), kept.MAC...), append([]token.Scope(nil), kept.Scopes...)
		insert(t, s, r)
		spoil(r)
		if r, _, err := s.Lookup(t.Context(), kept.Tag, kept.ID); err == nil {
			spoil(r)
		}
		if l, err := s.List(t.Context(), o.ID); err == nil && len(l) == 1 {
			spoil(l[0])
		}
		wantLookup(t, s, kept, o)
	}},
}

// fill inserts MaxLive live tokens of o, a millisecond apart.
func fill(t *testing.T, s token.Store, o token.Organisation) []token.Record {
	t.Helper()
	records := make([]token.Record, token.MaxLive)
	for i := range records {
		records[i] = insert(t, s, record(o, now().Add(time.Duration(i-token.MaxLive)*time.Millisecond)))
	}
	return records
}
