package redisstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
)

func TestFeed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := dial(t, server.URL())
	s := redisstore.New(client)
	publish := func(e token.Event) {
		t.Helper()
		assert.NilError(t, s.Publish(t.Context(), e))
	}
	publish(token.Event{Tag: "before"})

	f := redisstore.NewFeed(dial(t, server.URL()))
	heard := make(chan token.Event, 10)
	follow := func() (stop func() error) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- f.Follow(ctx, func(e token.Event) { heard <- e }) }()
		return func() error { cancel(); return <-ended }
	}
	want := func(rule string, events ...token.Event) {
		t.Helper()
		for _, e := range events {
			select {
			case got := <-heard:
				if diff := cmp.Diff(e, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", rule, diff)
				}
			case <-time.After(forGood):
				t.Fatalf("%s: %v does not come", rule, e)
			}
		}
	}

	stop := follow()
	waitForReader(t, client)
	publish(token.Event{Tag: "a", TokenID: "1"})
	publish(token.Event{Tag: "b"})
	assert.NilError(t, s.Beat(t.Context()))
	want("events published after the first call arrive in order", token.Event{Tag: "a", TokenID: "1"}, token.Event{Tag: "b"}, token.Event{})
	if err := stop(); !errors.Is(err, context.Canceled) || !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("the end of the context: error %v", err)
	}

	publish(token.Event{Tag: "meanwhile"})
	stop = follow()
	want("an event published between two calls is not missed", token.Event{Tag: "meanwhile"})
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the context: error %v", err)
	}
}

// A read that returns nothing in its second is not a failure; no event may get lost between it and
// the next.
func TestFeedOutlastsSilence(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := redisstore.New(dial(t, server.URL()))
	heard := make(chan token.Event, 100)
	ctx, cancel := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() {
		err := redisstore.NewFeed(dial(t, server.URL())).Follow(ctx, func(e token.Event) { heard <- e })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Follow: %v", err)
		}
	})
	defer following.Wait()
	defer cancel()
	time.Sleep(1500 * time.Millisecond)
	assert.NilError(t, s.Beat(t.Context()))
	select {
	case <-heard:
	case <-time.After(forGood):
		t.Error("no event arrives after a silence")
	}
}

func TestFeedTellsThatItIsLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*redistest.Server, *redistest.Link){
		"the server is killed": func(s *redistest.Server, _ *redistest.Link) { s.Kill() },
		"the server hangs":     func(s *redistest.Server, _ *redistest.Link) { s.Pause() },
		"the link is cut":      func(_ *redistest.Server, l *redistest.Link) { l.Cut() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			link := redistest.NewLink(t, server.Addr())
			f := redisstore.NewFeed(dial(t, link.URL()))
			ended := make(chan error, 1)
			client := dial(t, server.URL())
			go func() { ended <- f.Follow(t.Context(), func(token.Event) {}) }()
			waitForReader(t, client)
			lose(server, link)
			select {
			case err := <-ended:
				if !errors.Is(err, token.ErrUnavailable) {
					t.Errorf("error %v, want ErrUnavailable", err)
				}
			case <-time.After(forGood):
				t.Fatal("Follow goes on")
			}
		})
	}
}

func TestFeedIsBounded(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t).URL())
	for range 110 {
		_, err := client.Pipelined(t.Context(), func(p redis.Pipeliner) error {
			for range 1000 {
				p.XAdd(t.Context(), &redis.XAddArgs{Stream: "scim:rev", Values: []any{"tag", "", "tid", ""}})
			}
			return nil
		})
		assert.NilError(t, err)
	}
	for range 3 { // each forgets 10,000 at most, and a pipeline that was sent twice has made more
		assert.NilError(t, redisstore.New(client).Publish(t.Context(), token.Event{Tag: "a"}))
	}
	if n := client.XLen(t.Context(), "scim:rev").Val(); n < 100_000 || n > 100_200 {
		t.Errorf("the feed keeps %d events, want about 100,000", n)
	}
}

// waitForReader returns when someone waits for an event.
func waitForReader(t *testing.T, client *redis.Client) {
	t.Helper()
	waitUntil(t, func() bool {
		info, err := client.InfoMap(t.Context(), "clients").Result()
		assert.NilError(t, err)
		return info["Clients"]["blocked_clients"] != "0"
	})
}

// forGood is how long a test waits for what may take its time on a busy machine.
const forGood = 60 * time.Second

// waitUntil returns when is reports true, and ends the test if that takes forGood.
func waitUntil(t *testing.T, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(forGood); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v", forGood)
		}
	}
}
