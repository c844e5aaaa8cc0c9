package redisclient

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestARedisThatIsAwayCostsALineInTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var lines strings.Builder
		c := &complaints{log: slog.New(slog.NewTextHandler(&lines, nil))}
		for range 600 { // a minute
			c.Printf(t.Context(), "dial tcp %s: connection refused", "192.0.2.1:6379")
			time.Sleep(100 * time.Millisecond)
		}
		if n := strings.Count(lines.String(), "\n"); n != 6 {
			t.Errorf("%d lines in a minute, want 6", n)
		}
	})
}
