package tokentest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/devrev/scim/libs/token"
)

var touchRules = []rule{
	{"RecordUsage shows in List, to the millisecond and the hour, in UTC", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		filled, used := fill(t, s, o), now()
		wantUsage(t, s, o, filled[0], token.Usage{})
		east := func(at time.Time) time.Time { return at.Add(999 * time.Microsecond).In(time.FixedZone("east", 1800)) }
		recordUsage(t, s, o, filled[0], token.Usage{
			FirstUsedAt: east(used), LastUsedAt: east(used),
			Hours:   []token.Hour{{At: east(used), Count: token.Count{Requests: 1}}},
			Clients: []token.Seen[token.Client]{{Name: token.ClientOkta, LastAt: east(used)}},
		})
		wantUsage(t, s, o, filled[0], token.Usage{
			FirstUsedAt: used, LastUsedAt: used,
			Hours:   []token.Hour{{At: used.Truncate(time.Hour), Count: token.Count{Requests: 1}}},
			Clients: []token.Seen[token.Client]{{Name: token.ClientOkta, LastAt: used}},
		})
		wantUsage(t, s, o, filled[1], token.Usage{})
	}},
	{"RecordUsage only moves the first use back and the last forward", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, at := insert(t, s, record(o, now())), now()
		for _, minutes := range []time.Duration{0, -1, 2, 1, -2, 0} {
			used := at.Add(minutes * time.Minute)
			recordUsage(t, s, o, r, token.Usage{FirstUsedAt: used, LastUsedAt: used})
		}
		wantUsage(t, s, o, r, token.Usage{FirstUsedAt: at.Add(-2 * time.Minute), LastUsedAt: at.Add(2 * time.Minute)})
	}},
	{"RecordUsage adds counts up by the hour", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, hour := insert(t, s, record(o, now())), now().Truncate(time.Hour)
		yesterday := hour.Add(-24 * time.Hour)
		recordUsage(t, s, o, r, token.Usage{Hours: []token.Hour{{At: hour, Count: token.Count{Requests: 7, Failures: 2}}}})
		recordUsage(t, s, o, r, token.Usage{Hours: []token.Hour{{At: yesterday, Count: token.Count{Requests: 1}}, {At: hour, Count: token.Count{Requests: 3, Failures: 3}}}})
		recordUsage(t, s, o, r, token.Usage{Hours: []token.Hour{{At: yesterday, Count: token.Count{Refused: 5}}}})
		wantUsage(t, s, o, r, token.Usage{
			Hours: []token.Hour{{At: yesterday, Count: token.Count{Requests: 1, Refused: 5}}, {At: hour, Count: token.Count{Requests: 10, Failures: 5}}},
		})
	}},
	{"RecordUsage keeps the last time of each client, address and refusal, by their names", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, at := insert(t, s, record(o, now())), now()
		recordUsage(t, s, o, r, token.Usage{
			Clients:   []token.Seen[token.Client]{{Name: token.ClientEntra, LastAt: at}, {Name: token.ClientOkta, LastAt: at}},
			Addresses: []token.Seen[token.AddressClass]{{Name: token.AddressPublic, LastAt: at}},
		})
		recordUsage(t, s, o, r, token.Usage{
			Clients:   []token.Seen[token.Client]{{Name: token.ClientEntra, LastAt: at.Add(-time.Hour)}, {Name: token.ClientOkta, LastAt: at.Add(time.Minute)}},
			Addresses: []token.Seen[token.AddressClass]{{Name: token.AddressPrivate, LastAt: at}},
			Refused:   []token.Seen[token.Reason]{{Name: token.ReasonRevoked, LastAt: at}},
		})
		wantUsage(t, s, o, r, token.Usage{
			Clients:   []token.Seen[token.Client]{{Name: token.ClientEntra, LastAt: at}, {Name: token.ClientOkta, LastAt: at.Add(time.Minute)}},
			Addresses: []token.Seen[token.AddressClass]{{Name: token.AddressPrivate, LastAt: at}, {Name: token.AddressPublic, LastAt: at}},
			Refused:   []token.Seen[token.Reason]{{Name: token.ReasonRevoked, LastAt: at}},
		})
	}},
	{"RecordUsage takes many tokens of an organisation at once", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		filled, at := fill(t, s, o), now()
		both := map[string]token.Usage{filled[0].ID: Used(at), filled[1].ID: Used(at.Add(time.Second))}
		if err := s.RecordUsage(t.Context(), o.Tag, both); err != nil {
			t.Fatalf("RecordUsage: %v", err)
		}
		wantUsage(t, s, o, filled[0], Used(at))
		wantUsage(t, s, o, filled[1], Used(at.Add(time.Second)))
	}},
	{"RecordUsage loses nothing when many processes call it at once", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, at := insert(t, s, record(o, now())), now()
		var want token.Usage
		var wg sync.WaitGroup
		for n := range 20 {
			use := Used(at.Add(time.Duration(n%7) * time.Second))
			want = want.Plus(use)
			wg.Go(func() {
				if err := s.RecordUsage(t.Context(), o.Tag, map[string]token.Usage{r.ID: use}); err != nil {
					t.Errorf("RecordUsage: %v", err)
				}
			})
		}
		wg.Wait()
		if want.Sum().Requests != 20 {
			t.Fatalf("wanted are %d requests", want.Sum().Requests)
		}
		wantUsage(t, s, o, r, want)
	}},
	{"RecordUsage ignores unknown ids and tags, and nothing at all", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r := insert(t, s, record(o, now()))
		unknown := record(o, now())
		recordUsage(t, s, o, unknown, Used(now()).Plus(refused(now())))
		wantList(t, s, o.ID, r)
		_, _, err := s.Lookup(t.Context(), o.Tag, unknown.ID)
		wantErr(t, "Lookup", err, token.ErrNotFound)
		if err := s.RecordUsage(t.Context(), token.NewTag(), map[string]token.Usage{r.ID: Used(now())}); err != nil {
			t.Errorf("RecordUsage of an unknown tag: %v", err)
		}
		wantUsage(t, s, o, r, token.Usage{})
		wantUsage(t, s, o, insert(t, s, unknown), token.Usage{})
		for _, nothing := range []map[string]token.Usage{nil, {r.ID: {}}} {
			if err := s.RecordUsage(t.Context(), o.Tag, nothing); err != nil {
				t.Errorf("RecordUsage of nothing: %v", err)
			}
		}
		wantUsage(t, s, o, r, token.Usage{})
	}},
	{"RecordUsage does not bring a revoked token back", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		revoked, at := revoke(t, s, insert(t, s, record(o, now())), now()), now()
		recordUsage(t, s, o, revoked, Used(at).Plus(refused(at)))
		wantLookup(t, s, revoked, o)
		wantUsage(t, s, o, revoked, Used(at).Plus(refused(at)))
	}},
	{"RecordUsage of a refused request is not a use: Rotate revokes the token as one that was never used", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, at := insert(t, s, record(o, now())), now()
		recordUsage(t, s, o, r, refused(at))
		if _, err := s.Rotate(t.Context(), record(o, at), r.ID, at.Add(time.Hour)); err != nil {
			t.Fatalf("Rotate: %v", err)
		}
		if got, _, err := s.Lookup(t.Context(), r.Tag, r.ID); err != nil || got.RevokedAt != at {
			t.Errorf("Lookup: %+v, %v; want it revoked", got, err)
		}
	}},
	{"List forgets the hours that began more than UsageMemory ago, and no more", func(t *testing.T, s token.Store) {
		o := put(t, s, organisation())
		r, at := insert(t, s, record(o, now())), now()
		long, kept := at.Add(-token.UsageMemory-time.Hour), at.Add(-token.UsageMemory+2*time.Hour)
		recordUsage(t, s, o, r, Used(long))
		recordUsage(t, s, o, r, Used(kept))
		want := Used(long).Plus(Used(kept))
		want.Hours = want.Hours[1:]
		wantUsage(t, s, o, r, want)
	}},
}

