package issuer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// patience is how long a round over all organisations waits for calls that then fail: a store
	// that is away would keep it for a call's time-out at each of them. A call that is refused at
	// once costs next to nothing of it.
	patience = 10 * time.Second
	// atOnce is how many organisations a round looks at at the same time. A round waits for the
	// stores and computes next to nothing, so it takes that many times less.
	atOnce = 8
	// mostTold bounds the errors that a round reports.
	mostTold = 10
)

// failures are the errors of a round over organisations in which each is a matter of its own. It is
// safe for concurrent use.
type failures struct {
	now func() time.Time

	mu     sync.Mutex
	told   []error
	more   int
	waited time.Duration // for calls that failed
}

// each calls look with the items, atOnce of them at the same time, until the round is exhausted or
// there is an error instead of an item. It returns once all calls have.
func each[T any](ctx context.Context, f *failures, items iter.Seq2[T, error], look func(T)) {
	var looks errgroup.Group
	looks.SetLimit(atOnce)
	for item, err := range items {
		if err != nil {
			f.add(err)
			break
		}
		if f.exhausted(ctx) {
			break
		}
		looks.Go(func() error {
			look(item)
			return nil
		})
	}
	_ = looks.Wait() // which has no errors
}

// try runs one matter of the round.
func (f *failures) try(call func() error) {
	began := f.now()
	if err := call(); err != nil {
		f.mu.Lock()
		f.waited += f.now().Sub(began)
		f.mu.Unlock()
		f.add(err)
	}
}

func (f *failures) add(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.told) == mostTold {
		f.more++
		return
	}
	f.told = append(f.told, err)
}

// exhausted reports whether the round is to end early.
func (f *failures) exhausted(ctx context.Context) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waited >= patience || ctx.Err() != nil
}

// err returns all errors as one, nil if the round was whole.
func (f *failures) err(ctx context.Context) error {
	told := f.told
	if f.more > 0 {
		told = append(told, fmt.Errorf("and %d more", f.more))
	}
	if f.exhausted(ctx) {
		told = append(told, errors.New("the round ended early"))
	}
	return errors.Join(append(told, ctx.Err())...)
}
