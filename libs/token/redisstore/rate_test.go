package redisstore_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
)

func TestAllow(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s := redisstore.New(client)
	second := ratelimit.Rate{PerSecond: 1, Burst: 3}
	for name, rule := range map[string]func(t *testing.T, tag string){
		"the burst passes, and one more after the time in the answer": func(t *testing.T, tag string) {
			rate := ratelimit.Rate{PerSecond: 20, Burst: 5}
			for range rate.Burst {
				if wait := allow(t, s, tag, rate); wait > 0 {
					t.Fatalf("within the burst, to wait for %v", wait)
				}
			}
			wait := time.Duration(0)
			waitUntil(t, func() bool { // one slot comes back every 50 ms, and each of these requests may take that long
				wait = allow(t, s, tag, rate)
				return wait > 0
			})
			if wait > 50*time.Millisecond {
				t.Errorf("after the burst, to wait for %v", wait)
			}
			time.Sleep(wait)
			if wait := allow(t, s, tag, rate); wait > 0 {
				t.Errorf("after that, to wait for %v", wait)
			}
		},
		"a refused request does not prolong the refusal": func(t *testing.T, tag string) {
			for range 20 {
				allow(t, s, tag, second)
			}
			if wait := allow(t, s, tag, second); wait > time.Second {
				t.Errorf("to wait for %v", wait)
			}
		},
		"another organisation has its own": func(t *testing.T, tag string) {
			for range 4 {
				allow(t, s, tag, second)
			}
			if wait := allow(t, s, token.NewTag(), second); wait > 0 {
				t.Errorf("to wait for %v", wait)
			}
		},
		"all that one request costs is a burst": func(t *testing.T, tag string) {
			hourly := ratelimit.Rate{PerSecond: 1, Burst: 3600}
			for _, c := range []struct {
				cost  ratelimit.Cost
				least time.Duration
			}{
				{ratelimit.Cost{Slots: 3000}, 0},
				{ratelimit.Cost{Slots: 3000, Paid: 3000}, 0},
				{ratelimit.Cost{Slots: 3000, Paid: 6000}, 0},
				{ratelimit.Cost{Slots: 600}, 590 * time.Second},
				{ratelimit.Cost{Slots: 600, Paid: 600}, 1190 * time.Second},
				{ratelimit.Cost{Slots: 9000, Paid: 600}, 3590 * time.Second},
			} {
				wait, ok, err := s.Allow(t.Context(), tag, hourly, c.cost)
				if err != nil || ok != (c.least == 0) || wait < c.least || wait > c.least+10*time.Second {
					t.Errorf("%+v: to wait for %v, %v, %v; want %v at least", c.cost, wait, ok, err, c.least)
				}
			}
		},
		"all that is kept is gone after the burst": func(t *testing.T, tag string) {
			began := time.Now()
			for range 4 {
				allow(t, s, tag, second)
			}
			ttl := client.PTTL(t.Context(), "scim:{"+tag+"}:rl").Val()
			const burst, rounding = 3 * time.Second, 2 * time.Millisecond
			if least := burst - time.Since(began) - rounding; ttl < least || ttl > burst {
				t.Errorf("it is kept for %v, want %v to %v", ttl, least, burst)
			}
		},
		"a server whose clock is set back delays no request": func(t *testing.T, tag string) {
			key := "scim:{" + tag + "}:rl"
			ahead := time.Now().Add(5 * time.Minute).UnixMicro()
			assert.NilError(t, client.Set(t.Context(), key, ahead, 0).Err())
			rate := ratelimit.Rate{PerSecond: 20, Burst: 5}
			wait := allow(t, s, tag, rate)
			if wait != 50*time.Millisecond {
				t.Errorf("to wait for %v", wait)
			}
			time.Sleep(wait)
			if wait := allow(t, s, tag, rate); wait > 0 {
				t.Errorf("after that, to wait for %v", wait)
			}
			if ttl := client.PTTL(t.Context(), key).Val(); ttl > time.Second {
				t.Errorf("it is kept for %v", ttl)
			}
		},
		"a value that is not a number is unavailable, not a refusal": func(t *testing.T, tag string) {
			assert.NilError(t, client.HSet(t.Context(), "scim:{"+tag+"}:rl", "a", "hash").Err())
			if _, ok, err := s.Allow(t.Context(), tag, second, ratelimit.Cost{Slots: 1}); ok || !errors.Is(err, token.ErrUnavailable) {
				t.Errorf("Allow: %t, error %v", ok, err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule(t, token.NewTag())
		})
	}
}

// Two processes serve an organisation that sends ten times its rate, and one that keeps to it.
func TestNoisyOrganisation(t *testing.T) {
	t.Parallel()
	url, lasts := redistest.URL(t), 4*time.Second
	rate := ratelimit.Rate{PerSecond: 100, Burst: 100}
	noisy, quiet := token.NewTag(), token.NewTag()
	var asked, calm requests
	var load sync.WaitGroup
	for range 2 {
		l := redisstore.New(dialInTime(t, url))
		load.Go(func() {
			every(lasts, time.Second/(5*time.Duration(rate.PerSecond)), func() { asked.ask(t, l, noisy, rate) })
		})
		load.Go(func() {
			for start := time.Now(); time.Since(start) < lasts; time.Sleep(2 * time.Second / time.Duration(rate.PerSecond)) {
				calm.ask(t, l, quiet, rate)
			}
		})
	}
	load.Wait()
	if n, want, give := asked.passed, asked.byTheRule(rate), asked.uncertainty(rate)+0.02*float64(asked.passed); math.Abs(float64(n-want)) > give {
		t.Errorf("%d of %d requests of the noisy organisation passed, want %d, give or take %.0f", n, len(asked.at), want, give)
	}
	if n := len(calm.at) - calm.passed; n > 0 {
		t.Errorf("%d requests of the quiet organisation were refused", n)
	}
	slices.Sort(calm.took)
	t.Logf("noisy: %d of %d passed; quiet: p50 %v, p99 %v", asked.passed, len(asked.at), calm.took[len(calm.took)/2], calm.took[len(calm.took)*99/100])
}

// Whatever happens to Redis, two processes let through between the rate and twice the rate, and no
// request waits long for that.
func TestLimitWithoutRedis(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*redistest.Server){
		"killed":  (*redistest.Server).Kill,
		"hanging": (*redistest.Server).Pause,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			rate, tag := ratelimit.Rate{PerSecond: 100, Burst: 100}, token.NewTag()
			var asked requests
			var load sync.WaitGroup
			for range 2 {
				l := ratelimit.NewFallback(redisstore.New(dialInTime(t, server.URL())))
				load.Go(func() {
					every(4*time.Second, 2*time.Millisecond, func() { asked.ask(t, l, tag, rate) })
				})
			}
			time.Sleep(time.Second)
			fail(server)
			load.Wait()
			redistest.Bound(t, "the slowest Allow", slices.Max(asked.took), patience)
			n, want, give := float64(asked.passed), float64(asked.byTheRule(rate)), asked.uncertainty(rate)
			if n < 0.9*want-give || n > 2*want+2*give {
				t.Errorf("%.0f of %d requests passed, want %.0f to %.0f, give or take %.0f", n, len(asked.at), want, 2*want, give)
			}
		})
	}
}

