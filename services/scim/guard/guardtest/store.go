package guardtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
)

// storeWorld is a store with two tenants that no other test has.
type storeWorld struct {
	*testing.T
	guard.Store

	t, other directory.Tenant
	now      time.Time
}

func (w *storeWorld) must(err error) {
	w.Helper()
	assert.NilError(w, err)
}

func (w *storeWorld) hold(version int64, state guard.HoldState) guard.Hold {
	return guard.Hold{
		Group: "019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5c",
		ID:    fmt.Sprint("hold-", version), Version: version, State: state, Verdict: guard.Approved, Opened: w.now, Decided: w.now.Add(time.Minute), By: "admin-7",
		Note: "they moved", Limit: terms.Mass{Count: 20, Percent: 10, Minutes: 60}, Of: 380, Allowed: 41,
	}
}

// member is held of a member of the group g.
func (w *storeWorld) member(user directory.UserID, hold string) guard.Held {
	h := w.held(user, hold)
	h.Group, h.Wanted = "g", guard.Removed
	return h
}

func (w *storeWorld) held(user directory.UserID, hold string) guard.Held {
	return guard.Held{Hold: hold, User: user, Wanted: directory.EffectDeleted, State: guard.Waiting, At: w.now, RequestID: "R", TokenID: "T", Client: "okta"}
}

