package redistest

import (
	"cmp"
	"os"
	"testing"
)

// Bound logs what was measured: how long something took, or the MiB that it needed. Only with
// TORTURE=1, which make torture sets on an otherwise idle machine and without the race detector, is
// more than most an error: otherwise such a number measures the machine.
func Bound[N cmp.Ordered](tb testing.TB, what string, measured, most N) {
	tb.Helper()
	tb.Logf("%s: %v", what, measured)
	if os.Getenv("TORTURE") == "1" && measured > most {
		tb.Errorf("%s: %v, want at most %v", what, measured, most)
	}
}
