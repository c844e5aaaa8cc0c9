package web

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"
)

// Gate keeps requests out of a service until what their rules rest on, such as the unique indexes
// of a store, is prepared. Make it with NewGate. It is safe for concurrent use.
type Gate struct {
	name    string
	prepare func(context.Context) error
	open    atomic.Bool
}

// NewGate returns a Gate that opens once prepare has succeeded; nil: it is open. name is what is
// prepared, for an operator.
func NewGate(name string, prepare func(context.Context) error) *Gate {
	g := &Gate{name: name, prepare: prepare}
	g.open.Store(prepare == nil)
	return g
}

// Open prepares and opens the gate, unless it is open. Call it again after an error.
func (g *Gate) Open(ctx context.Context) error {
	if g.IsOpen() {
		return nil
	}
	if err := g.prepare(ctx); err != nil {
		return fmt.Errorf("prepare the %s: %w", g.name, err)
	}
	g.open.Store(true)
	return nil
}

// IsOpen reports whether requests are let in.
func (g *Gate) IsOpen() bool { return g.open.Load() }

// Handle refuses a request while the gate is closed.
func (g *Gate) Handle(*gin.Context) error {
	if g.IsOpen() {
		return nil
	}
	return ErrStarting
}

// Check is the check that the gate is open.
func (g *Gate) Check() Check {
	return Check{Name: g.name, Probe: func(context.Context) error {
		if g.IsOpen() {
			return nil
		}
		return fmt.Errorf("the %s is not prepared yet", g.name)
	}}
}

// Starting returns what a service answers as long as it cannot be made: every request is refused
// as behind a closed gate.
func Starting(cfg Config) http.Handler {
	engine := NewEngine(cfg)
	engine.Use(Handle(func(*gin.Context) error { return ErrStarting }))
	return Normalise(engine)
}
