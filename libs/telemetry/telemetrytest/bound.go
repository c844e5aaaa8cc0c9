package telemetrytest

import (
	"os"
	"testing"
	"time"
)

// Bound logs how long something took. Only where TORTURE=1 says that the machine has nothing else to do, as make torture does, is more than most
// an error: on a busy one a duration tells of the machine.
func Bound(tb testing.TB, what string, took, most time.Duration) {
	tb.Helper()
	tb.Logf("%s: %v", what, took)
	if os.Getenv("TORTURE") == "1" && took > most {
		tb.Errorf("%s: it took %v, want %v at most", what, took, most)
	}
}
