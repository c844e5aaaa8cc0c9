package token_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/token"
)

// ledger is a store's RecordUsage that records its calls with their times.
type ledger struct {
	mu      sync.Mutex
	entries []entry
	calls   int
	err     error
	takes   time.Duration
}

// entry is one token in one call.
type entry struct {
	Tag, ID            string
	First, Used, Wrote time.Duration // since the start
	Count              token.Count
}

// bubbleStart is the time at which every synctest bubble begins.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func (l *ledger) recordUsage(ctx context.Context, tag string, used map[string]token.Usage) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	time.Sleep(l.takes)
	l.calls++
	if err := errors.Join(l.err, ctx.Err()); err != nil {
		return err
	}
	for id, use := range used {
		l.entries = append(l.entries, entry{
			tag, id, use.FirstUsedAt.Sub(bubbleStart), use.LastUsedAt.Sub(bubbleStart), time.Since(bubbleStart), use.Sum(),
		})
	}
	return nil
}

// answer sets what recordUsage answers from now on, and after what time.
func (l *ledger) answer(err error, takes time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err, l.takes = err, takes
}

func (l *ledger) wantCalls(t *testing.T, when string, want int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.calls != want {
		t.Errorf("%s: %d calls, want %d", when, l.calls, want)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	a := token.Request{Tag: "acme", TokenID: "a", Client: token.ClientOkta}
	b := token.Request{Tag: "acme", TokenID: "b", Client: token.ClientOkta}
	other := token.Request{Tag: "other", TokenID: "a", Client: token.ClientOkta}
	once := token.Count{Requests: 1}
	const half = 500 * time.Millisecond
	for name, rule := range map[string]func(t *testing.T, u *token.UsageRecorder, l *ledger, stop func()) []entry{
		"a first use is written within a second, with its time": func(_ *testing.T, u *token.UsageRecorder, _ *ledger, _ func()) []entry {
			time.Sleep(700 * time.Millisecond)
			u.Record(a)
			time.Sleep(time.Second)
			return []entry{{"acme", "a", 700 * time.Millisecond, 700 * time.Millisecond, time.Second, once}}
		},
		"later uses are written together after 30 s": func(_ *testing.T, u *token.UsageRecorder, _ *ledger, stop func()) []entry {
			time.Sleep(5 * time.Millisecond)
			for range 31 * 100 {
				u.Record(a)
				time.Sleep(10 * time.Millisecond)
			}
			const ms = time.Millisecond
			stop()
			return []entry{
				{"acme", "a", 5 * ms, 495 * ms, half, token.Count{Requests: 50}},
				{"acme", "a", 505 * ms, 30*time.Second + 495*ms, 30*time.Second + half, token.Count{Requests: 3000}},
				{"acme", "a", 30*time.Second + 505*ms, 30*time.Second + 995*ms, 31*time.Second + 5*ms, token.Count{Requests: 50}}, // the end
			}
		},
		"a use after a rest is written within a second": func(_ *testing.T, u *token.UsageRecorder, _ *ledger, _ func()) []entry {
			u.Record(a)
			later := time.Hour + 100*time.Millisecond
			time.Sleep(later)
			u.Record(a)
			time.Sleep(time.Second)
			return []entry{{"acme", "a", 0, 0, half, once}, {"acme", "a", later, later, time.Hour + half, once}}
		},
		"nothing is written when nothing is used": func(t *testing.T, u *token.UsageRecorder, l *ledger, _ func()) []entry {
			u.Record(a)
			time.Sleep(time.Hour)
			l.wantCalls(t, "in an hour", 1)
			return []entry{{"acme", "a", 0, 0, half, once}}
		},
		"tokens of one organisation are written in one call": func(t *testing.T, u *token.UsageRecorder, l *ledger, _ func()) []entry {
			u.Record(a)
			u.Record(b)
			u.Record(other)
			time.Sleep(time.Second)
			l.wantCalls(t, "for two organisations", 2)
			return []entry{{"acme", "a", 0, 0, half, once}, {"acme", "b", 0, 0, half, once}, {"other", "a", 0, 0, half, once}}
		},
		"requests of all kinds are written together": func(t *testing.T, u *token.UsageRecorder, l *ledger, _ func()) []entry {
			for _, r := range []token.Request{
				a, a,
				{Tag: "acme", TokenID: "a", Client: token.ClientEntra, Failed: true},
				{Tag: "acme", TokenID: "a", Failed: true, Refused: token.ReasonRevoked},
			} {
				u.Record(r)
			}
			time.Sleep(time.Second)
			l.wantCalls(t, "of one token", 1)
			return []entry{{"acme", "a", 0, 0, half, token.Count{Requests: 3, Failures: 1, Refused: 1}}}
		},
		"a refusal is written like a use": func(t *testing.T, u *token.UsageRecorder, l *ledger, _ func()) []entry {
			dead, none := token.Request{Tag: "acme", TokenID: "a", Refused: token.ReasonExpired}, time.Time{}.Sub(bubbleStart)
			time.Sleep(5 * time.Millisecond)
			for range 310 {
				u.Record(dead)
				time.Sleep(100 * time.Millisecond)
			}
			l.wantCalls(t, "in 31 s", 2)
			time.Sleep(time.Hour)
			return []entry{
				{"acme", "a", none, none, half, token.Count{Refused: 5}},
				{"acme", "a", none, none, 30*time.Second + half, token.Count{Refused: 300}},
				{"acme", "a", none, none, time.Minute + half, token.Count{Refused: 5}},
			}
		},
		"a refusal of a client that has not proved to hold the token is not counted": func(_ *testing.T, u *token.UsageRecorder, _ *ledger, stop func()) []entry {
			for _, reason := range []token.Reason{
				token.ReasonMissing, token.ReasonMalformed, token.ReasonUnknown, token.ReasonWrongSecret, token.ReasonDisabled,
			} {
				u.Record(token.Request{Tag: "acme", TokenID: "a", Refused: reason})
			}
			stop()
			return nil
		},
		"an outage is waited for, and costs a call in 2 s": func(t *testing.T, u *token.UsageRecorder, l *ledger, _ func()) []entry {
			l.answer(token.ErrUnavailable, 0)
			u.Record(a)
			u.Record(other)
			time.Sleep(11 * time.Second)
			l.wantCalls(t, "in 11 s", 6)
			if n := u.Waiting(); n != 2 {
				t.Errorf("%d tokens wait, want 2", n)
			}
			u.Record(a)
			l.answer(nil, 0)
			time.Sleep(2 * time.Second)
			if n := u.Waiting(); n != 0 {
				t.Errorf("%d tokens wait after the outage, want none", n)
			}
			at := 12*time.Second + half
			return []entry{{"acme", "a", 0, 11 * time.Second, at, token.Count{Requests: 2}}, {"other", "a", 0, 0, at, once}}
		},
		"a use at the end is written": func(_ *testing.T, u *token.UsageRecorder, _ *ledger, stop func()) []entry {
			time.Sleep(time.Second + 100*time.Millisecond)
			u.Record(a)
			stop()
			at := time.Second + 100*time.Millisecond
			return []entry{{"acme", "a", at, at, at, once}}
		},
		"a request does not wait for the store": func(t *testing.T, u *token.UsageRecorder, l *ledger, stop func()) []entry {
			l.answer(nil, time.Minute)
			u.Record(a)
			time.Sleep(time.Second) // it is being written
			before := time.Now()
			u.Record(b)
			if took := time.Since(before); took > 0 {
				t.Errorf("Record took %v", took)
			}
			stop()
			return []entry{
				{"acme", "a", 0, 0, time.Minute + half, once},
				{"acme", "b", time.Second, time.Second, 2*time.Minute + half, once},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u, l, stop := runUsage(t)
				want := rule(t, u, l, stop)
				stop()
				slices.SortFunc(l.entries, func(a, b entry) int {
					return cmp.Or(cmp.Compare(a.Wrote, b.Wrote), strings.Compare(a.Tag+a.ID, b.Tag+b.ID))
				})
				if diff := gocmp.Diff(want, l.entries); diff != "" {
					t.Errorf("written (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestUsageIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u, l, stop := runUsage(t)
		l.answer(token.ErrUnavailable, 0)
		for n := range 150_000 {
			u.Record(token.Request{Tag: "acme", TokenID: strconv.Itoa(n % 120_000)})
			if n == 90_000 {
				time.Sleep(time.Second) // it is taken over, and kept
			}
		}
		l.answer(nil, 0)
		stop()
		if len(l.entries) != 100_000 {
			t.Errorf("%d tokens are held, want 100,000", len(l.entries))
		}
	})
}

// However 40 tokens are used for ten minutes, no token is written twice within 30 s before the end,
// what List would show is never more than a minute behind, and in the end every request was
// counted.
func TestUsageKeepsItsBounds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u, l, stop := runUsage(t)
		l.answer(nil, 20*time.Millisecond)
		random := rand.New(rand.NewPCG(1, 2))
		noted := map[string][]time.Duration{}
		for time.Since(bubbleStart) < 10*time.Minute {
			n := int(random.ExpFloat64()*8) % 40 // some often, some hardly ever
			id := string(rune('A' + n))
			noted[id] = append(noted[id], time.Since(bubbleStart))
			u.Record(token.Request{Tag: "org-" + string(rune('a'+n%7)), TokenID: id})
			time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
		}
		end := time.Since(bubbleStart)
		stop()
		written := map[string][]entry{}
		for _, e := range l.entries {
			if e.Wrote >= end {
				break // all there was, at once
			}
			if last := written[e.ID]; len(last) > 0 && e.Wrote-last[len(last)-1].Wrote < 30*time.Second {
				t.Errorf("%s was written %v after it was", e.ID, e.Wrote-last[len(last)-1].Wrote)
			}
			written[e.ID] = append(written[e.ID], e)
		}
		counted := map[string]int64{}
		for _, e := range l.entries {
			counted[e.ID] += e.Count.Requests
		}
		for id, uses := range noted {
			if counted[id] != int64(len(uses)) {
				t.Errorf("%d requests of %s were counted, want %d", counted[id], id, len(uses))
			}
			entries := written[id]
			if late := entries[0].Wrote - uses[0]; late > time.Second {
				t.Errorf("the first use of %s was written after %v", id, late)
			}
			for _, use := range uses {
				shown := false
				for _, e := range entries {
					shown = shown || e.Used >= use && e.Wrote <= use+time.Minute
				}
				if !shown && use < 9*time.Minute {
					t.Errorf("the use of %s at %v was not written within a minute", id, use)
				}
			}
		}
	})
}

// runUsage runs a UsageRecorder that writes to a ledger; stop ends it and waits for its end.
func runUsage(t *testing.T) (u *token.UsageRecorder, l *ledger, stop func()) {
	t.Helper()
	l = new(ledger)
	u = token.NewUsageRecorder(l.recordUsage)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		u.Run(ctx, func(err error) {
			if !errors.Is(err, token.ErrUnavailable) {
				t.Errorf("failed: %v", err)
			}
		})
	})
	return u, l, func() {
		cancel()
		running.Wait()
	}
}

func BenchmarkUsage(b *testing.B) {
	u, p := token.NewUsageRecorder(nil), token.Request{Tag: "Tg5kP0aZ", TokenID: "0J8sQ2mXc4Vb", Client: token.ClientOkta, Address: token.AddressPublic}
	for b.Loop() {
		u.Record(p)
	}
}