// Used is the use of a token by one request of Okta's, let in and answered well at the given time.
func Used(at time.Time) token.Usage {
	return token.Usage{
		FirstUsedAt: at, LastUsedAt: at,
		Hours:     []token.Hour{{At: at.UTC().Truncate(time.Hour), Count: token.Count{Requests: 1}}},
		Clients:   []token.Seen[token.Client]{{Name: token.ClientOkta, LastAt: at}},
		Addresses: []token.Seen[token.AddressClass]{{Name: token.AddressPublic, LastAt: at}},
	}
}

// refused is the use of a revoked token by one request.
func refused(at time.Time) token.Usage {
	return token.Usage{
		Hours:   []token.Hour{{At: at.UTC().Truncate(time.Hour), Count: token.Count{Refused: 1}}},
		Refused: []token.Seen[token.Reason]{{Name: token.ReasonRevoked, LastAt: at}},
	}
}

func recordUsage(t *testing.T, s token.Store, o token.Organisation, r token.Record, use token.Usage) {
	t.Helper()
	if err := s.RecordUsage(t.Context(), o.Tag, map[string]token.Usage{r.ID: use}); err != nil {
		t.Fatalf("RecordUsage: %v", err)
	}
}

func wantUsage(t *testing.T, s token.Store, o token.Organisation, r token.Record, want token.Usage) {
	t.Helper()
	records, err := s.List(t.Context(), o.ID)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	at := slices.IndexFunc(records, func(got token.Record) bool { return got.ID == r.ID })
	if at < 0 {
		t.Fatalf("List has no %s", r.ID)
	}
	if diff := cmp.Diff(want, records[at].Usage, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b time.Time) bool { return a == b })); diff != "" {
		t.Errorf("Usage (-want +got):\n%s", diff)
	}
}