// RunStore proves that the stores that open returns keep the contract. The tenants are of no other
// test.
func RunStore(t *testing.T, open func(t *testing.T) (s guard.Store, tenant, other directory.Tenant)) {
	t.Helper()
	for rule, prove := range map[string]func(*storeWorld){
		"what was never stored is not found": func(w *storeWorld) {
			_, err := w.Hold(w.Context(), w.t)
			_, none := w.Held(w.Context(), w.t, "u")
			if !errors.Is(err, directory.ErrNotFound) || !errors.Is(none, directory.ErrNotFound) {
				w.Errorf("a hold: %v, a person: %v", err, none)
			}
			list, err := w.ListHeld(w.Context(), w.t, "hold-1", "", "", 10)
			w.must(err)
			counts, err := w.CountHeld(w.Context(), w.t, "hold-1")
			w.must(err)
			if len(list)+len(counts) != 0 {
				w.Errorf("there is %v, counted %v", list, counts)
			}
		},
		"a hold is read as it was stored, by its tenant alone": func(w *storeWorld) {
			want := w.hold(1, guard.HoldOpen)
			w.must(w.PutHold(w.Context(), w.t, want))
			got, err := w.Hold(w.Context(), w.t)
			w.must(err)
			if diff := cmp.Diff(want, got); diff != "" {
				w.Errorf("-want +got:\n%s", diff)
			}
			if _, err := w.Hold(w.Context(), w.other); !errors.Is(err, directory.ErrNotFound) {
				w.Errorf("another tenant's: %v", err)
			}
		},
		"a hold takes the place of the version before, and of no other": func(w *storeWorld) {
			if err := w.PutHold(w.Context(), w.t, w.hold(2, guard.HoldOpen)); !errors.Is(err, directory.ErrVersionConflict) {
				w.Errorf("the second before the first: %v", err)
			}
			w.must(w.PutHold(w.Context(), w.t, w.hold(1, guard.HoldOpen)))
			if err := w.PutHold(w.Context(), w.t, w.hold(1, guard.HoldDecided)); !errors.Is(err, directory.ErrVersionConflict) {
				w.Errorf("another first: %v", err)
			}
			w.must(w.PutHold(w.Context(), w.t, w.hold(2, guard.HoldDeciding)))
			if got, err := w.Hold(w.Context(), w.t); err != nil || got.Version != 2 || got.State != guard.HoldDeciding {
				w.Errorf("it is %+v, %v", got, err)
			}
		},
		"of racing holds one is stored": func(w *storeWorld) {
			var stored atomic.Int32
			w.race(func(int) {
				switch err := w.PutHold(w.Context(), w.t, w.hold(1, guard.HoldOpen)); {
				case err == nil:
					stored.Add(1)
				case !errors.Is(err, directory.ErrVersionConflict):
					w.Error(err)
				}
			})
			if n := stored.Load(); n != 1 {
				w.Errorf("%d were stored", n)
			}
		},
		"a tenant is unfinished until its hold is decided": func(w *storeWorld) {
			for version, state := range []guard.HoldState{guard.HoldOpen, guard.HoldDeciding, guard.HoldDecided, guard.HoldOpen} {
				w.must(w.PutHold(w.Context(), w.t, w.hold(int64(version+1), state)))
				unfinished, err := w.Unfinished(w.Context())
				w.must(err)
				if slices.Contains(unfinished, w.t) != (state != guard.HoldDecided) || slices.Contains(unfinished, w.other) {
					w.Errorf("%s: unfinished are %v", state, unfinished)
				}
			}
		},
		"a person, a member and a group are read as kept, by the tenant alone": func(w *storeWorld) {
			w.must(w.Keep(w.Context(), w.t)) // nothing
			group := w.held("", "hold-1")
			group.Group = "g"
			for id, want := range map[guard.HeldID]guard.Held{"u": w.held("u", "hold-1"), "g/u": w.member("u", "hold-1"), "g/": group} {
				before := want
				before.Hold, before.RequestID = "hold-0", "before"
				w.must(w.Keep(w.Context(), w.t, before))
				w.must(w.Keep(w.Context(), w.t, want))
				got, err := w.Held(w.Context(), w.t, id)
				w.must(err)
				if diff := cmp.Diff(want, got); diff != "" {
					w.Errorf("%s: -want +got:\n%s", id, diff)
				}
				if _, err := w.Held(w.Context(), w.other, id); !errors.Is(err, directory.ErrNotFound) {
					w.Errorf("another tenant's %s: %v", id, err)
				}
			}
		},
		"many are kept at once, some of them again": func(w *storeWorld) {
			var many []guard.Held
			for i := range 2500 { // more than one write of MongoDB has
				many = append(many, w.member(directory.UserID(fmt.Sprintf("u%04d", i)), "hold-1"))
			}
			w.must(w.Keep(w.Context(), w.t, many[1000:1200]...))
			w.must(w.Keep(w.Context(), w.t, many...))
			got, err := w.HeldOf(w.Context(), w.t, "g")
			w.must(err)
			if diff := cmp.Diff(many, got); diff != "" {
				w.Errorf("-want +got:\n%s", diff)
			}
			ids := make([]guard.HeldID, len(many))
			for i, h := range many {
				ids[i] = h.ID()
			}
			n, err := w.Settle(w.Context(), w.t, "hold-1", ids, guard.HeldDropped, w.now)
			w.must(err)
			assert.Equal(w, n, len(many))
		},
		"of a group are its members and itself, and no other": func(w *storeWorld) {
			itself, next, before := w.held("", "hold-2"), w.member("a", "hold-1"), w.member("z", "hold-1")
			itself.Group, next.Group, before.Group = "g", "g0", "f"
			w.must(w.Keep(w.Context(), w.t, w.member("b", "hold-1"), itself, w.member("a", "hold-2"), next, before, w.held("g", "hold-1"), w.held("u", "hold-1")))
			w.must(w.Keep(w.Context(), w.other, w.member("c", "hold-1")))
			got, err := w.HeldOf(w.Context(), w.t, "g")
			w.must(err)
			if diff := cmp.Diff([]guard.Held{itself, w.member("a", "hold-2"), w.member("b", "hold-1")}, got); diff != "" {
				w.Errorf("-want +got:\n%s", diff)
			}
			for _, none := range []directory.GroupID{"", "u", "g/a", "no \xff UTF-8"} {
				if got, err := w.HeldOf(w.Context(), w.t, none); err != nil || len(got) != 0 {
					w.Errorf("of %q it is %v, %v", none, got, err)
				}
			}
		},
		"what a hold keeps is listed by its ids": func(w *storeWorld) {
			for _, user := range []directory.UserID{"c", "a", "d", "b"} {
				w.must(w.Keep(w.Context(), w.t, w.held(user, "hold-1")))
			}
			w.must(w.Keep(w.Context(), w.t, w.held("x", "hold-2")))
			w.must(w.Keep(w.Context(), w.other, w.held("y", "hold-1")))
			w.must(w.Keep(w.Context(), w.t, w.member("a", "hold-1"), w.member("b", "hold-1")))
			settled, err := w.Settle(w.Context(), w.t, "hold-1", []guard.HeldID{"b", "g/b"}, guard.HeldApplied, w.now)
			w.must(err)
			assert.Equal(w, settled, 2)
			for _, c := range []struct {
				state guard.HeldState
				after guard.HeldID
				limit int
				want  string
			}{
				{"", "", 10, "[a b c d g/a g/b]"},
				{"", "", 2, "[a b]"},
				{"", "c", 10, "[d g/a g/b]"},
				{"", "g/a", 10, "[g/b]"},
				{guard.Waiting, "", 10, "[a c d g/a]"},
				{guard.Waiting, "a", 1, "[c]"},
				{guard.HeldApplied, "", 10, "[b g/b]"},
			} {
				list, err := w.ListHeld(w.Context(), w.t, "hold-1", c.state, c.after, c.limit)
				w.must(err)
				var ids []guard.HeldID
				for _, h := range list {
					ids = append(ids, h.ID())
				}
				if fmt.Sprint(ids) != c.want {
					w.Errorf("%q after %q, %d: %v, want %s", c.state, c.after, c.limit, ids, c.want)
				}
			}
			counts, err := w.CountHeld(w.Context(), w.t, "hold-1")
			w.must(err)
			if diff := cmp.Diff(guard.Counts{
				guard.KindPerson: {guard.Waiting: 3, guard.HeldApplied: 1}, guard.KindMember: {guard.Waiting: 1, guard.HeldApplied: 1},
			}, counts); diff != "" {
				w.Errorf("counts (-want +got):\n%s", diff)
			}
		},
		"one of racing calls settles who waits in the hold": func(w *storeWorld) {
			w.must(w.Keep(w.Context(), w.t, w.held("u", "hold-1")))
			var settled atomic.Int32
			w.race(func(int) {
				n, err := w.Settle(w.Context(), w.t, "hold-1", []guard.HeldID{"u"}, guard.HeldRejected, w.now)
				if err != nil {
					w.Error(err)
				}
				settled.Add(int32(n))
			})
			if n := settled.Load(); n != 1 {
				w.Errorf("%d settled it", n)
			}
			if got, err := w.Held(w.Context(), w.t, "u"); err != nil || got.State != guard.HeldRejected || !got.Decided.Equal(w.now) {
				w.Errorf("it is %+v, %v", got, err)
			}
			w.must(w.Keep(w.Context(), w.t, w.held("u", "hold-2")))
			for _, hold := range []string{"hold-1", "hold-3"} {
				if n, err := w.Settle(w.Context(), w.t, hold, []guard.HeldID{"u"}, guard.HeldApplied, w.now); n != 0 || err != nil {
					w.Errorf("%s settles who waits in another: %d, %v", hold, n, err)
				}
			}
			if n, err := w.Settle(w.Context(), w.t, "hold-1", []guard.HeldID{"nobody"}, guard.HeldApplied, w.now); n != 0 || err != nil {
				w.Errorf("nobody was settled: %d, %v", n, err)
			}
		},
		"who waits is not forgotten": func(w *storeWorld) {
			w.must(w.Keep(w.Context(), w.t, w.held("u", "hold-1")))
			w.must(w.PruneHeld(w.Context(), w.now.Add(guard.HeldFor+time.Hour)))
			if _, err := w.Held(w.Context(), w.t, "u"); err != nil {
				w.Error(err)
			}
		},
		"a call whose context is done fails": func(w *storeWorld) {
			ctx, cancel := context.WithCancel(w.Context())
			cancel()
			if _, err := w.Hold(ctx, w.t); !errors.Is(err, directory.ErrUnavailable) {
				w.Errorf("it is %v", err)
			}
			if err := w.Keep(ctx, w.t, w.held("u", "h")); !errors.Is(err, directory.ErrUnavailable) {
				w.Errorf("it is %v", err)
			}
		},
	} {
		t.Run(rule, func(t *testing.T) {
			s, tenant, other := open(t)
			prove(&storeWorld{t, s, tenant, other, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)})
		})
	}
}

// race runs do eight times at once.
func (w *storeWorld) race(do func(i int)) {
	var racing sync.WaitGroup
	for i := range 8 {
		racing.Go(func() { do(i) })
	}
	racing.Wait()
}
