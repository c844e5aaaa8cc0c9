package token_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
)

// feed is a token.Feed whose events a test sends, or the error with which it is lost.
type feed struct {
	events chan token.Event
	lost   chan error
}

func (f feed) Follow(ctx context.Context, hear func(token.Event)) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-f.lost:
			return err
		case e := <-f.events:
			hear(e)
		}
	}
}

// caching is a Cache before a store of one token, and the feed that it follows. It lives in a
// synctest bubble.
type caching struct {
	*token.Cache
	t      *testing.T
	token  token.Token
	store  *lookup
	feed   feed
	failed []error
}

// newCaching returns a Cache that has received a first heartbeat.
func newCaching(t *testing.T) *caching {
	t.Helper()
	secret, l := issued(t)
	c := &caching{
		Cache: token.NewCache(token.NewVerifier(l, keyring(t, "k1"), nil)),
		t:     t, token: secret, store: l,
		feed: feed{make(chan token.Event), make(chan error)},
	}
	go c.Run(t.Context(), c.feed, func(err error) { c.failed = append(c.failed, err) })
	c.tell(token.Event{})
	return c
}

func (c *caching) tell(e token.Event) {
	c.feed.events <- e
	synctest.Wait()
}

// pass lets time pass with a heartbeat in every second.
func (c *caching) pass(d time.Duration) {
	for ; d >= time.Second; d -= time.Second {
		time.Sleep(time.Second)
		c.tell(token.Event{})
	}
	time.Sleep(d)
}

// verify returns how often the store was read.
func (c *caching) verify() (asked int, err error) {
	before := c.store.asked
	_, err = c.Verify(c.t.Context(), "Bearer "+c.token.Reveal())
	return c.store.asked - before, err
}

// wantAsked verifies the token and fails the test unless it is accepted with that many reads of the
// store.
func (c *caching) wantAsked(when string, want int) {
	c.t.Helper()
	if asked, err := c.verify(); err != nil || asked != want {
		c.t.Errorf("%s: %d reads of the store, want %d; error %v", when, asked, want, err)
	}
}

func TestCacheRemembers(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]func(t *testing.T, c *caching){
		"a token that was let in for 5 s, whatever happens in them": func(_ *testing.T, c *caching) {
			c.wantAsked("at first", 1)
			c.pass(4 * time.Second)
			c.wantAsked("after 4 s", 0)
			c.pass(time.Second - 1)
			c.wantAsked("just before 5 s", 0)
			time.Sleep(time.Nanosecond)
			c.wantAsked("after 5 s", 1)
		},
		"a token no longer than it lives": func(t *testing.T, c *caching) {
			c.store.record.ExpiresAt = time.Now().Add(2 * time.Second)
			c.wantAsked("at first", 1)
			c.pass(2*time.Second - 1)
			c.wantAsked("just before its end", 0)
			time.Sleep(time.Nanosecond)
			if _, err := c.verify(); reason(err) != token.ReasonExpired {
				t.Errorf("at its end: error %v", err)
			}
		},
		"the token, and not how it was sent": func(t *testing.T, c *caching) {
			c.wantAsked("at first", 1)
			for header, bare := range map[string]bool{c.token.Reveal(): true, "bearer  " + c.token.Reveal(): false} {
				p, err := c.Verify(t.Context(), header)
				if err != nil || p.WithoutScheme != bare {
					t.Errorf("bare %t: Principal.WithoutScheme is %t, error %v", bare, p.WithoutScheme, err)
				}
			}
			if c.store.asked != 1 {
				t.Errorf("%d reads of the store", c.store.asked)
			}
		},
		"the Verifier's result": func(t *testing.T, c *caching) {
			first, err := c.Verify(t.Context(), c.token.Reveal())
			assert.NilError(t, err)
			again, err := c.Verify(t.Context(), c.token.Reveal())
			assert.NilError(t, err)
			if first.Cached || !again.Cached {
				t.Errorf("Cached is %t at first and %t again", first.Cached, again.Cached)
			}
			first.Cached = true
			if diff := cmp.Diff(first, again); diff != "" {
				t.Errorf("Verify, again (-first +again):\n%s", diff)
			}
		},
		"nothing of a refusal": func(t *testing.T, c *caching) {
			c.store.record.RevokedAt = time.Now()
			for range 2 {
				if asked, err := c.verify(); asked != 1 || reason(err) != token.ReasonRevoked {
					t.Errorf("%d reads of the store, error %v", asked, err)
				}
			}
			c.store.record.RevokedAt = time.Time{}
			c.wantAsked("let in again", 1)
		},
		"nothing of a token with another secret": func(t *testing.T, c *caching) {
			c.wantAsked("the right one", 1)
			_, err := c.Verify(t.Context(), withSecretOf(t, c.token, token.New(c.token.Tag())).Reveal())
			if reason(err) != token.ReasonWrongSecret {
				t.Errorf("error %v", err)
			}
		},
		"nothing of an outage, and outlasts it": func(t *testing.T, c *caching) {
			c.wantAsked("before it", 1)
			c.store.err = token.ErrUnavailable
			c.pass(5*time.Second - 1)
			c.wantAsked("for 5 s", 0)
			time.Sleep(time.Nanosecond)
			for range 2 {
				if asked, err := c.verify(); asked != 1 || !errors.Is(err, token.ErrUnavailable) || reason(err) != "" {
					t.Errorf("after 5 s: %d reads of the store, error %v", asked, err)
				}
			}
			c.store.err = nil
			c.wantAsked("when it is over", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { rule(t, newCaching(t)) })
		})
	}
}

