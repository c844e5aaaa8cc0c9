// Package turns lets those of a process who would get into each other's way go one after the other.
// Between processes it does nothing: there what decides is a version or a unique index.
package turns

import (
	"context"
	"fmt"
	"sync"
)

// Turns are the turns on any number of things, each named by a text. The zero value has none, and
// is ready for use.
type Turns struct {
	mu   sync.Mutex
	open map[string]*turn // by name; none that nobody has or waits for
}

type turn struct {
	// place holds one value while somebody has the turn. The runtime serves those who wait in their
	// order.
	place   chan struct{}
	waiting int // how many have the turn or wait for it
}

// Wanted reports whether somebody has or waits for the turn on what is named.
func (t *Turns) Wanted(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open[name] != nil
}

// Enter waits for the turn on what is named, in the order of the calls. The turn ends when the
// caller leaves. The error is that of ctx.
func (t *Turns) Enter(ctx context.Context, name string) (leave func(), err error) {
	t.mu.Lock()
	if t.open == nil {
		t.open = map[string]*turn{}
	}
	mine := t.open[name]
	if mine == nil {
		mine = &turn{place: make(chan struct{}, 1)}
		t.open[name] = mine
	}
	mine.waiting++
	t.mu.Unlock()
	select {
	case mine.place <- struct{}{}:
		return func() { <-mine.place; t.gone(name, mine) }, nil
	case <-ctx.Done():
		t.gone(name, mine)
		return nil, fmt.Errorf("wait for a turn: %w", ctx.Err())
	}
}

func (t *Turns) gone(name string, mine *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.waiting--; mine.waiting == 0 {
		delete(t.open, name)
	}
}
