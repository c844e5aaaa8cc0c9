package ratelimit_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token/ratelimit"
)

func TestRateSlots(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate   ratelimit.Rate
		length time.Duration
		burst  int
	}{
		{ratelimit.Rate{}, 20 * time.Millisecond, 100},
		{ratelimit.Rate{PerSecond: 25}, 40 * time.Millisecond, 50},
		{ratelimit.Rate{Burst: 7}, 20 * time.Millisecond, 7},
		{ratelimit.Rate{PerSecond: 1000, Burst: 1}, time.Millisecond, 1},
		{ratelimit.Rate{PerSecond: -1, Burst: -1}, 20 * time.Millisecond, 100},
	} {
		if length, burst := c.rate.Slots(); length != c.length || burst != c.burst {
			t.Errorf("%+v.Slots() = %v, %d; want %v, %d", c.rate, length, burst, c.length, c.burst)
		}
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]func(t *testing.T, l ratelimit.Limiter){
		"in a minute of ten times the rate, the rate and the burst pass": func(t *testing.T, l ratelimit.Limiter) {
			passed := 0
			for range 60 * 500 {
				if allow(t, l, "org") == 0 {
					passed++
				}
				time.Sleep(2 * time.Millisecond)
			}
			if want := 60*ratelimit.DefaultPerSecond + ratelimit.DefaultBurst; math.Abs(float64(passed-want)) > 0.02*float64(want) {
				t.Errorf("%d passed, want %d within 2%%", passed, want)
			}
		},
		"a client that keeps the rate is never refused": func(t *testing.T, l ratelimit.Limiter) {
			for range 60 * ratelimit.DefaultPerSecond {
				if wait := allow(t, l, "org"); wait > 0 {
					t.Fatalf("refused for %v", wait)
				}
				time.Sleep(time.Second / ratelimit.DefaultPerSecond)
			}
		},
		"a refused client passes after the time in the answer, and not before": func(t *testing.T, l ratelimit.Limiter) {
			for range ratelimit.DefaultBurst {
				allow(t, l, "org")
			}
			time.Sleep(time.Millisecond)
			wait := allow(t, l, "org")
			if wait != 19*time.Millisecond {
				t.Errorf("to wait for %v", wait)
			}
			time.Sleep(wait - 1)
			if again := allow(t, l, "org"); again != 1 {
				t.Errorf("a moment before, to wait for %v", again)
			}
			time.Sleep(time.Nanosecond)
			if again := allow(t, l, "org"); again > 0 {
				t.Errorf("after it, to wait for %v", again)
			}
		},
		"a storm of one organisation takes nothing from another": func(t *testing.T, l ratelimit.Limiter) {
			for range 10 * ratelimit.DefaultBurst {
				allow(t, l, "noisy")
			}
			for range ratelimit.DefaultBurst {
				if wait := allow(t, l, "quiet"); wait > 0 {
					t.Fatalf("refused for %v", wait)
				}
			}
		},
		"a rate that was raised counts at once": func(t *testing.T, l ratelimit.Limiter) {
			slow := ratelimit.Rate{PerSecond: 1, Burst: 100}
			for range slow.Burst {
				if _, ok, _ := l.Allow(t.Context(), "org", slow, ratelimit.Cost{Slots: 1}); !ok {
					t.Fatal("refused within the burst")
				}
			}
			allow(t, l, "org")
			time.Sleep(time.Second)
			if wait := allow(t, l, "org"); wait > 0 {
				t.Errorf("a second after, to wait for %v", wait)
			}
		},
		"when requests race, the burst passes": func(t *testing.T, l ratelimit.Limiter) {
			var wg sync.WaitGroup
			passed := make(chan bool, 3*ratelimit.DefaultBurst)
			for range cap(passed) {
				wg.Go(func() {
					if _, ok, _ := l.Allow(t.Context(), "org", ratelimit.Rate{}, ratelimit.Cost{Slots: 1}); ok {
						passed <- true
					}
				})
			}
			wg.Wait()
			if len(passed) != ratelimit.DefaultBurst {
				t.Errorf("%d passed, want %d", len(passed), ratelimit.DefaultBurst)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { rule(t, ratelimit.NewLocal()) })
		})
	}
}

// limiter is a Limiter with the answers that a test sets.
type limiter struct {
	takes time.Duration
	wait  time.Duration
	err   error
	asked int
}

func (l *limiter) Allow(ctx context.Context, _ string, _ ratelimit.Rate, _ ratelimit.Cost) (time.Duration, bool, error) {
	l.asked++
	select {
	case <-time.After(l.takes):
		return l.wait, l.wait == 0 && l.err == nil, l.err
	case <-ctx.Done():
		return 0, false, ctx.Err()
	}
}

