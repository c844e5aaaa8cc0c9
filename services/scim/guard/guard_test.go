package guard_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/local/embedded/embeddedtest"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/guard/guardtest"
)

func TestCountersKeepTheContract(t *testing.T) {
	t.Parallel()
	client := harness.Redis(t, redistest.URL(t))
	for name, c := range map[string]guard.Counter{"local": guard.NewLocal(), "redis": redisstore.New(client)} {
		t.Run(name, func(t *testing.T) {
			guardtest.RunCounter(t, func(*testing.T) (guard.Counter, string) { return c, rand.Text() })
		})
	}
}

// world is an organisation with a guard.
type world struct {
	*embeddedtest.World
	watch    *guard.Watch
	counter  *counter
	now      time.Time
	since    time.Time // of SCIM
	disabled bool

	mu       sync.Mutex
	outcomes map[guard.Outcome]int
}

// counter is a Local that can be away.
type counter struct {
	*guard.Local
	away bool
}

func (c *counter) CountLeft(ctx context.Context, tag, of string, n int, window time.Duration, now time.Time) (int, error) {
	if c.away {
		return 0, errors.New("away")
	}
	return c.Local.CountLeft(ctx, tag, of, n, window, now)
}

// newWorld returns an organisation in which more than 3 and more than a quarter is a mass change.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: embeddedtest.NewWorld(t), counter: &counter{Local: guard.NewLocal()}, now: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), outcomes: map[guard.Outcome]int{}}
	mass := terms.Mass{Count: 3, Percent: 25, Minutes: 60}
	w.Org.Guard = terms.Guard{Mode: terms.GuardObserve, People: mass, Members: terms.MemberMass{Mass: mass}}
	w.watch = w.process()
	return w
}

// process returns one more Watch on the same stores and counter.
func (w *world) process() *guard.Watch {
	w.Helper()
	watch, err := guard.New(guard.Deps{
		Counter: w.counter, Holds: w.Holds, Users: w.Users, Groups: w.Groups, Activity: w.Log, Audit: w.Audit, Now: func() time.Time { return w.now },
		Tag: func(context.Context, directory.Tenant) (string, error) { return "tag", nil },
		Organisation: func(context.Context, directory.Tenant) (directory.Organisation, bool, error) {
			return w.Org, !w.disabled, nil
		},
		Since: func(context.Context, directory.Tenant) (time.Time, error) { return w.since, nil },
		Failed: func(_ context.Context, err error) {
			if !w.counter.away {
				w.Error(err)
			}
		},
		Count: func(_ context.Context, outcome guard.Outcome, n int) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.outcomes[outcome] += n
		},
	})
	w.Must(err)
	return watch
}

// people creates so many users.
func (w *world) people(n int) []directory.UserID {
	w.Helper()
	ids := make([]directory.UserID, n)
	for i := range ids {
		u, err := w.Users.Create(w.Context(), w.Org, scim.NewDocument("schemas", []any{scim.UserSchema}, "userName", fmt.Sprintf("u%d", i)), &directory.Change{})
		w.Must(err)
		ids[i] = u.ID
	}
	return ids
}

func (w *world) note(watch *guard.Watch, kind, id string, made *directory.Change) {
	w.Must(watch.Note(w.Context(), w.Org, "tag", activity.Request{RequestID: "R", TokenID: "T", Client: "okta", Method: "DELETE", Resource: activity.Resource{Type: kind, ID: id}}, made))
}

// remove deletes users, one request each, and has them counted.
func (w *world) remove(watch *guard.Watch, ids ...directory.UserID) {
	w.Helper()
	for _, id := range ids {
		made := &directory.Change{}
		w.Must(w.Users.Delete(w.Context(), w.Org, id, made))
		w.note(watch, "User", string(id), made)
	}
	w.flush(watch)
}

func (w *world) flush(watch *guard.Watch) {
	watch.Flush(w.Context(), func(err error) { w.Error(err) })
}

// told returns the notices of the audit.
func (w *world) told() (notices []audit.Entry) {
	w.Helper()
	notices, err := w.Audit.Notices(w.Context(), "", 100)
	w.Must(err)
	return notices
}

func TestAMassChangeOfPeopleIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.people(20)
	w.remove(w.watch, ids[:5]...) // a quarter, and no more
	if told := w.told(); len(told) != 0 {
		t.Fatalf("a quarter is told: %+v", told)
	}
	w.now = w.now.Add(2 * time.Minute)
	w.remove(w.watch, ids[5])
	told := w.told()
	if len(told) != 1 || told[0].Action != audit.ActionObserved || told[0].Result != audit.ResultNoted || told[0].TokenID != "T" ||
		len(told[0].Changes) != 1 || told[0].Changes[0] != (audit.Change{Member: "enabled users", Before: "20", After: "14"}) {
		t.Fatalf("told is %+v", told)
	}
	r, err := w.watch.Report(t.Context(), w.Org)
	w.Must(err)
	if r.People.Left != 6 || len(r.Observed) != 1 || r.Observed[0].Sentence != "6 of 20 enabled people were deactivated or deleted within 60 minutes." ||
		r.Observed[0].Effect != activity.EffectObserved || r.Observed[0].RequestID != "R" || r.Observed[0].Resource.Type != "User" {
		t.Errorf("the report is %+v", r)
	}
	if w.outcomes[guard.Counted] != 6 || w.outcomes[guard.Observed] != 1 || w.outcomes[guard.Uncounted] != 0 {
		t.Errorf("counted was %v", w.outcomes)
	}
}

