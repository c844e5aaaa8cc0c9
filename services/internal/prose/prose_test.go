package prose_test

import (
	"testing"
	"time"

	"github.com/devrev/scim/services/internal/prose"
)

func TestNumbersAndLengthsOfTimeAreSaidInOneUnit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct{ rule, got, want string }{
		{"one", prose.Count(1, "request"), "1 request"},
		{"none", prose.Count(0, "request"), "0 requests"},
		{"a person", prose.Count(2, "person"), "2 people"},
		{"a word in y", prose.Count(2, "entry"), "2 entries"},
		{"a word in ay", prose.Count(2, "day"), "2 days"},
		{"thousands", prose.Count(int64(1234567), "user"), "1,234,567 users"},
		{"no time", prose.Duration(0), "0 seconds"},
		{"just below a minute", prose.Duration(time.Minute - 1), "59 seconds"},
		{"a minute", prose.Duration(time.Minute), "1 minute"},
		{"just below two hours", prose.Duration(2*time.Hour - 1), "119 minutes"},
		{"two hours", prose.Duration(2 * time.Hour), "2 hours"},
		{"just below three days", prose.Duration(72*time.Hour - 1), "71 hours"},
		{"three days", prose.Duration(72 * time.Hour), "3 days"},
		{"less than a minute ago", prose.Ago(now, now.Add(time.Second-time.Minute)), "just now"},
		{"a minute ago", prose.Ago(now, now.Add(-time.Minute)), "1 minute ago"},
		{"in less than a minute", prose.Ago(now, now.Add(time.Minute-time.Second)), "just now"},
		{"in three hours", prose.Ago(now, now.Add(3*time.Hour)), "in 3 hours"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.rule, tt.got, tt.want)
		}
	}
}