func TestCacheForgets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event  func(token.Token) token.Event
		forget bool
	}{
		"a token that was revoked":            {func(s token.Token) token.Event { return token.Event{Tag: s.Tag(), TokenID: s.ID()} }, true},
		"all tokens of an organisation":       {func(s token.Token) token.Event { return token.Event{Tag: s.Tag()} }, true},
		"not another token":                   {func(s token.Token) token.Event { return token.Event{Tag: s.Tag(), TokenID: token.New(s.Tag()).ID()} }, false},
		"not a token of another organisation": {func(token.Token) token.Event { return token.Event{Tag: token.NewTag()} }, false},
		"nothing by a heartbeat":              {func(token.Token) token.Event { return token.Event{} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				caching := newCaching(t)
				caching.wantAsked("before", 1)
				caching.tell(c.event(caching.token))
				asked := 0
				if c.forget {
					asked = 1
				}
				caching.wantAsked("after", asked)
				caching.wantAsked("after that", 0)
			})
		})
	}
}

// A token that cannot be removed in time must not be cached.
func TestCacheNeedsItsFeed(t *testing.T) {
	t.Parallel()
	for name, rule := range map[string]func(t *testing.T, c *caching){
		"nothing is remembered once it was silent for 3 s": func(t *testing.T, c *caching) {
			c.wantAsked("before", 1)
			time.Sleep(3*time.Second - 1)
			c.wantAsked("just before 3 s", 0)
			if !c.Fed() {
				t.Error("just before 3 s it is not fed")
			}
			time.Sleep(time.Nanosecond)
			for range 2 {
				c.wantAsked("after 3 s", 1)
			}
			if c.Fed() {
				t.Error("after 3 s it is fed")
			}
		},
		"nothing from before a silence is remembered after it": func(_ *testing.T, c *caching) {
			c.wantAsked("before", 1)
			time.Sleep(3 * time.Second)
			c.tell(token.Event{})
			c.wantAsked("after", 1)
			c.wantAsked("after that", 0)
		},
		"a read that began before a silence and ended after it is not cached": func(_ *testing.T, c *caching) {
			c.store.before = func() {
				time.Sleep(3 * time.Second)
				c.tell(token.Event{})
			}
			c.wantAsked("over the silence", 1)
			c.store.before = nil
			c.wantAsked("after", 1)
		},
		"a read that began before an event and ended after it is not cached": func(_ *testing.T, c *caching) {
			c.store.before = func() { c.tell(token.Event{Tag: c.token.Tag(), TokenID: c.token.ID()}) }
			c.wantAsked("over the event", 1)
			c.store.before = nil
			c.wantAsked("after", 1)
		},
		"a read that began before a heartbeat and ended after it is cached": func(_ *testing.T, c *caching) {
			c.store.before = func() { c.tell(token.Event{}) }
			c.wantAsked("over the heartbeat", 1)
			c.wantAsked("after", 0)
		},
		"a long answer is as old as its question": func(_ *testing.T, c *caching) {
			c.store.before = func() { c.pass(4 * time.Second) }
			c.wantAsked("for 4 s", 1)
			c.store.before = nil
			c.pass(time.Second)
			c.wantAsked("1 s after", 1)
		},
		"a lost feed is reported and followed again after a second": func(t *testing.T, c *caching) {
			lost := errors.New("connection reset")
			c.feed.lost <- lost
			synctest.Wait()
			if len(c.failed) != 1 || !errors.Is(c.failed[0], lost) {
				t.Errorf("reported %v", c.failed)
			}
			c.wantAsked("at first", 1)
			start := time.Now()
			c.tell(token.Event{}) // waits until it is followed
			if took := time.Since(start); took != time.Second {
				t.Errorf("followed again after %v", took)
			}
			c.wantAsked("after a silence of less than 3 s", 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { rule(t, newCaching(t)) })
		})
	}
	t.Run("without one nothing is remembered", func(t *testing.T) {
		t.Parallel()
		secret, l := issued(t)
		l.record.ExpiresAt = time.Time{}
		c := token.NewCache(token.NewVerifier(l, keyring(t, "k1"), nil))
		for range 3 {
			if _, err := c.Verify(t.Context(), secret.Reveal()); err != nil {
				t.Fatal(err)
			}
		}
		if l.asked != 3 || c.Fed() {
			t.Errorf("%d reads of the store, want 3; fed %t", l.asked, c.Fed())
		}
	})
}

