package token

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

const (
	usageRound = 500 * time.Millisecond // a first use waits for the next round
	usagePause = 30 * time.Second       // between two writes about one token
	usageRetry = 2 * time.Second        // after a failure
	usageSize  = 100_000                // tokens; beyond these, uses get lost
)

// Usage writes down when tokens were last used, in batches: the first use after a rest within a second, later ones 30 s late at
// most, and no token more often than every 30 s. Requests call Note, which waits for no store; Run writes. While the store is
// down, the last uses wait for it. It is safe for concurrent use. Made by NewUsage.
type Usage struct {
	touch func(ctx context.Context, tag string, used map[string]time.Time) error

	mu    sync.Mutex
	noted map[used]time.Time // since Run last looked

	waiting atomic.Int64 // tokens that Run has looked at and not written
}

// used names a token that was used.
type used struct{ tag, id string }

// NewUsage returns a Usage that writes with touch, the method of a Store.
func NewUsage(touch func(ctx context.Context, tag string, used map[string]time.Time) error) *Usage {
	return &Usage{touch: touch, noted: make(map[used]time.Time)}
}

// Note takes down that the token of p is used now.
func (u *Usage) Note(p Principal) {
	token, now := used{p.Tag, p.TokenID}, time.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.noted[token]; known || len(u.noted) < usageSize {
		u.noted[token] = now
	}
}

// Waiting returns how many tokens have a use that is not written down yet. One that was used in two rounds may count twice.
func (u *Usage) Waiting() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.noted) + int(u.waiting.Load())
}

// Run writes until ctx is done, and then once more. failed is told each time that the store does not take it. One Run is enough.
func (u *Usage) Run(ctx context.Context, failed func(error)) {
	b := book{waiting: make(map[used]time.Time), written: make(map[used]time.Time)}
	for pause, last := usageRound, false; !last; {
		select {
		case <-ctx.Done():
			last = true
		case <-time.After(pause):
		}
		b.add(u.take())
		pause = usageRound
		if err := b.write(context.WithoutCancel(ctx), u.touch); err != nil {
			failed(fmt.Errorf("record the use of tokens: %w", err))
			pause = usageRetry
		}
		u.waiting.Store(int64(len(b.waiting)))
	}
}

func (u *Usage) take() map[used]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	noted := u.noted
	u.noted = make(map[used]time.Time)
	return noted
}

// book is what Run knows.
type book struct {
	waiting map[used]time.Time // last uses that are not written yet
	written map[used]time.Time // when a token was written, within the last usagePause
}

func (b book) add(noted map[used]time.Time) {
	for token, at := range noted {
		_, waits := b.waiting[token]
		_, early := b.written[token]
		if waits || early || len(b.waiting)+len(b.written) < usageSize {
			b.waiting[token] = at
		}
	}
}

// write writes what waits and is not too early, an organisation at a time, up to the first failure: if the store is down, it
// is for all.
func (b book) write(ctx context.Context, touch func(context.Context, string, map[string]time.Time) error) error {
	now := time.Now()
	maps.DeleteFunc(b.written, func(_ used, at time.Time) bool { return now.Sub(at) >= usagePause })
	due := make(map[string]map[string]time.Time) // by tag and id
	for token, at := range b.waiting {
		if _, early := b.written[token]; early {
			continue
		}
		if due[token.tag] == nil {
			due[token.tag] = make(map[string]time.Time)
		}
		due[token.tag][token.id] = at
	}
	for tag, uses := range due {
		if err := touch(ctx, tag, uses); err != nil {
			return err
		}
		for id := range uses {
			delete(b.waiting, used{tag, id})
			b.written[used{tag, id}] = time.Now()
		}
	}
	return nil
}