// TestAMassChangeIsToldOnceInAWindow: whichever process sees it, and once more in the next window.
func TestAMassChangeIsToldOnceInAWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.people(20)
	other := w.process()
	w.remove(w.watch, ids[:4]...)
	w.remove(other, ids[4:8]...)
	w.remove(w.watch, ids[8:10]...)
	w.remove(other, ids[10:12]...)
	if n := len(w.told()); n != 1 || w.outcomes[guard.Observed] != 1 {
		t.Errorf("it is told %d times, counted %v", n, w.outcomes)
	}
	w.now = w.now.Add(time.Hour)
	w.remove(w.watch, ids[12:]...)
	if n := len(w.told()); n != 2 {
		t.Errorf("in the next window it is told %d times in all", n)
	}
}

func TestAMassChangeOfMembersIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.people(8)
	var members []any
	for _, id := range ids {
		members = append(members, scim.NewDocument("value", string(id)))
	}
	group := func(name string) directory.Group {
		g, err := w.Groups.Create(t.Context(), w.Org, scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", name, "members", members), &directory.Change{})
		w.Must(err)
		return g
	}
	emptied, removed := group("Emptied"), group("Removed")
	for _, g := range []directory.Group{emptied, removed} {
		made := &directory.Change{}
		if g.ID == removed.ID {
			w.Must(w.Groups.Delete(t.Context(), w.Org, g.ID, made))
		} else {
			_, err := w.Groups.Replace(t.Context(), w.Org, g.ID, scim.NewDocument("schemas", []any{scim.GroupSchema}, "displayName", "Emptied", "members", members[:4]), made)
			w.Must(err)
		}
		w.note(w.watch, "Group", string(g.ID), made)
		w.flush(w.watch)
	}
	told := w.told()
	if len(told) != 2 || told[0].Changes[0] != (audit.Change{Member: "groups/" + string(emptied.ID) + "/members", Before: "8", After: "4"}) ||
		told[1].Changes[0] != (audit.Change{Member: "groups/" + string(removed.ID) + "/members", Before: "8", After: "0"}) {
		t.Errorf("told is %+v", told)
	}
	r, err := w.watch.Report(t.Context(), w.Org)
	w.Must(err)
	if len(r.Observed) != 2 || r.Observed[1].Resource.ID != string(emptied.ID) || r.Observed[1].Sentence != "4 of 8 members left the group within 60 minutes." {
		t.Errorf("the report is %+v", r)
	}
}

// TestWhatIsNotNoted: who comes, who was not enabled, and all where the guard is off.
func TestWhatIsNotNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	enabled, gone := directory.Snapshot{State: directory.StateActive}, directory.Snapshot{State: directory.StateDeactivated}
	for _, made := range []directory.Change{
		{Effect: directory.EffectCreated, After: enabled},
		{Effect: directory.EffectCreated, After: gone},
		{Effect: directory.EffectUpdated, Before: enabled, After: enabled},
		{Effect: directory.EffectReactivated, Before: gone, After: enabled},
		{Effect: directory.EffectDeleted, Before: gone, After: gone},
		{Effect: directory.EffectUnchanged, Before: gone, After: gone},
	} {
		w.note(w.watch, "User", "1", &made)
	}
	w.note(w.watch, "Group", "2", &directory.Change{Effect: directory.EffectUpdated, Members: directory.MembershipChange{Added: []directory.UserID{"1"}}})
	w.Org.Guard.Mode = terms.GuardOff
	w.note(w.watch, "User", "1", &directory.Change{Effect: directory.EffectDeleted, Before: enabled, After: gone})
	w.flush(w.watch)
	if len(w.outcomes) != 0 {
		t.Errorf("counted was %v", w.outcomes)
	}
}

// TestWithoutACounterNothingIsCounted: it is told in the metric, and the service goes on.
func TestWithoutACounterNothingIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.counter.away = true
	w.note(w.watch, "User", "1", &directory.Change{Effect: directory.EffectDeactivated, Before: directory.Snapshot{State: directory.StateActive}})
	var failed error
	w.watch.Flush(t.Context(), func(err error) { failed = err })
	if failed == nil || !strings.Contains(failed.Error(), "away") || w.outcomes[guard.Uncounted] != 1 || w.outcomes[guard.Counted] != 0 {
		t.Errorf("it is %v, counted %v", failed, w.outcomes)
	}
	_, err := w.watch.Report(t.Context(), w.Org)
	if refusal, ok := errors.AsType[*scim.Error](err); !ok || refusal.Status != 503 {
		t.Errorf("the report: %v", err)
	}
}

// TestItCountsUntilTheEnd: what was noted before the end is counted.
func TestItCountsUntilTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.note(w.watch, "User", "1", &directory.Change{Effect: directory.EffectDeactivated, Before: directory.Snapshot{State: directory.StateActive}})
	w.watch.Run(ctx, func(err error) { t.Error(err) })
	if w.outcomes[guard.Counted] != 1 {
		t.Errorf("counted was %v", w.outcomes)
	}
}
