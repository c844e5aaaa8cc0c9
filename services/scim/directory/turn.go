package directory

import (
	"context"
	"sync"
	"time"
)

// turns lets those who change one resource of this process go one after the other, in the order in
// which they came, once they have got into each other's way. Between processes the version alone
// decides.
type turns struct {
	mu   sync.Mutex
	open map[string]*turn // by resource; no resource for which no one waits
}

// patience is how long a request waits for its turn: no longer than clients wait for an answer.
const patience = 10 * time.Second

// turnOf names a resource: by its id or, where it has none yet, by its name.
func turnOf[ID ~string](t Tenant, id ID) string { return string(t) + "/" + string(id) }

type turn struct {
	place   chan struct{} // holds one value while somebody has the turn; the runtime serves those who wait in their order
	waiting int           // and who has it
}

// wanted reports whether a request has or waits for the turn on the resource.
func (t *turns) wanted(resource string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open[resource] != nil
}

// enter waits for the turn on the resource, which ends when the caller leaves. The error is that of
// ctx, or reports that patience ended.
func (t *turns) enter(ctx context.Context, resource string) (leave func(), err error) {
	t.mu.Lock()
	if t.open == nil {
		t.open = map[string]*turn{}
	}
	mine := t.open[resource]
	if mine == nil {
		mine = &turn{place: make(chan struct{}, 1)}
		t.open[resource] = mine
	}
	mine.waiting++
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case mine.place <- struct{}{}:
		return func() { <-mine.place; t.gone(resource, mine) }, nil
	case <-ctx.Done():
		t.gone(resource, mine)
		return nil, ctx.Err()
	}
}

func (t *turns) gone(resource string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.waiting--; mine.waiting == 0 {
		delete(t.open, resource)
	}
}
