package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// patience is how long a round over all organisations waits for calls that then fail: a store
	// that is away would keep it for a call's time-out at each of them. A call that is refused at
	// once costs next to nothing of it.
	patience = 10 * time.Second
	// mostTold bounds the errors that a round reports.
	mostTold = 10
)

// failures are the errors of a round over organisations in which each is a matter of its own.
type failures struct {
	now    func() time.Time
	told   []error
	more   int
	waited time.Duration // for calls that failed
}

// try runs one matter of the round.
func (f *failures) try(call func() error) {
	began := f.now()
	if err := call(); err != nil {
		f.waited += f.now().Sub(began)
		f.add(err)
	}
}

func (f *failures) add(err error) {
	if len(f.told) == mostTold {
		f.more++
		return
	}
	f.told = append(f.told, err)
}

// exhausted reports whether the round is to end early.
func (f *failures) exhausted(ctx context.Context) bool {
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