func TestFallback(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]func(t *testing.T, l *ratelimit.Fallback, shared *limiter){
		"the shared limiter decides": func(t *testing.T, l *ratelimit.Fallback, shared *limiter) {
			if wait := allow(t, l, "org"); wait > 0 {
				t.Errorf("to wait for %v", wait)
			}
			shared.wait = time.Second
			if wait := allow(t, l, "org"); wait != time.Second {
				t.Errorf("to wait for %v", wait)
			}
		},
		"a storm reaches the shared limiter at the rate only": func(t *testing.T, l *ratelimit.Fallback, shared *limiter) {
			for range 10 * ratelimit.DefaultBurst {
				allow(t, l, "org")
			}
			if shared.asked != ratelimit.DefaultBurst {
				t.Errorf("%d calls", shared.asked)
			}
		},
		"without the shared limiter the rate passes, and no more": func(t *testing.T, l *ratelimit.Fallback, shared *limiter) {
			shared.err = errors.New("hung up")
			passed := 0
			for range 60 * 500 {
				if allow(t, l, "org") == 0 {
					passed++
				}
				time.Sleep(2 * time.Millisecond)
			}
			if want := 60*ratelimit.DefaultPerSecond + ratelimit.DefaultBurst; math.Abs(float64(passed-want)) > 0.02*float64(want) {
				t.Errorf("%d passed, want %d within 2%%", passed, want)
			}
			if shared.asked > 60 {
				t.Errorf("%d calls in 60 s", shared.asked)
			}
		},
		"a shared limiter that hangs is waited for 100 ms in a second": func(t *testing.T, l *ratelimit.Fallback, shared *limiter) {
			shared.takes = time.Hour
			start := time.Now()
			for range ratelimit.DefaultBurst {
				allow(t, l, "org")
			}
			if took := time.Since(start); took != 100*time.Millisecond || shared.asked != 1 {
				t.Errorf("%d calls in %v", shared.asked, took)
			}
		},
		"a shared limiter that is back decides again within a second": func(t *testing.T, l *ratelimit.Fallback, shared *limiter) {
			shared.err = errors.New("hung up")
			allow(t, l, "org")
			if l.Shared() {
				t.Error("it failed, and Shared reports true")
			}
			shared.err, shared.wait = nil, time.Minute
			time.Sleep(time.Second)
			if wait := allow(t, l, "org"); wait != time.Minute || !l.Shared() {
				t.Errorf("to wait for %v", wait)
			}
		},
		"a client that gives up mutes nothing": func(t *testing.T, l *ratelimit.Fallback, shared *limiter) {
			shared.takes = 50 * time.Millisecond
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, _, err := l.Allow(ctx, "org", ratelimit.Rate{}, ratelimit.Cost{Slots: 1}); err != nil {
				t.Error(err)
			}
			allow(t, l, "org")
			if shared.asked != 2 {
				t.Errorf("%d calls", shared.asked)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				shared := new(limiter)
				rule(t, ratelimit.NewFallback(shared), shared)
			})
		})
	}
}

// allow calls Allow at the default rate and returns how long to wait, 0 if the request passes.
func allow(t *testing.T, l ratelimit.Limiter, tag string) time.Duration {
	t.Helper()
	wait, ok, err := l.Allow(t.Context(), tag, ratelimit.Rate{}, ratelimit.Cost{Slots: 1})
	if ok != (wait == 0) || err != nil {
		t.Fatalf("Allow: %v, %t, error %v", wait, ok, err)
	}
	return wait
}

func BenchmarkLocal(b *testing.B) {
	l := ratelimit.NewLocal()
	for b.Loop() {
		if _, _, err := l.Allow(b.Context(), "org", ratelimit.Rate{}, ratelimit.Cost{Slots: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestARequestMayCostSeveralSlots: what costs more takes more, and what costs more than a burst
// passes after a rest.
func TestARequestMayCostSeveralSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, rate := ratelimit.NewLocal(), ratelimit.Rate{PerSecond: 10, Burst: 20}
		ask := func(cost, paid int, want time.Duration) {
			t.Helper()
			wait, ok, err := l.Allow(t.Context(), "org", rate, ratelimit.Cost{Slots: cost, Paid: paid})
			if wait != want || ok != (want == 0) || err != nil {
				t.Errorf("cost %d beside %d: %v, %v, %v; want to wait for %v", cost, paid, wait, ok, err, want)
			}
		}
		ask(15, 0, 0)
		ask(10, 0, 500*time.Millisecond)
		ask(5, 15, 0)
		ask(1, 0, 100*time.Millisecond)
		ask(1000, 0, 2*time.Second)
		time.Sleep(2 * time.Second)
		ask(1000, 0, 0)
		ask(1, 0, 100*time.Millisecond)
		time.Sleep(100 * time.Millisecond)
		ask(1, 0, 0)
	})
}

// TestAllThatARequestCostsIsABurst: after a rest of a burst every request passes, in however many
// pieces it pays; and who is refused gets one piece further after the time in the answer, with all
// that was paid for once more.
func TestAllThatARequestCostsIsABurst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		const slot = 100 * time.Millisecond
		var taken time.Time
		burst := rapid.IntRange(1, 30).Draw(t, "burst")
		pieces := rapid.SliceOfN(rapid.IntRange(1, 40), 1, 5).Draw(t, "pieces")
		whole := func() (wait time.Duration) {
			paid := 0
			for _, piece := range pieces {
				if taken, wait = ratelimit.Take(taken, now, slot, burst, ratelimit.Cost{Slots: piece, Paid: paid}); wait > 0 {
					return wait
				}
				paid += piece
			}
			return 0
		}
		if wait := whole(); wait > 0 {
			t.Errorf("after a rest, to wait for %v", wait)
		}
		for range rapid.IntRange(0, 3).Draw(t, "others") {
			now = now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "ms")) * time.Millisecond)
			taken, _ = ratelimit.Take(taken, now, slot, burst, ratelimit.Cost{Slots: rapid.IntRange(1, 10).Draw(t, "other")})
		}
		for refused := 0; ; refused++ {
			wait := whole()
			if wait == 0 {
				break
			}
			if refused == len(pieces) {
				t.Fatalf("refused %d times, now for %v", refused+1, wait)
			}
			now = now.Add(wait)
		}
	})
}
