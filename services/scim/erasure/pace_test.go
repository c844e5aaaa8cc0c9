package erasure_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/erasure"
)

// TestAnErasureLeavesTheStoreToOthers: of the time that a large organisation takes, a quarter at
// most is spent in the store, whether that is quick or slow.
func TestAnErasureLeavesTheStoreToOthers(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{0, 5 * time.Millisecond, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := &slow{step: step, left: 10}
			began := time.Now()
			if _, err := erasure.New(leaving{}, s).Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			took := time.Since(began)
			t.Logf("11 steps of %v: %v in the store, %v in all", step, s.busy, took)
			if took < 4*s.busy-3*step || took < 10*20*time.Millisecond { // there is no pause after the last step
				t.Errorf("11 steps of %v: %v of %v is spent in the store", step, s.busy, took)
			}
		})
	}
}

// slow is a store in which each step takes a while.
type slow struct {
	step, busy time.Duration
	left       int
}

func (s *slow) EraseSome(context.Context, directory.Tenant, func(context.Context) (bool, error)) (int, error) {
	time.Sleep(s.step)
	s.busy += s.step
	if s.left == 0 {
		return 0, nil
	}
	s.left--
	return 500, nil
}

func (*slow) EraseEntries(context.Context, directory.Tenant, []string) error      { return nil }
func (*slow) EraseUser(context.Context, directory.Tenant, directory.UserID) error { return nil }

// leaving is one organisation that has left.
type leaving struct{}

func (leaving) Left(context.Context) ([]terms.Left, error) {
	return []terms.Left{{Fence: terms.Fence{ID: "acme"}}}, nil
}
func (leaving) IsGone(context.Context, terms.Left) (bool, error) { return true, nil }
func (leaving) Erased(context.Context, terms.Left) error         { return nil }
