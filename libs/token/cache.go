package token

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/devrev/scim/libs/token/internal/recent"
)

const (
	cacheTTL     = 5 * time.Second // so long may a revoked token pass that no event told of
	cacheSilence = 3 * time.Second // a feed that is silent for so long is lost, and events with it
	cacheSize    = 10_000          // tokens; those of the last 5 s on one process
	followPause  = time.Second     // before a lost feed is followed again
)

// Cache is a Verifier that asks the store less often: whom it let in, it lets in for 5 s more without asking. A refusal is
// never remembered, nor is a failure.
//
// It trusts its memory only while it hears a Feed, see Run: an event makes it forget whom it concerns, and 3 s of silence
// everyone, until the feed is back. So a revocation holds at once where the feed arrives, and after 5 s at the latest; and when
// the store is down the tokens in use work a few seconds longer. It is safe for concurrent use. Made by NewCache.
type Cache struct {
	verifier *Verifier

	mu      sync.Mutex
	entries recent.Map[digest, cached]
	heard   time.Time // when the feed was last heard
	epoch   int       // counts what made anything be forgotten: an answer from before may be older than the event
}

type cached struct {
	principal Principal
	until     time.Time
}

// digest is the SHA-256 of a token's text: the cache of a process is no place to find tokens in.
type digest [sha256.Size]byte

func digestOf(text string) digest { return sha256.Sum256([]byte(text)) }

// NewCache returns a Cache of what v answers. Until Run it remembers nothing.
func NewCache(v *Verifier) *Cache {
	return &Cache{verifier: v, entries: recent.New[digest, cached](cacheSize / 2)}
}

// Verify answers as Verifier.Verify.
func (c *Cache) Verify(ctx context.Context, authorization string) (Principal, error) {
	text, bare := credentials(authorization)
	key, asked := digestOf(text), c.verifier.now()
	p, epoch, known := c.recall(key, asked)
	if !known {
		var err error
		if p, err = c.verifier.Verify(ctx, authorization); err != nil {
			return Principal{}, err
		}
		c.remember(key, p, asked, epoch)
	}
	p.Bare, p.Cached = bare, known
	return p, nil
}

// Run hears the feed until ctx is done. failed is told each time that it is lost; a second later it is followed again.
func (c *Cache) Run(ctx context.Context, feed Feed, failed func(error)) {
	for {
		err := feed.Follow(ctx, c.hear)
		if ctx.Err() != nil {
			return
		}
		failed(err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(followPause):
		}
	}
}

// Fed tells whether the feed is heard. If not, every request asks the store.
func (c *Cache) Fed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fed(c.verifier.now())
}

// Heard returns when the feed was last heard, the zero time if never.
func (c *Cache) Heard() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

func (c *Cache) fed(now time.Time) bool { return now.Sub(c.heard) < cacheSilence }

func (c *Cache) recall(key digest, now time.Time) (p Principal, epoch int, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, known := c.entries.Get(key)
	return entry.principal, c.epoch, known && c.fed(now) && now.Before(entry.until)
}

// remember keeps p, asked for at the given time in the given epoch, no longer than its token lives.
func (c *Cache) remember(key digest, p Principal, asked time.Time, epoch int) {
	until := asked.Add(cacheTTL)
	if !p.ExpiresAt.IsZero() && p.ExpiresAt.Before(until) {
		until = p.ExpiresAt
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch == c.epoch && c.fed(c.verifier.now()) {
		c.entries.Set(key, cached{p, until})
	}
}

// hear forgets whom the event concerns, everyone if events may have been missed, and what is too old in any case.
func (c *Cache) hear(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.verifier.now()
	missed := !c.fed(now)
	c.heard = now
	if missed || e != (Event{}) {
		c.epoch++
	}
	c.entries.DeleteFunc(func(_ digest, entry cached) bool {
		return missed || e.concerns(entry.principal) || !now.Before(entry.until)
	})
}
