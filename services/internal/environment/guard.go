package environment

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/format"
	"github.com/devrev/scim/services/internal/web"
)

// Guard keeps requests out from the start until its stores are known to belong together and to hold
// what the program can read, and whenever they are found not to. A store that does not answer
// leaves it as it is. Make it with NewGuard; nil lets everything in, for a program on one store. It
// is safe for concurrent use.
type Guard struct {
	compare func(context.Context) error
	open    atomic.Bool
}

// NewGuard returns a Guard by compare: Compare or Join of a Pair.
func NewGuard(compare func(context.Context) error) *Guard { return &Guard{compare: compare} }

// Probe compares, and opens or closes the guard.
func (g *Guard) Probe(ctx context.Context) error {
	if g == nil {
		return nil
	}
	err := g.compare(ctx)
	switch {
	case err == nil:
		g.open.Store(true)
	case errors.Is(err, ErrApart), errors.Is(err, format.ErrTooOld):
		g.open.Store(false)
	}
	return err
}

// IsOpen reports whether requests are let in.
func (g *Guard) IsOpen() bool { return g == nil || g.open.Load() }

// Handle refuses a request while the guard is closed.
func (g *Guard) Handle(*gin.Context) error {
	if g.IsOpen() {
		return nil
	}
	return web.ErrApart
}

// Checks are that the stores belong together; none without a guard.
func (g *Guard) Checks() []web.Check {
	if g == nil {
		return nil
	}
	return []web.Check{{Name: "environment", Probe: g.Probe}}
}
