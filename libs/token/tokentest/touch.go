package tokentest

import (
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
)

var touchRules = []rule{
	{"Touch shows in List, to the millisecond, in UTC", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		filled, used := fill(t, s, o), now()
		wantLastUsed(t, s, o, filled[0], time.Time{})
		touch(t, s, o, filled[0], used.Add(999*time.Microsecond).In(time.FixedZone("east", 3600)))
		wantLastUsed(t, s, o, filled[0], used)
		wantLastUsed(t, s, o, filled[1], time.Time{})
	}},
	{"Touch only moves forward", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, used := insert(t, s, record(o, now())), now()
		touch(t, s, o, r, used)
		touch(t, s, o, r, used.Add(-time.Minute))
		wantLastUsed(t, s, o, r, used)
		touch(t, s, o, r, used.Add(time.Minute))
		wantLastUsed(t, s, o, r, used.Add(time.Minute))
	}},
	{"Touch takes many tokens of an organisation at once", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		filled, used := fill(t, s, o), now()
		both := map[string]time.Time{filled[0].ID: used, filled[1].ID: used.Add(time.Second)}
		if err := s.Touch(t.Context(), o.Tag, both); err != nil {
			t.Fatalf("Touch: %v", err)
		}
		wantLastUsed(t, s, o, filled[0], used)
		wantLastUsed(t, s, o, filled[1], used.Add(time.Second))
	}},
	{"Touch ignores unknown ids and tags, and nothing at all", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		unknown := record(o, now())
		touch(t, s, o, unknown, now())
		wantList(t, s, o.ID, r)
		_, _, err := s.Lookup(t.Context(), o.Tag, unknown.ID)
		wantErr(t, "Lookup", err, token.ErrNotFound)
		if err := s.Touch(t.Context(), token.NewTag(), map[string]time.Time{r.ID: now()}); err != nil {
			t.Errorf("Touch of an unknown tag: %v", err)
		}
		wantLastUsed(t, s, o, r, time.Time{})
		wantLastUsed(t, s, o, insert(t, s, unknown), time.Time{})
		if err := s.Touch(t.Context(), o.Tag, nil); err != nil {
			t.Errorf("Touch of nothing: %v", err)
		}
	}},
	{"Touch does not bring a revoked token back", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		revoked, used := revoke(t, s, insert(t, s, record(o, now())), now()), now()
		touch(t, s, o, revoked, used)
		wantLookup(t, s, revoked, o)
		wantLastUsed(t, s, o, revoked, used)
	}},
}

func touch(t *testing.T, s token.Store, o token.Organisation, r token.Record, at time.Time) {
	t.Helper()
	if err := s.Touch(t.Context(), o.Tag, map[string]time.Time{r.ID: at}); err != nil {
		t.Fatalf("Touch: %v", err)
	}
}

func wantLastUsed(t *testing.T, s token.Store, o token.Organisation, r token.Record, want time.Time) {
	t.Helper()
	records, err := s.List(t.Context(), o.ID)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	for _, got := range records {
		if got.ID == r.ID {
			if got.LastUsedAt != want {
				t.Errorf("LastUsedAt is %v, want %v", got.LastUsedAt, want)
			}
			return
		}
	}
	t.Errorf("List has no %s", r.ID)
}