// A dump of the process must not be a list of tokens.
func TestCacheHoldsNoToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCaching(t)
		c.wantAsked("at first", 1)
		if s := fmt.Sprintf("%+v", c.Cache); !strings.Contains(s, c.token.ID()) || strings.Contains(s, c.token.Reveal()[28:40]) {
			t.Error("the secret can be read in the cache, or nothing can")
		}
	})
}

func TestCacheIsConcurrent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCaching(t)
		c.wantAsked("at first", 1)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					if _, err := c.Verify(t.Context(), c.token.Reveal()); err != nil {
						t.Error(err)
					}
				}
			})
			wg.Go(func() {
				for range 100 {
					c.feed.events <- token.Event{Tag: token.NewTag()}
				}
			})
		}
		wg.Wait()
	})
}

func BenchmarkCache(b *testing.B) {
	secret, l := issued(b)
	l.record.ExpiresAt = time.Time{}
	c, authorization := token.NewCache(token.NewVerifier(l, keyring(b, "k1"), nil)), "Bearer "+secret.Reveal()
	f := feed{events: make(chan token.Event)}
	go c.Run(b.Context(), f, func(error) {})
	f.events <- token.Event{}
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%1024 == 0 {
			select {
			case <-beat.C:
				f.events <- token.Event{}
			default:
			}
		}
		if _, err := c.Verify(b.Context(), authorization); err != nil {
			b.Fatal(err)
		}
	}
	if b.N > 1_000_000 && l.asked > b.N/1000 {
		b.Errorf("%d reads of the store in %d requests", l.asked, b.N)
	}
}

// reason returns why a token was refused; "" if it was not.
func reason(err error) token.Reason {
	refusal, _ := errors.AsType[*token.Refusal](err)
	if refusal == nil {
		return ""
	}
	return refusal.Reason
}
