package console

import (
	"context"
	"sync"
)

// part is what one source of a page gave. Where it gave nothing because it is away, Away says so
// and the page shows the rest.
type part[T any] struct {
	Value T
	Away  string
}

// gather asks several sources at the same time.
type gather struct {
	ctx context.Context //nolint:containedctx // of one page, no longer than it
	wg  sync.WaitGroup
	mu  sync.Mutex
	err error
}

func (v *visit) gather() *gather { return &gather{ctx: v.Request.Context()} }

// from asks one source. A source that is away leaves its part without a value; another error is the
// page's.
func from[T any](g *gather, into *part[T], ask func(context.Context) (T, error)) {
	g.wg.Go(func() {
		value, err := ask(g.ctx)
		switch {
		case err == nil:
			into.Value = value
		case away(err):
			into.Away = sentence(err)
		default:
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.err == nil {
				g.err = err
			}
		}
	})
}

// wait returns when all have answered.
func (g *gather) wait() error {
	g.wg.Wait()
	return g.err
}
