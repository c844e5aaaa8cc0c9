package directory

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
)

// TestWhoMeetsOthersTakesTurns: many changes of one resource cost few attempts each, since after
// two of them they go one after the other.
func TestWhoMeetsOthersTakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const requests = 50
		var mine turns
		var version, attempts atomic.Int64
		var done sync.WaitGroup
		for range requests {
			done.Go(func() {
				_, err := update(t.Context(), &mine, "resource", func() (struct{}, error) {
					attempts.Add(1)
					read := version.Load()
					time.Sleep(10 * time.Millisecond) // the work
					if !version.CompareAndSwap(read, read+1) {
						return struct{}{}, ErrVersionConflict
					}
					return struct{}{}, nil
				})
				if err != nil {
					t.Errorf("a request gives up: %v", err)
				}
			})
		}
		done.Wait()
		if version.Load() != requests || attempts.Load() > 4*requests {
			t.Errorf("%d changes took %d attempts, want %d and 4 each at most", version.Load(), attempts.Load(), requests)
		}
		if len(mine.open) != 0 {
			t.Errorf("%d resources are remembered for which nobody waits", len(mine.open))
		}
	})
}

func TestTurnsAreTakenInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mine turns
		leave, err := mine.enter(t.Context(), "a")
		assert.NilError(t, err)
		var order []int
		var done sync.WaitGroup
		for n := range 20 {
			done.Go(func() {
				leave, err := mine.enter(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, n)
				leave()
			})
			synctest.Wait()
		}
		if other, err := mine.enter(t.Context(), "b"); err != nil {
			t.Errorf("another resource: %v", err)
		} else {
			other()
		}
		leave()
		done.Wait()
		for i, n := range order {
			if i != n {
				t.Fatalf("the order is %v", order)
			}
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mine turns
		leave, err := mine.enter(t.Context(), "a")
		assert.NilError(t, err)
		defer leave()
		began := time.Now()
		if _, err := mine.enter(t.Context(), "a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != patience {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		_, err = update(t.Context(), &mine, "a", func() (struct{}, error) { return struct{}{}, nil })
		if !errors.Is(err, ErrVersionConflict) {
			t.Errorf("update gives %v, want what becomes 503", err)
		}
	})
}
