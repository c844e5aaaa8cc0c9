package turns

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
)

func TestTurnsAreTakenInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var turns Turns
		leave, err := turns.Enter(t.Context(), "a")
		assert.NilError(t, err)
		var order, want []int
		var done sync.WaitGroup
		for n := range 20 {
			want = append(want, n)
			done.Go(func() {
				leave, err := turns.Enter(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, n)
				leave()
			})
			synctest.Wait()
		}
		if other, err := turns.Enter(t.Context(), "b"); err != nil {
			t.Errorf("the turn on something else: %v", err)
		} else {
			other()
		}
		if !turns.Wanted("a") || turns.Wanted("b") {
			t.Errorf("a is wanted: %t, b: %t", turns.Wanted("a"), turns.Wanted("b"))
		}
		leave()
		done.Wait()
		assert.DeepEqual(t, order, want)
		if len(turns.open) != 0 {
			t.Errorf("%d turns are remembered for which nobody waits", len(turns.open))
		}
	})
}

func TestWhoGivesUpTakesNoTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var turns Turns
		leave, err := turns.Enter(t.Context(), "a")
		assert.NilError(t, err)
		hasty, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := turns.Enter(hasty, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		leave()
		if turns.Wanted("a") {
			t.Error("it is wanted after all have left")
		}
	})
}
