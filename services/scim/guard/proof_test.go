package guard_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/guard/guardtest"
	"github.com/devrev/scim/services/scim/mongostore"
)

// killed is a Store of a process that is killed with the call after so many people were settled:
// the person was changed, and that is not written down.
type killed struct {
	guard.Store
	left atomic.Int64
}

var errKilled = errors.New("killed")

func (k *killed) Settle(ctx context.Context, t directory.Tenant, hold string, ids []guard.HeldID, to guard.HeldState, at time.Time) (int, error) {
	if k.left.Add(-1) < 0 {
		return 0, errKilled
	}
	return k.Store.Settle(ctx, t, hold, ids, to, at)
}

// stores has what makes a world one on each store. It begins on the file.
func stores() map[string]func(t *testing.T, w *world) {
	return map[string]func(t *testing.T, w *world){
		"embedded": func(*testing.T, *world) {},
		"mongodb": func(t *testing.T, w *world) {
			t.Helper()
			s := mongostore.New(mongotest.Database(t))
			w.Must(s.Prepare(t.Context()))
			w.Directory, w.Holds = s, s
			w.Users, w.Groups = directory.NewUsers(s, time.Now), directory.NewGroups(s, time.Now)
		},
	}
}

// TestAPushThatDeactivatesEverybody is held beyond the limit, however many processes receive it,
// and no wish is lost: after an approval during which processes are killed, everybody has left.
func TestAPushThatDeactivatesEverybody(t *testing.T) {
	t.Parallel()
	people := guardtest.People(t, 200)
	for name, open := range stores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := newHoldingWorld(t, 0)
			open(t, w)
			w.Org.Guard.People.Count, w.Org.Guard.People.Percent = 20, 10
			w.watch = w.process()
			ids := w.people(people)

			const processes, requests = 2, 4
			watches := []*guard.Watch{w.watch, w.process()}
			var left, held atomic.Int64
			var clients sync.WaitGroup
			for i := range processes * requests {
				clients.Go(func() {
					for at := i; at < len(ids); at += processes * requests {
						switch refusal := w.leave(watches[i%processes], ids[at]); {
						case refusal == nil:
							left.Add(1)
						case refusal.Status == 429:
							held.Add(1)
						default:
							t.Errorf("%s: %v: %v", ids[at], refusal, refusal.Cause)
						}
					}
				})
			}
			clients.Wait()
			limit := int64(max(20, people/10))
			if n := left.Load(); n < limit || n > limit+processes {
				t.Errorf("%d left, want %d, and %d more at most", n, limit, processes)
			}
			hold := w.holdReport()
			if enabled := w.enabled(ids); enabled != people-int(left.Load()) || hold.People[guard.Waiting] != enabled || held.Load() != int64(enabled) {
				t.Fatalf("%d left, %d were held, %d are enabled, the hold is %+v", left.Load(), held.Load(), enabled, hold)
			}

			w.decide(guard.Approved)
			whole := w.Holds
			for kills := 0; ; kills++ {
				dying := &killed{Store: whole}
				dying.left.Store(int64(people / 7))
				w.Holds = dying
				err := w.process().Tend(t.Context())
				w.Holds = whole
				if err == nil {
					if kills < 5 {
						t.Errorf("it was killed %d times only", kills)
					}
					break
				}
				if !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
			}
			hold = w.holdReport()
			if n := w.enabled(ids); n != 0 || hold.State != guard.HoldDecided || hold.People[guard.HeldApplied] != int(held.Load()) {
				t.Errorf("%d are enabled, the hold is %+v", n, hold)
			}
			if got := w.actions(); len(got) != 2 || got[1] != audit.ActionApprove {
				t.Errorf("the audit has %v", got)
			}
		})
	}
}
