package harness

import (
	"testing"
	"time"
)

// Eventually waits until is returns true, and returns how long that took. After bound the test
// ends; what says what was waited for.
func Eventually(tb testing.TB, bound time.Duration, what string, is func() bool) time.Duration {
	tb.Helper()
	start := time.Now()
	for !is() {
		if time.Since(start) > bound {
			tb.Fatalf("not so within %v: %s", bound, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(start)
}
