// Package roundtrips counts what one request asks of the stores. What a request costs is above all
// how often it waits for them, so its log line has the number, and tests bound it.
package roundtrips

import (
	"context"
	"sync/atomic"
)

// Count is how many commands a request has sent so far; a pipeline of Redis is one.
type Count struct{ MongoDB, Redis atomic.Int64 }

type key struct{}

// Into returns a context whose commands are counted in c.
func Into(ctx context.Context, c *Count) context.Context { return context.WithValue(ctx, key{}, c) }

// MongoDB counts a command, unless ctx is of no request.
func MongoDB(ctx context.Context) {
	if c, ok := ctx.Value(key{}).(*Count); ok {
		c.MongoDB.Add(1)
	}
}

// Redis counts a command or pipeline, unless ctx is of no request.
func Redis(ctx context.Context) {
	if c, ok := ctx.Value(key{}).(*Count); ok {
		c.Redis.Add(1)
	}
}
