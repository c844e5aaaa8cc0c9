package redisstore_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
)

// Two processes with a cache refuse a revoked token at once, for all that they let it in a moment
// before.
func TestRevocationReachesCaches(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	issuer := announcing(dial(t, server.URL()), 0)
	beat(t, server)
	caches := []*token.Cache{follow(t, server.URL(), server.URL()), follow(t, server.URL(), server.URL())}

	took := make([]time.Duration, 0, 500)
	for range cap(took) {
		i := issue(t, issuer)
		for _, c := range caches {
			for range 2 {
				if _, err := c.Verify(t.Context(), i.token.Reveal()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := issuer.Revoke(t.Context(), i.record.Org, i.record.ID, time.Now()); err != nil {
			t.Fatal(err)
		}
		revoked := time.Now()
		for _, c := range caches {
			waitUntil(t, func() bool { return refused(t, c, i) })
		}
		took = append(took, time.Since(revoked))
	}
	slices.Sort(took)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("from the answer to the first refusal of both: p50 %v, p99 %v, max %v", p50, p99, took[len(took)-1])
	redistest.Bound(t, "p50 from the answer to the first refusal of both", p50, 50*time.Millisecond)
	redistest.Bound(t, "p99 from the answer to the first refusal of both", p99, time.Second)
}

// If the feed does not arrive, or no event is published, it takes 5 s at most.
func TestRevocationReachesCachesWithoutTheFeed(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]func(*redistest.Link) bool{
		"the feed is cut":               func(l *redistest.Link) bool { l.Cut(); return true },
		"the event was never published": func(*redistest.Link) bool { return false },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			s := redisstore.New(dial(t, server.URL()))
			beat(t, server)
			link := redistest.NewLink(t, server.Addr())
			c := follow(t, server.URL(), link.URL())
			i := issue(t, s)
			if _, err := c.Verify(t.Context(), i.token.Reveal()); err != nil {
				t.Fatal(err)
			}
			lost := cut(link)
			if _, err := s.Revoke(t.Context(), i.record.Org, i.record.ID, time.Now()); err != nil {
				t.Fatal(err)
			}
			revoked := time.Now()
			waitUntil(t, func() bool { return refused(t, c, i) })
			took := time.Since(revoked)
			redistest.Bound(t, "refused", took, 5*time.Second+patience)
			if c.Fed() == lost {
				t.Errorf("with the feed lost %t it is fed %t", lost, c.Fed())
			}
		})
	}
}

// Whatever Redis does, a valid token is soon accepted or reported as unavailable, and is accepted
// again soon after.
func TestCacheOutage(t *testing.T) {
	t.Parallel()
	for name, outage := range map[string]struct {
		fail, heal func(*redistest.Server, *redistest.Link)
	}{
		"reset": {
			func(s *redistest.Server, _ *redistest.Link) { s.Kill() },
			func(s *redistest.Server, _ *redistest.Link) { s.Restart() },
		},
		"hung": {
			func(s *redistest.Server, _ *redistest.Link) { s.Pause() },
			func(s *redistest.Server, _ *redistest.Link) { s.Resume() },
		},
		"cut off": {
			func(_ *redistest.Server, l *redistest.Link) { l.Cut() },
			func(_ *redistest.Server, l *redistest.Link) { l.Heal() },
		},
		"2 s slow": {
			func(_ *redistest.Server, l *redistest.Link) { l.Delay(time.Second) },
			func(_ *redistest.Server, l *redistest.Link) { l.Delay(0) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			link := redistest.NewLink(t, server.Addr())
			i := issue(t, redisstore.New(dial(t, server.URL())))
			beat(t, server)
			c := follow(t, link.URL(), link.URL())

			var mu sync.Mutex
			var failed, healed time.Time
			var slowest time.Duration        // in the outage
			var letIn, unavailable time.Time // the last ones
			ctx, stop := context.WithCancel(t.Context())
			var load sync.WaitGroup
			for range 8 {
				load.Go(func() {
					for ; ctx.Err() == nil; time.Sleep(10 * time.Millisecond) {
						start := time.Now()
						_, err := c.Verify(t.Context(), i.token.Reveal())
						end := time.Now()
						mu.Lock()
						if !failed.IsZero() && healed.IsZero() {
							slowest = max(slowest, end.Sub(start))
						}
						switch {
						case err == nil:
							letIn = end
						case errors.Is(err, token.ErrUnavailable):
							unavailable = end
						default:
							t.Errorf("a valid token: %v", err)
						}
						mu.Unlock()
					}
				})
			}
			time.Sleep(500 * time.Millisecond)
			at := func(event *time.Time, happen func(*redistest.Server, *redistest.Link)) {
				happen(server, link)
				mu.Lock()
				defer mu.Unlock()
				*event = time.Now()
			}
			at(&failed, outage.fail)
			time.Sleep(5 * time.Second)
			mu.Lock()
			worked := letIn.Sub(failed)
			mu.Unlock()
			at(&healed, outage.heal)
			waitUntil(t, func() bool {
				mu.Lock()
				defer mu.Unlock()
				return letIn.After(healed)
			})
			time.Sleep(2500 * time.Millisecond) // in which it may be unavailable again
			stop()
			load.Wait()
			t.Logf("worked for %v; slowest %v; last unavailable %v after", worked, slowest, unavailable.Sub(healed))
			redistest.Bound(t, "the token works without Redis", worked, 5*time.Second+patience)
			redistest.Bound(t, "recovering", unavailable.Sub(healed), patience)
			redistest.Bound(t, "the slowest answer", slowest, patience)
		})
	}
}

// follow returns a cache before the store at one URL that follows the feed at another.
func follow(t *testing.T, store, feed string) *token.Cache {
	t.Helper()
	c := token.NewCache(token.NewVerifier(redisstore.New(dialInTime(t, store)), testKeyring(t), nil))
	f := redisstore.NewFeed(dialInTime(t, feed))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx, f, func(error) {}) })
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
	waitUntil(t, c.Fed)
	return c
}

// beat keeps the feed alive as tokend does.
func beat(t *testing.T, server *redistest.Server) {
	t.Helper()
	s := redisstore.New(dial(t, server.URL()))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		for every := time.NewTicker(time.Second); ctx.Err() == nil; {
			_ = s.Beat(ctx) // in an outage there is none
			select {
			case <-ctx.Done():
			case <-every.C:
			}
		}
	})
	t.Cleanup(running.Wait)
	t.Cleanup(cancel)
}

// refused reports whether the token is refused as revoked; any other refusal ends the test.
func refused(t *testing.T, c *token.Cache, i issued) bool {
	t.Helper()
	_, err := c.Verify(t.Context(), i.token.Reveal())
	refusal, ok := errors.AsType[*token.Refusal](err)
	if err != nil && (!ok || refusal.Reason != token.ReasonRevoked) {
		t.Fatalf("Verify: %v", err)
	}
	return ok
}
