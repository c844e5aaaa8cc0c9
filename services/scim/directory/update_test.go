package directory

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/turns"
)

// TestWhoMeetsOthersTakesTurns: many changes of one resource cost few attempts each, since after
// two of them they go one after the other.
func TestWhoMeetsOthersTakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const requests = 50
		var mine turns.Turns
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
		if mine.Wanted("resource") {
			t.Error("a resource is remembered for which nobody waits")
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mine turns.Turns
		leave, err := mine.Enter(t.Context(), "a")
		assert.NilError(t, err)
		defer leave()
		began := time.Now()
		_, err = update(t.Context(), &mine, "a", func() (struct{}, error) { return struct{}{}, nil })
		if !errors.Is(err, ErrVersionConflict) || time.Since(began) != patience {
			t.Errorf("update gives %v after %v, want what becomes 503 after %v", err, time.Since(began), patience)
		}
	})
}
