package harness

import (
	"testing"
	"time"
)

// patience is how long anything may take on a machine that does much else. Nothing waits so long
// when all is well.
const patience = 2 * time.Minute

// Eventually waits until is returns true, and returns how long that took. After two minutes the
// test ends; what says what was waited for.
func Eventually(tb testing.TB, what string, is func() bool) time.Duration {
	tb.Helper()
	start := time.Now()
	for pause := 5 * time.Millisecond; !is(); pause = min(2*pause, 40*time.Millisecond) {
		if time.Since(start) > patience {
			tb.Fatalf("not so within %v: %s", patience, what)
		}
		time.Sleep(pause)
	}
	return time.Since(start)
}
