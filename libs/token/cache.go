package token

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/devrev/scim/libs/token/internal/recent"
)

const (
	cacheTTL     = 5 * time.Second // how long a revoked token may still pass if no event arrived
	cacheSilence = 3 * time.Second // a feed that is silent for so long is lost, and events with it
	cacheSize    = 10_000          // tokens; those of the last 5 s on one process
	followPause  = time.Second     // before a lost feed is followed again
)

// Cache is a Verifier that reads the store less often: an accepted token is accepted from memory
// for 5 s. Refusals and failures are not cached.
//
// It uses its memory only while it receives a Feed, see Run: an event removes the tokens that it
// concerns, and 3 s without an event removes all, until the feed is back. So a revocation takes
// effect at once where the feed arrives, and after 5 s at the latest; and when the store is down,
// the tokens in use work a few seconds longer. It is safe for concurrent use. Made by NewCache.
type Cache struct {
	verifier *Verifier

	mu      sync.Mutex
	entries recent.Map[digest, cached]
	heard   time.Time // when the last event arrived
	epoch   int       // counts what made anything be forgotten: an answer from before may be older than the event
}

type cached struct {
	principal Principal
	until     time.Time
}

// digest is the SHA-256 of a token's text: the memory of a process must not contain tokens.
type digest [sha256.Size]byte

func digestOf(text string) digest { return sha256.Sum256([]byte(text)) }

// NewCache returns a Cache of what v answers. Until Run it remembers nothing.
func NewCache(v *Verifier) *Cache {
	return &Cache{verifier: v, entries: recent.New[digest, cached](cacheSize / 2)}
}

// Verify answers as Verifier.Verify.
func (c *Cache) Verify(ctx context.Context, authorization string) (Principal, error) {
	text, withoutScheme := credentials(authorization)
	key, asked := digestOf(text), c.verifier.now()
	p, epoch, known := c.recall(key, asked)
	if !known {
		var err error
		if p, err = c.verifier.Verify(ctx, authorization); err != nil {
			return Principal{}, err
		}
		c.remember(key, p, asked, epoch)
	}
	p.WithoutScheme, p.Cached = withoutScheme, known
	return p, nil
}

// Run follows the feed until ctx is done. It calls failed each time that the feed is lost, and
// follows it again a second later.
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

// Fed reports whether events arrive. If not, every request reads the store.
func (c *Cache) Fed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fed(c.verifier.now())
}

// Heard returns when the last event arrived, the zero time if none has.
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

// remember caches p, requested at the given time in the given epoch, no longer than its token
// lives.
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

// hear removes the tokens that the event concerns, all tokens if events may have been missed, and
// those that are too old in any case.
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
