package directory

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/devrev/scim/services/internal/turns"
)

// Bounds of the one optimistic-concurrency retry loop.
const (
	freeAttempts = 2                     // of one request before it waits for its turn
	maxAttempts  = 20                    // of one request
	maxBackoff   = 64 * time.Millisecond // between two of them
	patience     = 10 * time.Second      // for its turn: no longer than clients wait for an answer
)

// turnOf names a resource: by its id or, where it has none yet, by its name.
func turnOf[ID ~string](t Tenant, id ID) string { return string(t) + "/" + string(id) }

// update runs attempt, which loads, decides and stores, until it meets no other change. Attempts of
// one request that met others wait for their turn on the resource, so that many requests of this
// process cost as much as they would one after the other. It gives up with the last
// ErrVersionConflict after maxAttempts, or when ctx ends.
func update[T any](ctx context.Context, t *turns.Turns, resource string, attempt func() (T, error)) (T, error) {
	backoff := time.Millisecond
	for tried, mine := 0, false; ; {
		if !mine && (tried == freeAttempts || t.Wanted(resource)) {
			waiting, cancel := context.WithTimeout(ctx, patience)
			leave, err := t.Enter(waiting, resource)
			cancel()
			if err != nil {
				var none T
				return none, ErrVersionConflict
			}
			defer leave()
			mine = true
		}
		result, err := attempt()
		if tried++; !errors.Is(err, ErrVersionConflict) || tried == maxAttempts {
			return result, err
		}
		select {
		case <-ctx.Done():
			return result, err
		case <-time.After(rand.N(backoff)): //nolint:gosec // jitter, not a secret
			backoff = min(2*backoff, maxBackoff)
		}
	}
}
