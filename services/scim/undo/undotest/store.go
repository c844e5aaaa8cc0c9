package undotest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
	"github.com/devrev/scim/services/scim/undo"
)

// RunStore proves the contract of an undo.Store; each rule has tenants of its own.
func RunStore(t *testing.T, s undo.Store) {
	t.Helper()
	for rule, run := range map[string]func(w storeWorld){
		"Job returns a job as it was stored, ErrNotFound if there is none": func(w storeWorld) {
			j := w.job("open 1")
			j.Spans = []undo.Span{{Since: j.At, Until: j.At.Add(time.Hour), TokenID: "T", Resource: history.Resource{Type: history.User, ID: "1"}}}
			j.Only, j.Counts = []undo.Aspect{undo.States}, map[undo.Outcome]int{undo.Undone: 2}
			w.ok(w.Create(w.Context(), w.tenant, j))
			got, err := w.Job(w.Context(), w.tenant, j.ID)
			w.ok(err)
			if diff := cmp.Diff(j, got); diff != "" {
				w.Fatalf("-want +got:\n%s", diff)
			}
			for _, other := range []struct {
				tenant directory.Tenant
				id     string
			}{{w.tenant, uuid.NewString()}, {w.tenant + "x", j.ID}} {
				if _, err := w.Job(w.Context(), other.tenant, other.id); !errors.Is(err, directory.ErrNotFound) {
					w.Fatalf("got %v", err)
				}
			}
		},
		"of Create calls that race for one slot exactly one wins, and a job that is done gives it up": func(w storeWorld) {
			var won atomic.Int32
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					switch err := w.Create(w.Context(), w.tenant, w.job("open 1")); {
					case err == nil:
						won.Add(1)
					case !errors.Is(err, undo.ErrBusy):
						w.Error(err)
					}
				})
			}
			all.Wait()
			if won.Load() != 1 {
				w.Fatalf("%d won", won.Load())
			}
			jobs, err := w.Jobs(w.Context(), w.tenant, "", "", 9)
			w.ok(err)
			j := jobs[0]
			j.State, j.Slot = undo.Done, j.ID
			_, err = w.Put(w.Context(), w.tenant, j)
			w.ok(err)
			w.ok(w.Create(w.Context(), w.tenant, w.job("open 1")))
			other := w
			other.tenant = directory.Tenant("undo-" + uuid.NewString())
			w.ok(w.Create(w.Context(), other.tenant, w.job("open 1")))
		},
		"of Create calls that race for one claim exactly one wins, until it is given up": func(w storeWorld) {
			var won atomic.Int32
			var all sync.WaitGroup
			claiming := func(claims ...string) undo.Job {
				j := w.job(uuid.NewString())
				j.Claims = claims
				return j
			}
			for n := range 8 {
				all.Go(func() {
					switch err := w.Create(w.Context(), w.tenant, claiming("a", string(rune('A'+n)))); {
					case err == nil:
						won.Add(1)
					case !errors.Is(err, undo.ErrBusy):
						w.Error(err)
					}
				})
			}
			all.Wait()
			j, err := w.Claimant(w.Context(), w.tenant, "a")
			if err != nil || won.Load() != 1 || len(j.Claims) != 2 {
				w.Fatalf("%d won, %+v, %v", won.Load(), j, err)
			}
			for range 3 { // those without a claim are in no one's way
				w.ok(w.Create(w.Context(), w.tenant, claiming()))
			}
			w.ok(w.Create(w.Context(), w.tenant+"x", claiming("a")))
			j.Claims = j.Claims[1:]
			j, err = w.Put(w.Context(), w.tenant, j)
			w.ok(err)
			if _, err := w.Claimant(w.Context(), w.tenant, "a"); !errors.Is(err, directory.ErrNotFound) {
				w.Fatalf("got %v", err)
			}
			w.ok(w.Create(w.Context(), w.tenant, claiming("a")))
			if err := w.Create(w.Context(), w.tenant, claiming(j.Claims[0])); !errors.Is(err, undo.ErrBusy) {
				w.Fatalf("got %v", err)
			}
			j.Claims = nil
			_, err = w.Put(w.Context(), w.tenant, j)
			w.ok(err)
		},
		"Put stores the next revision of a job, and refuses one of another": func(w storeWorld) {
			j := w.job("open 1")
			w.ok(w.Create(w.Context(), w.tenant, j))
			j.State, j.Items = undo.Running, 7
			next, err := w.Put(w.Context(), w.tenant, j)
			w.ok(err)
			got, err := w.Job(w.Context(), w.tenant, j.ID)
			w.ok(err)
			if diff := cmp.Diff(next, got); diff != "" || next.Rev != j.Rev+1 || next.Items != 7 {
				w.Fatalf("%+v: %s", next, diff)
			}
			if _, err := w.Put(w.Context(), w.tenant, j); !errors.Is(err, directory.ErrVersionConflict) {
				w.Fatalf("got %v", err)
			}
			if _, err := w.Put(w.Context(), w.tenant, w.job("x")); !errors.Is(err, directory.ErrNotFound) {
				w.Fatalf("got %v", err)
			}
		},
		"Jobs returns the latest first, of one key, behind an id": func(w storeWorld) {
			var made []string
			for n, key := range []string{"a", "b", "a"} {
				j := w.job(string(rune('0' + n)))
				j.Key = key
				w.ok(w.Create(w.Context(), w.tenant, j))
				made = append(made, j.ID)
			}
			for _, c := range []struct {
				key, after string
				limit      int
				want       []string
			}{
				{"", "", 9, []string{made[2], made[1], made[0]}},
				{"a", "", 9, []string{made[2], made[0]}},
				{"", made[2], 1, []string{made[1]}},
				{"c", "", 9, nil},
				{"", "", 0, nil},
				{"", made[0], 9, nil},
			} {
				jobs, err := w.Jobs(w.Context(), w.tenant, c.key, c.after, c.limit)
				w.ok(err)
				var got []string
				for _, j := range jobs {
					got = append(got, j.ID)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					w.Errorf("%+v: -want +got:\n%s", c, diff)
				}
			}
		},
		"Open returns the jobs that are not done": func(w storeWorld) {
			open, done := w.job("open 1"), w.job("open 2")
			w.ok(w.Create(w.Context(), w.tenant, open))
			w.ok(w.Create(w.Context(), w.tenant, done))
			done.State, done.Slot = undo.Done, done.ID
			_, err := w.Put(w.Context(), w.tenant, done)
			w.ok(err)
			refs, err := w.Open(w.Context())
			w.ok(err)
			var mine []string
			for _, ref := range refs {
				if ref.Tenant == w.tenant {
					mine = append(mine, ref.ID)
				}
			}
			if diff := cmp.Diff([]string{open.ID}, mine); diff != "" {
				w.Fatalf("-want +got:\n%s", diff)
			}
		},
		"Items returns the items of one job in their order, each as it was put last": func(w storeWorld) {
			j, other := uuid.NewString(), uuid.NewString()
			item := func(n int, name string) undo.Item {
				return undo.Item{N: n, Resource: history.Resource{Type: history.User, ID: name}, Versions: []int64{2, 3}, Result: undo.Result{Name: name}}
			}
			at := directory.Now(time.Now())
			w.ok(w.PutItems(w.Context(), w.tenant, j, at, []undo.Item{item(1, "b"), item(0, "a"), item(2, "c")}))
			w.ok(w.PutItems(w.Context(), w.tenant, other, at, []undo.Item{item(0, "x")}))
			w.ok(w.PutItems(w.Context(), w.tenant, j, at, []undo.Item{item(1, "B")}))
			w.ok(w.PutItems(w.Context(), w.tenant, j, at, nil))
			for _, c := range []struct {
				from, limit int
				want        []undo.Item
			}{{0, 9, []undo.Item{item(0, "a"), item(1, "B"), item(2, "c")}}, {1, 1, []undo.Item{item(1, "B")}}, {3, 9, nil}, {0, 0, nil}} {
				got, err := w.Items(w.Context(), w.tenant, j, c.from, c.limit)
				w.ok(err)
				if diff := cmp.Diff(c.want, got); diff != "" {
					w.Errorf("%+v: -want +got:\n%s", c, diff)
				}
			}
		},
		"Prune removes nothing that is within its retention": func(w storeWorld) {
			j := w.job("open 1")
			j.At = j.At.Add(-time.Hour) // so that no job of the other rules is older
			w.ok(w.Create(w.Context(), w.tenant, j))
			w.ok(w.Prune(w.Context(), j.At.Add(undo.Retention)))
			_, err := w.Job(w.Context(), w.tenant, j.ID)
			w.ok(err)
		},
		"an ended context is an answer of the contract": func(w storeWorld) {
			ctx, cancel := context.WithCancel(w.Context())
			cancel()
			_, job := w.Job(ctx, w.tenant, "1")
			_, jobs := w.Jobs(ctx, w.tenant, "", "", 1)
			_, items := w.Items(ctx, w.tenant, "1", 0, 1)
			_, open := w.Open(ctx)
			create := w.Create(ctx, w.tenant, w.job("1"))
			_, claimant := w.Claimant(ctx, w.tenant, "1")
			for _, err := range []error{claimant, job, jobs, items, open, create} {
				if !errors.Is(err, directory.ErrUnavailable) {
					w.Fatalf("got %v", err)
				}
			}
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			run(storeWorld{t, s, directory.Tenant("undo-" + uuid.NewString())})
		})
	}
}

type storeWorld struct {
	*testing.T
	undo.Store

	tenant directory.Tenant
}

func (w storeWorld) ok(err error) {
	w.Helper()
	assert.NilError(w, err)
}

func (w storeWorld) job(slot string) undo.Job {
	id := uuid.Must(uuid.NewV7()).String()
	return undo.Job{ID: id, At: directory.Now(time.Now()), State: undo.Planning, Slot: slot, Key: "key", RequestID: "request"}
}
