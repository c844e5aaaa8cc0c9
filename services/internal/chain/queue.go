package chain

import (
	"context"
	"hash/maphash"
)

// queues let one append of this process at a time to the chain of an organisation. The unique index
// decides without them; they keep many at once from getting into each other's way. Organisations
// may share a queue.
type queues struct {
	seed  maphash.Seed
	turns [64]chan struct{}
}

func newQueues() *queues {
	q := &queues{seed: maphash.MakeSeed()}
	for n := range q.turns {
		q.turns[n] = make(chan struct{}, 1)
	}
	return q
}

// enter waits for a turn, which ends when the caller leaves. The error is that of ctx.
func (q *queues) enter(ctx context.Context, org string) (leave func(), err error) {
	turn := q.turns[maphash.String(q.seed, org)%uint64(len(q.turns))]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
