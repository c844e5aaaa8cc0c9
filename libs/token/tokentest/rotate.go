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

var rotateRules = []rule{
	{"Rotate away from a used token keeps it live until end, and records it with its expiry from before", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		for _, expiry := range []time.Time{{}, now().Add(48 * time.Hour)} {
			first := use(t, s, o, insert(t, s, with(record(o, now()), func(r *token.Record) { r.ExpiresAt = expiry })))
			end := now().Add(24 * time.Hour)
			want := with(record(o, now().Add(time.Millisecond)), func(r *token.Record) { r.Name, r.Request = "second", "request-"+r.ID })
			got := rotate(t, s, want, first.ID, end.Add(999*time.Microsecond).In(time.FixedZone("east", 3600)))
			want.Replaces, want.ReplacedExpiry = first.ID, expiry
			if diff := cmp.Diff(want, got, equal); diff != "" {
				t.Errorf("Rotate (-want +got):\n%s", diff)
			}
			first.ExpiresAt = end
			wantLookup(t, s, want, o)
			wantLookup(t, s, first, o)
			wantList(t, s, o.ID, want, first)
			o = put(t, s, organisation())
		}
	}},
	{"Rotate never lengthens a token's life", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first := use(t, s, o, insert(t, s, with(record(o, now()), func(r *token.Record) { r.ExpiresAt = now().Add(time.Hour) })))
		second := rotate(t, s, record(o, now()), first.ID, now().Add(24*time.Hour))
		wantLookup(t, s, first, o)
		if second.ReplacedExpiry != first.ExpiresAt {
			t.Errorf("ReplacedExpiry is %v, want %v", second.ReplacedExpiry, first.ExpiresAt)
		}
	}},
	{"Rotate away from a never-used token revokes it", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first := insert(t, s, record(o, now().Add(-time.Hour)))
		second := rotate(t, s, record(o, now()), first.ID, now().Add(24*time.Hour))
		first.RevokedAt = second.IssuedAt
		wantList(t, s, o.ID, second, first)
		wantReplaces(t, second, "", time.Time{})
	}},
	{"Rotate away from a never-used token leaves the one before that alone, and replaces the unused one", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		for range 3 {
			third := rotate(t, s, record(o, now()), second.ID, now().Add(48*time.Hour))
			wantReplaces(t, third, first.ID, time.Time{})
			wantLookup(t, s, first, o)
			second.RevokedAt = third.IssuedAt
			wantLookup(t, s, second, o)
			second = third
		}
	}},
	{"Rotate away from a used token, while another one is live, is ErrTooManyLive and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		use(t, s, o, second)
		wantNoRotation(t, s, o, second.ID, now(), token.ErrTooManyLive)
		wantList(t, s, o.ID, second, first)
		third := rotate(t, s, record(o, first.ExpiresAt), second.ID, first.ExpiresAt.Add(time.Hour)) // from then on it is not live
		wantReplaces(t, third, second.ID, time.Time{})
	}},
	{"Rotate away from a token that is not a live one of the organisation is ErrConflict and changes nothing", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		revoked := revoke(t, s, insert(t, s, record(o, now().Add(-4*time.Hour))), now())
		expired := insert(t, s, with(record(o, now().Add(-3*time.Hour)), func(r *token.Record) { r.ExpiresAt = now() }))
		live, theirs := use(t, s, o, insert(t, s, record(o, now()))), insert(t, s, record(other, now()))
		for _, current := range []string{revoked.ID, expired.ID, theirs.ID, token.New(o.Tag).ID(), ""} {
			wantNoRotation(t, s, o, current, now(), token.ErrConflict)
		}
		wantList(t, s, o.ID, live, expired, revoked)
		wantList(t, s, other.ID, theirs)
	}},
	{"Rotate away from a token below the organisation's generation is ErrConflict", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := use(t, s, o, insert(t, s, record(o, now())))
		o.Generation++
		put(t, s, o)
		wantNoRotation(t, s, o, r.ID, now(), token.ErrConflict)
		wantLookup(t, s, r, o)
	}},
	{"Rotate away from a token whose place is taken is ErrConflict and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		wantNoRotation(t, s, o, first.ID, now(), token.ErrConflict)
		wantList(t, s, o.ID, second, first)
	}},
	{"Rotate away from a token whose place is free again is possible", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		revoke(t, s, second, now())
		third := rotate(t, s, record(o, now()), first.ID, now().Add(time.Hour))
		wantReplaces(t, third, first.ID, first.ExpiresAt)
	}},
	{"Rotate ends a token at once if end is now", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, at := use(t, s, o, insert(t, s, record(o, now().Add(-time.Hour)))), now()
		second := rotate(t, s, record(o, at), first.ID, at)
		first.ExpiresAt = at
		wantLookup(t, s, first, o)
		wantNoRotation(t, s, o, first.ID, at, token.ErrConflict)
		insert(t, s, record(o, at)) // it is not counted either
		wantReplaces(t, second, first.ID, time.Time{})
	}},
	{"Rotate, when calls race, has exactly one winner, whether the token was used or not", func(t *testing.T, s token.Store) {
		for _, used := range []bool{false, true} {
			o := put(t, s, organisation())
			first := insert(t, s, record(o, now().Add(-time.Hour)))
			if used {
				use(t, s, o, first)
			}
			var won, lost atomic.Int32
			var wg sync.WaitGroup
			for range 64 {
				r := record(o, now())
				wg.Go(func() {
					switch _, err := s.Rotate(t.Context(), r, first.ID, now().Add(time.Hour)); {
					case err == nil:
						won.Add(1)
					case errors.Is(err, token.ErrConflict):
						lost.Add(1)
					default:
						t.Errorf("Rotate: %v", err)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 || lost.Load() != 63 {
				t.Errorf("used %t: %d won and %d got ErrConflict, want 1 and 63", used, won.Load(), lost.Load())
			}
		}
	}},
	{"Rotate of the same record again changes nothing and is not an error, whatever its state", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		again := with(second, func(r *token.Record) { r.Replaces = "" }) // as it was requested
		for _, current := range []string{first.ID, second.ID, "another"} {
			if diff := cmp.Diff(second, rotate(t, s, again, current, now()), equal); diff != "" {
				t.Errorf("Rotate (-want +got):\n%s", diff)
			}
		}
		wantList(t, s, o.ID, second, first)
		second = revoke(t, s, second, now())
		rotate(t, s, again, first.ID, now())
		wantList(t, s, o.ID, second, first)
	}},
	{"Rotate to another record with the same id is ErrTaken and changes nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		thief := with(record(o, now()), func(r *token.Record) { r.ID, r.MAC = first.ID, []byte("of another secret") })
		_, err := s.Rotate(t.Context(), thief, second.ID, now())
		wantErr(t, "Rotate", err, token.ErrTaken)
		wantList(t, s, o.ID, second, first)
	}},
	{"Rotate for an organisation that is not there, or under another one's tag, is ErrNotFound", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		for _, unknown := range []token.Record{
			record(organisation(), now()),
			with(record(o, now()), func(r *token.Record) { r.Org = put(t, s, organisation()).ID }),
		} {
			_, err := s.Rotate(t.Context(), unknown, r.ID, now())
			wantErr(t, "Rotate", err, token.ErrNotFound)
		}
		wantList(t, s, o.ID, r)
	}},
}