// requests are those of one organisation.
type requests struct {
	mu     sync.Mutex
	at     []time.Time // when each was answered
	took   []time.Duration
	passed int
}

func (r *requests) ask(t *testing.T, l ratelimit.Limiter, tag string, rate ratelimit.Rate) {
	t.Helper()
	asked := time.Now()
	wait := allow(t, l, tag, rate)
	answered := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at, r.took = append(r.at, answered), append(r.took, answered.Sub(asked))
	if wait == 0 {
		r.passed++
	}
}

// byTheRule returns how many pass of requests that come when these were answered.
func (r *requests) byTheRule(rate ratelimit.Rate) (passed int) {
	interval := time.Second / time.Duration(rate.PerSecond)
	var used time.Time // until when the rate is used up
	slices.SortFunc(r.at, time.Time.Compare)
	for _, at := range r.at {
		if used.Before(at) {
			used = at
		}
		if next := used.Add(interval); next.Sub(at) <= time.Duration(rate.Burst)*interval {
			used, passed = next, passed+1
		}
	}
	return passed
}

// uncertainty returns by how many byTheRule may be wrong because a request is counted somewhat
// earlier than it is answered.
func (r *requests) uncertainty(rate ratelimit.Rate) float64 {
	return 1 + slices.Max(r.took).Seconds()*float64(rate.PerSecond)
}

// Neither the scripts nor the feed need all keys to be on one node.
func TestLimitAndFeedOnCluster(t *testing.T) {
	t.Parallel()
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{startCluster(t).Addr()}, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = client.Close() })
	s := redisstore.New(client)
	ctx, cancel := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() {
		if err := redisstore.NewFeed(client).Follow(ctx, func(token.Event) { cancel() }); !errors.Is(err, context.Canceled) {
			t.Errorf("Follow: %v", err)
		}
	})
	defer following.Wait()
	defer cancel()
	waitUntil(t, func() bool {
		if err := s.Beat(t.Context()); err != nil {
			t.Errorf("Beat: %v", err)
		}
		return ctx.Err() != nil
	})
	if wait := allow(t, s, token.NewTag(), ratelimit.Rate{}); wait > 0 {
		t.Errorf("to wait for %v", wait)
	}
}

// allow returns how long to wait, 0 if the request passes.
func allow(t *testing.T, l ratelimit.Limiter, tag string, rate ratelimit.Rate) time.Duration {
	t.Helper()
	wait, ok, err := l.Allow(t.Context(), tag, rate, ratelimit.Cost{Slots: 1})
	if ok != (wait == 0) || err != nil {
		t.Errorf("Allow: %v, %t, error %v", wait, ok, err)
	}
	return wait
}

// every calls do at the given pace, and catches up after a delay.
func every(lasts, pause time.Duration, do func()) {
	start := time.Now()
	for n := range int(lasts / pause) {
		time.Sleep(time.Until(start.Add(time.Duration(n) * pause)))
		do()
	}
}

func BenchmarkAllow(b *testing.B) {
	s, tag := redisstore.New(dial(b, redistest.URL(b))), token.NewTag()
	for b.Loop() {
		if _, _, err := s.Allow(b.Context(), tag, ratelimit.Rate{}, ratelimit.Cost{Slots: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
