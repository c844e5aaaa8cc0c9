package tokentest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
)

var requestRules = []rule{
	{"Insert and Rotate for a request that made a token are Repeated with its id, and change nothing", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first := insert(t, s, request(record(o, now().Add(-time.Minute)), "a"))
		wantRepeated(t, s, request(record(o, now()), "a"), first)
		first = revoke(t, s, first, now()) // whatever became of it
		wantRepeated(t, s, request(record(o, now()), "a"), first)
		second := insert(t, s, request(record(o, now().Add(-time.Hour)), "b"))
		third := rotate(t, s, request(record(o, now()), "c"), second.ID, now())
		wantRepeated(t, s, request(record(o, now()), "c"), third)
		wantRepeated(t, s, request(record(o, now()), "b"), second)
		wantList(t, s, o.ID, third, first, with(second, func(r *token.Record) { r.RevokedAt = third.IssuedAt }))
	}},
	{"a request is known for RequestMemory", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		old := insert(t, s, request(record(o, now().Add(-token.RequestMemory-time.Second)), "a"))
		insert(t, s, request(record(o, now()), "a"))
		revoke(t, s, old, now())
		young := insert(t, s, request(record(o, now().Add(time.Minute-token.RequestMemory)), "b"))
		wantRepeated(t, s, request(record(o, now()), "b"), young)
	}},
	{"requests without a name, and those of other organisations, are others", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		insert(t, s, request(record(o, now()), "a"))
		insert(t, s, request(record(other, now()), "a"))
		insert(t, s, record(o, now()))
		insert(t, s, record(other, now()))
	}},
	{"Insert of the same record again is not a repetition", func(t *testing.T, s token.Store) {
		r := request(record(put(t, s, organisation()), now()), "a")
		insert(t, s, insert(t, s, r))
	}},
	{"a request that created nothing may be repeated", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		filled := fill(t, s, o)
		wantErr(t, "Insert", s.Insert(t.Context(), request(record(o, now()), "a")), token.ErrTooManyLive)
		_, err := s.Rotate(t.Context(), request(record(o, now()), "a"), "another", now())
		wantErr(t, "Rotate", err, token.ErrConflict)
		revoke(t, s, filled[0], now())
		insert(t, s, request(record(o, now()), "a"))
	}},
	{"a request, when calls race, creates one token, which all other calls return", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		ids := make(chan string, 32)
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 32 {
			r := request(record(o, now()), "a")
			wg.Go(func() {
				err := s.Insert(t.Context(), r)
				repeated, told := errors.AsType[token.Repeated](err)
				switch {
				case err == nil:
					won.Add(1)
					ids <- r.ID
				case told:
					ids <- repeated.ID
				default:
					t.Errorf("Insert: %v", err)
				}
			})
		}
		wg.Wait()
		close(ids)
		made := make(map[string]bool)
		for id := range ids {
			made[id] = true
		}
		if won.Load() != 1 || len(made) != 1 {
			t.Errorf("%d calls created a token, and the answers name %d", won.Load(), len(made))
		}
	}},
}

// request returns r as the request with this name makes it.
func request(r token.Record, name string) token.Record {
	r.Request = name
	return r
}

// wantRepeated fails the test unless neither Insert nor Rotate stores r, because the request made
// this token.
func wantRepeated(t *testing.T, s token.Store, r, made token.Record) {
	t.Helper()
	wantErr(t, "Insert", s.Insert(t.Context(), r), token.Repeated{ID: made.ID})
	_, err := s.Rotate(t.Context(), r, made.ID, now())
	wantErr(t, "Rotate", err, token.Repeated{ID: made.ID})
	_, _, err = s.Lookup(t.Context(), r.Tag, r.ID)
	wantErr(t, "Lookup", err, token.ErrNotFound)
}
