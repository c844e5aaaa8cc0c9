// Package guardtest proves the contract of guard.Counter.
package guardtest

import (
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/services/scim/guard"
)

// RunCounter proves that the counters that open returns keep the contract. tag is of no other test.
func RunCounter(t *testing.T, open func(t *testing.T) (c guard.Counter, tag string)) {
	t.Helper()
	now := time.Date(2026, 11, 30, 12, 0, 30, 0, time.UTC)
	for rule, hold := range map[string]func(t *testing.T, count func(of string, n int, window time.Duration, now time.Time) int){
		"what was never counted is 0": func(t *testing.T, count func(string, int, time.Duration, time.Time) int) {
			t.Helper()
			want(t, 0, count("people", 0, time.Hour, now))
		},
		"counts add up, with these included": func(t *testing.T, count func(string, int, time.Duration, time.Time) int) {
			t.Helper()
			want(t, 1, count("people", 1, time.Hour, now))
			want(t, 8, count("people", 7, time.Hour, now))
			want(t, 8, count("people", 0, time.Hour, now))
		},
		"what was counted is taken back": func(t *testing.T, count func(string, int, time.Duration, time.Time) int) {
			t.Helper()
			count("people", 3, time.Hour, now)
			want(t, 2, count("people", -1, time.Hour, now))
			want(t, 2, count("people", 0, time.Hour, now))
		},
		"each subject is counted by itself": func(t *testing.T, count func(string, int, time.Duration, time.Time) int) {
			t.Helper()
			count("people", 1, time.Hour, now)
			want(t, 2, count("019bd6a1-5d7e-7c2a-9a57-3f0c1d2e4b5a", 2, time.Hour, now))
			want(t, 1, count("people", 0, time.Hour, now))
		},
		"what is older than the window is not in it, to the minute": func(t *testing.T, count func(string, int, time.Duration, time.Time) int) {
			t.Helper()
			count("people", 3, time.Hour, now.Add(-60*time.Minute))
			count("people", 4, time.Hour, now.Add(-59*time.Minute))
			count("people", 5, time.Hour, now.Add(-time.Minute))
			want(t, 9, count("people", 0, time.Hour, now))
			want(t, 5, count("people", 0, 2*time.Minute, now))
			want(t, 0, count("people", 0, time.Minute, now))
		},
		"a window is a day at most": func(t *testing.T, count func(string, int, time.Duration, time.Time) int) {
			t.Helper()
			count("people", 1, time.Hour, now.Add(-24*time.Hour))
			count("people", 2, time.Hour, now.Add(-23*time.Hour-59*time.Minute))
			want(t, 2, count("people", 0, 24*time.Hour, now))
		},
		"none is lost when calls race": func(t *testing.T, count func(string, int, time.Duration, time.Time) int) {
			t.Helper()
			var racing sync.WaitGroup
			for range 8 {
				racing.Go(func() {
					for range 25 {
						count("people", 1, time.Hour, now)
					}
				})
			}
			racing.Wait()
			want(t, 200, count("people", 0, time.Hour, now))
		},
	} {
		t.Run(rule, func(t *testing.T) {
			c, tag := open(t)
			hold(t, func(of string, n int, window time.Duration, now time.Time) int {
				total, err := c.CountLeft(t.Context(), tag, of, n, window, now)
				if err != nil {
					t.Error(err)
				}
				return total
			})
		})
	}
}

func want(t *testing.T, want, got int) {
	t.Helper()
	if got != want {
		t.Errorf("%d left, want %d", got, want)
	}
}
