package redisstore_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

// Two processes serve requests with one token for half an hour, on a clock of the test's. Redis is
// real and takes its own time: a repeated call may be counted twice.
func TestUseIsTold(t *testing.T) {
	t.Parallel()
	url := redistest.URL(t) + "?read_timeout=30s&max_retries=-1"
	synctest.Test(t, func(t *testing.T) {
		client := dial(t, url)
		defer func() { _ = client.Close() }() // before the bubble ends
		s := redisstore.New(client)
		i := issue(t, s)
		p := []*process{runProcess(t, s), runProcess(t, s)}

		var noted token.Usage
		note := func(by *process, r token.Request) {
			r.Tag, r.TokenID, r.Client, r.Address = i.record.Tag, i.record.ID, token.ClientOkta, token.AddressPublic
			by.usage.Record(r)
			more := tokentest.Used(time.Now())
			if r.Failed {
				more.Hours[0].Failures = 1
			}
			noted = noted.Plus(more)
		}
		note(p[0], token.Request{})
		time.Sleep(time.Second)
		wantTold(t, s, i, "the first use, a second later", noted, noted)

		random := rand.New(rand.NewPCG(1, 2))
		var minutesAgo []token.Usage // what was recorded by then
		for range 30 {
			for minute := time.Now().Add(time.Minute); time.Now().Before(minute); {
				note(p[random.IntN(2)], token.Request{Failed: random.IntN(10) == 0})
				time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
			}
			minutesAgo = append(minutesAgo, noted)
			if last := len(minutesAgo) - 1; last > 0 {
				wantTold(t, s, i, "all uses, a minute later", minutesAgo[last-1], noted)
			}
		}
		for _, each := range p {
			for n := 1; n < len(each.writes); n++ {
				if pause := each.writes[n].Sub(each.writes[n-1]); pause < 30*time.Second {
					t.Errorf("a process wrote %v after it had", pause)
				}
			}
			each.stop()
		}
		wantTold(t, s, i, "all, in the end", noted, noted)

		for _, key := range organisationKeys(t, client, i.record.Tag) {
			of := strings.TrimPrefix(key, "scim:{"+i.record.Tag+"}:")
			if ttl := client.PTTL(t.Context(), key).Val(); (of == "u" || strings.HasPrefix(of, "n:")) && ttl <= 0 {
				t.Errorf("%s never expires", key)
			}
		}
	})
}

// process is one that serves requests.
type process struct {
	usage  *token.UsageRecorder
	writes []time.Time
	stop   func()
}

func runProcess(t *testing.T, s *redisstore.Store) *process {
	p := new(process)
	p.usage = token.NewUsageRecorder(func(ctx context.Context, tag string, used map[string]token.Usage) error {
		p.writes = append(p.writes, time.Now())
		return s.RecordUsage(ctx, tag, used)
	})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.usage.Run(ctx, func(err error) { t.Errorf("Run: %v", err) }) })
	p.stop = func() {
		cancel()
		running.Wait()
	}
	return p
}

// wantTold fails the test unless List returns at least least, and no more than most.
func wantTold(t *testing.T, s *redisstore.Store, i issued, what string, least, most token.Usage) {
	t.Helper()
	records, err := s.List(t.Context(), i.record.Org)
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	got, from, to := records[0].Usage, least.Sum(), most.Sum()
	sum := got.Sum()
	if sum.Requests < from.Requests || sum.Requests > to.Requests || sum.Failures < from.Failures || sum.Failures > to.Failures {
		t.Errorf("%s: counted are %+v, want %+v to %+v", what, sum, from, to)
	}
	if got.FirstUsedAt != least.FirstUsedAt || got.LastUsedAt.Before(least.LastUsedAt) || got.LastUsedAt.After(most.LastUsedAt) {
		t.Errorf("%s: used from %v to %v, want from %v to %v or later", what, got.FirstUsedAt, got.LastUsedAt, least.FirstUsedAt, least.LastUsedAt)
	}
	if len(got.Clients) != 1 || got.Clients[0].Name != token.ClientOkta || got.Clients[0].LastAt != got.LastUsedAt {
		t.Errorf("%s: the clients are %v", what, got.Clients)
	}
}

// How long a first use takes to be recorded, on the real clock.
func TestFirstUseIsToldAtOnce(t *testing.T) {
	t.Parallel()
	s := redisstore.New(dial(t, redistest.URL(t)))
	i, p := issue(t, s), runProcess(t, s)
	defer p.stop()
	noted := time.Now()
	p.usage.Record(token.Request{Tag: i.record.Tag, TokenID: i.record.ID, Client: token.ClientOkta, Address: token.AddressPublic})
	waitUntil(t, func() bool {
		records, err := s.List(t.Context(), i.record.Org)
		return err == nil && records[0].LastUsedAt.Sub(noted).Abs() < time.Minute
	})
	took := time.Since(noted)
	redistest.Bound(t, "the first use is listed", took, time.Second+patience)
}

// However many tokens are recorded, RecordUsage is one round trip.
func TestTouchIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	client, sent := dialCounting(t, redistest.URL(t))
	s := redisstore.New(client)
	i := issue(t, s) // and connect
	used := map[string]token.Usage{i.record.ID: tokentest.Used(time.Now()), "another": tokentest.Used(time.Now().Add(-24 * time.Hour))}
	before := sent.Load()
	assert.NilError(t, s.RecordUsage(t.Context(), i.record.Tag, used))
	if n := sent.Load() - before; n != 1 {
		t.Errorf("RecordUsage sent %d times", n)
	}
	before = sent.Load()
	if _, err := s.List(t.Context(), i.record.Org); err != nil {
		t.Fatal(err)
	}
	if n := sent.Load() - before; n != 3 {
		t.Errorf("List sent %d times", n)
	}
}

// A RecordUsage as one process calls it after half a minute, and a List of two tokens that were
// used in each hour of a week.
func BenchmarkEvidence(b *testing.B) {
	s := redisstore.New(dial(b, redistest.URL(b)))
	i, now := issue(b, s), time.Now()
	second := newRecord(i.organisation, token.New(i.organisation.Tag))
	assert.NilError(b, s.Insert(b.Context(), second))
	var week token.Usage
	for hour := range 7 * 24 {
		week = week.Plus(tokentest.Used(now.Add(-time.Duration(hour) * time.Hour)))
	}
	for _, used := range []map[string]token.Usage{{i.record.ID: week}, {second.ID: week}} {
		assert.NilError(b, s.RecordUsage(b.Context(), i.record.Tag, used))
	}
	used := map[string]token.Usage{i.record.ID: tokentest.Used(now)}
	b.Run("RecordUsage", func(b *testing.B) {
		for b.Loop() {
			assert.NilError(b, s.RecordUsage(b.Context(), i.record.Tag, used))
		}
	})
	b.Run("List", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.List(b.Context(), i.record.Org); err != nil {
				b.Fatal(err)
			}
		}
	})
}
