package directory

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Bounds of the one loop in which changes meet: attempts of one request, and the longest wait between two.
const (
	maxAttempts = 100
	maxBackoff  = 64 * time.Millisecond
)

// update runs attempt, which loads, decides and stores, until it meets no other change. It gives up with the last
// ErrVersionConflict after maxAttempts, or when ctx ends.
func update[T any](ctx context.Context, attempt func() (T, error)) (T, error) {
	backoff := time.Millisecond
	for tried := 1; ; tried++ {
		result, err := attempt()
		if !errors.Is(err, ErrVersionConflict) || tried == maxAttempts {
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
