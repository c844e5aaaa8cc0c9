package telemetrytest

import (
	"os"
	"testing"
	"time"
)

// Bound logs how long something took. Only with TORTURE=1, which make torture sets on an otherwise
// idle machine, is more than most an error: on a busy machine a duration measures the machine.
func Bound(tb testing.TB, what string, took, most time.Duration) {
	tb.Helper()
	tb.Logf("%s: %v", what, took)
	if os.Getenv("TORTURE") == "1" && took > most {
		tb.Errorf("%s: it took %v, want %v at most", what, took, most)
	}
}
