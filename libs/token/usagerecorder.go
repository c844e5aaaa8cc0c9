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

// Request is what UsageRecorder records of a request with a token whose secret is right.
type Request struct {
	Tag, TokenID string
	Client       Client
	Address      AddressClass
	Failed       bool   // it was answered with a status of 400 or more
	Refused      Reason // why it was not let in; "": it was
}

// UsageRecorder records which tokens are in use, by which clients and with what success, in
// batches: the first use after a pause within a second, later ones 30 s late at most, and no token
// more often than every 30 s, except at the end. Requests call Record, which does not wait for the
// store; Run writes. While the store is down, the records are held back. A process that is killed
// loses what it has not written. It is safe for concurrent use. Made by NewUsageRecorder.
type UsageRecorder struct {
	record recordFunc

	mu    sync.Mutex
	noted map[used][]tally // since Run last looked

	waiting atomic.Int64 // tokens that Run has looked at and not written
}

// recordFunc is the method of a Store.
type recordFunc func(ctx context.Context, tag string, used map[string]Usage) error

// used names a token that was used.
type used struct{ tag, id string }

// kind is what requests with a token have in common that are counted together.
type kind struct {
	hour    int64 // since 1970
	client  Client
	address AddressClass
	failed  bool
	refused Reason
}

// tally counts the requests of one kind.
type tally struct {
	kind
	first, last time.Time
	n           int64
}

// NewUsageRecorder returns a UsageRecorder that writes with record, the method of a Store.
func NewUsageRecorder(record func(ctx context.Context, tag string, used map[string]Usage) error) *UsageRecorder {
	return &UsageRecorder{record: record, noted: make(map[used][]tally)}
}

// Record adds a request that is answered now. A refused one counts only if the token is dead.
func (u *UsageRecorder) Record(r Request) {
	if r.Refused != "" && !r.Refused.Dead() {
		return
	}
	token := used{r.Tag, r.TokenID}
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	k := kind{now.Unix() / 3600, r.Client, r.Address, r.Failed, r.Refused}
	tallies, known := u.noted[token]
	for i := range tallies {
		if t := &tallies[i]; t.kind == k {
			t.last = now
			t.n++
			return
		}
	}
	if known || len(u.noted) < usageSize {
		u.noted[token] = append(tallies, tally{k, now, now, 1})
	}
}

// Waiting returns how many tokens have a use that is not written down yet. One that was used in two
// rounds may count twice.
func (u *UsageRecorder) Waiting() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.noted) + int(u.waiting.Load())
}

// Run writes until ctx is done, and then writes everything once more. It calls failed each time
// that a write fails. One Run is enough.
func (u *UsageRecorder) Run(ctx context.Context, failed func(error)) {
	b := book{waiting: make(map[used]Usage), written: make(map[used]time.Time)}
	for pause, last := usageRound, false; !last; {
		select {
		case <-ctx.Done():
			last = true
		case <-time.After(pause):
		}
		b.add(u.take())
		if last {
			clear(b.written) // all is written now, so no token is too early
		}
		pause = usageRound
		if err := b.write(context.WithoutCancel(ctx), u.record); err != nil {
			failed(fmt.Errorf("record the use of tokens: %w", err))
			pause = usageRetry
		}
		u.waiting.Store(int64(len(b.waiting)))
	}
}

func (u *UsageRecorder) take() map[used][]tally {
	u.mu.Lock()
	defer u.mu.Unlock()
	noted := u.noted
	u.noted = make(map[used][]tally)
	return noted
}

// usage returns the tally as a Usage.
func (t tally) usage() Usage {
	hour := Hour{At: time.Unix(t.hour*3600, 0).UTC()}
	if t.refused != "" {
		hour.Refused = t.n
		return Usage{Hours: []Hour{hour}, Refused: []Seen[Reason]{{t.refused, t.last}}}
	}
	hour.Requests = t.n
	if t.failed {
		hour.Failures = t.n
	}
	return Usage{
		FirstUsedAt: t.first, LastUsedAt: t.last, Hours: []Hour{hour},
		Clients: []Seen[Client]{{t.client, t.last}}, Addresses: []Seen[AddressClass]{{t.address, t.last}},
	}
}

// book is the state of Run.
type book struct {
	waiting map[used]Usage     // that is not written yet
	written map[used]time.Time // when a token was written, within the last usagePause
}

func (b book) add(noted map[used][]tally) {
	for token, tallies := range noted {
		use, waits := b.waiting[token]
		_, early := b.written[token]
		if !waits && !early && len(b.waiting)+len(b.written) >= usageSize {
			continue
		}
		for _, t := range tallies {
			use = use.Plus(t.usage()).Since(t.last.Add(-UsageMemory))
		}
		b.waiting[token] = use
	}
}

// write writes what is pending and not too early, an organisation at a time, up to the first
// failure: if the store is down, it is down for all.
func (b book) write(ctx context.Context, record recordFunc) error {
	now := time.Now()
	maps.DeleteFunc(b.written, func(_ used, at time.Time) bool { return now.Sub(at) >= usagePause })
	due := make(map[string]map[string]Usage) // by tag and id
	for token, use := range b.waiting {
		if _, early := b.written[token]; early {
			continue
		}
		if due[token.tag] == nil {
			due[token.tag] = make(map[string]Usage)
		}
		due[token.tag][token.id] = use
	}
	for tag, uses := range due {
		if err := record(ctx, tag, uses); err != nil {
			return err
		}
		for id := range uses {
			delete(b.waiting, used{tag, id})
			b.written[used{tag, id}] = time.Now()
		}
	}
	return nil
}