// use records in the store that a token was used when it was issued.
func use(t *testing.T, s token.Store, o token.Organisation, r token.Record) token.Record {
	t.Helper()
	recordUsage(t, s, o, r, Used(r.IssuedAt))
	return r
}

func rotate(t *testing.T, s token.Store, r token.Record, current string, end time.Time) token.Record {
	t.Helper()
	got, err := s.Rotate(t.Context(), r, current, end)
	if err != nil {
		t.Fatalf("Rotate: %v", err)
	}
	return got
}

// rotation inserts a token that would never expire, uses it, and has another one take its place
// within a day.
func rotation(t *testing.T, s token.Store, o token.Organisation) (first, second token.Record) {
	t.Helper()
	first = use(t, s, o, insert(t, s, record(o, now().Add(-time.Minute))))
	first.ExpiresAt = now().Add(24 * time.Hour)
	return first, rotate(t, s, record(o, now().Add(-30*time.Second)), first.ID, first.ExpiresAt)
}

// wantNoRotation fails the test unless the organisation's token cannot be rotated at that time, for
// this reason.
func wantNoRotation(t *testing.T, s token.Store, o token.Organisation, current string, at time.Time, want error) {
	t.Helper()
	r := record(o, at)
	_, err := s.Rotate(t.Context(), r, current, at.Add(time.Hour))
	wantErr(t, "Rotate", err, want)
	_, _, err = s.Lookup(t.Context(), r.Tag, r.ID)
	wantErr(t, "Lookup", err, token.ErrNotFound)
}

func wantReplaces(t *testing.T, r token.Record, id string, expiry time.Time) {
	t.Helper()
	if r.Replaces != id || r.ReplacedExpiry != expiry {
		t.Errorf("it replaces %q, which had the expiry %v; want %q and %v", r.Replaces, r.ReplacedExpiry, id, expiry)
	}
}
