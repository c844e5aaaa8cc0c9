package tokentest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
)

var endEarlyRules = []rule{
	{"EndEarly revokes a token whose place is taken, and returns its record", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		at := now()
		first.RevokedAt = at
		for _, again := range []time.Duration{999 * time.Microsecond, -time.Minute, time.Minute} { // the first time stays
			got, err := s.EndEarly(t.Context(), o.ID, first.ID, second.ID, at.Add(again))
			if diff := cmp.Diff(first, got, equal); err != nil || diff != "" {
				t.Errorf("EndEarly: %v (-want +got):\n%s", err, diff)
			}
		}
		wantLookup(t, s, first, o)
		wantList(t, s, o.ID, second, first)
		use(t, s, o, second)
		rotate(t, s, record(o, now()), second.ID, now().Add(time.Hour)) // there is room again
	}},
	{"EndEarly is ErrConflict and changes nothing unless the successor is live and in the token's place", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		for _, wrong := range []struct{ id, successor string }{
			{second.ID, first.ID}, {first.ID, first.ID}, {first.ID, token.New(o.Tag).ID()}, {first.ID, ""},
		} {
			_, err := s.EndEarly(t.Context(), o.ID, wrong.id, wrong.successor, now())
			wantErr(t, "EndEarly", err, token.ErrConflict)
		}
		wantList(t, s, o.ID, second, first)
		second = revoke(t, s, second, now())
		_, err := s.EndEarly(t.Context(), o.ID, first.ID, second.ID, now())
		wantErr(t, "EndEarly after the successor was revoked", err, token.ErrConflict)
		wantList(t, s, o.ID, second, first)
	}},
	{"EndEarly with a successor below the organisation's generation is ErrConflict", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		first, second := rotation(t, s, o)
		o.Generation++
		put(t, s, o)
		_, err := s.EndEarly(t.Context(), o.ID, first.ID, second.ID, now())
		wantErr(t, "EndEarly", err, token.ErrConflict)
		wantLookup(t, s, first, o)
	}},
	{"EndEarly and Cancel, when they race, leave exactly one of the two tokens alive", func(t *testing.T, s token.Store) {
		for range 20 {
			o := put(t, s, organisation())
			first, second := rotation(t, s, o)
			var ended, cancelled error
			var wg sync.WaitGroup
			wg.Go(func() { _, ended = s.EndEarly(t.Context(), o.ID, first.ID, second.ID, now()) })
			wg.Go(func() { _, cancelled = s.Cancel(t.Context(), o.ID, second.ID, now()) })
			wg.Wait()
			if (ended == nil) == (cancelled == nil) || !errors.Is(errors.Join(ended, cancelled), token.ErrConflict) {
				t.Errorf("EndEarly: %v, Cancel: %v; want one of them to be ErrConflict", ended, cancelled)
			}
			l, err := s.List(t.Context(), o.ID)
			if err != nil || len(l) != 2 || l[0].Live(now()) == l[1].Live(now()) {
				t.Errorf("List: %v, error %v; want one of two live", l, err)
			}
		}
	}},
	{"EndEarly of an unknown id, or of another organisation's, is ErrNotFound", func(t *testing.T, s token.Store) {
		o, other := put(t, s, organisation()), put(t, s, organisation())
		first, second := rotation(t, s, o)
		for _, unknown := range []struct{ org, id string }{
			{o.ID, token.New(o.Tag).ID()}, {other.ID, first.ID}, {organisation().ID, first.ID},
		} {
			_, err := s.EndEarly(t.Context(), unknown.org, unknown.id, second.ID, now())
			wantErr(t, "EndEarly", err, token.ErrNotFound)
		}
		wantList(t, s, o.ID, second, first)
	}},
}
