package redisstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

// TestOnACluster is on three primaries with a replica each. It runs alone, since replicas have 300
// ms to acknowledge.
func TestOnACluster(t *testing.T) {
	c := redistest.StartCluster(t)
	client := connect(t, c.URL())
	s, a := redisstore.New(client), redisstore.NewAnnouncing(client, 1)
	t.Run("the store keeps its contract", func(t *testing.T) {
		tokentest.RunStore(t, func(*testing.T) token.Store { return announcing(client, 1) })
	})
	t.Run("it has one replication id as long as no primary changes", func(t *testing.T) {
		first, err := s.ReplicationID(t.Context())
		if err != nil || strings.Count(first, ", ") != 2 {
			t.Fatalf("want three names, got %q, %v", first, err)
		}
		for range 5 {
			if again, err := s.ReplicationID(t.Context()); err != nil || again != first {
				t.Errorf("asked again it is %q, %v; before %q", again, err, first)
			}
		}
	})
	t.Run("a verifier may do its work on all primaries after a heartbeat", func(t *testing.T) {
		assert.NilError(t, s.Beat(t.Context()))
		verifier := redisstore.New(connectAs(t, c, redisstore.VerifierACL+" "+redisstore.VerifierClusterACL))
		for i := range c.Primaries {
			of := organisationAt(t, c, a, i)
			if _, ok, err := verifier.Allow(t.Context(), of.record.Tag, ratelimit.Rate{}, ratelimit.Cost{Slots: 1}); !ok || err != nil {
				t.Errorf("Allow on primary %d: %t, %v", i, ok, err)
			}
			if _, _, err := verifier.Lookup(t.Context(), of.record.Tag, of.record.ID); err != nil {
				t.Errorf("Lookup on primary %d: %v", i, err)
			}
			if err := verifier.RecordUsage(t.Context(), of.record.Tag, map[string]token.Usage{of.record.ID: tokentest.Used(time.Now())}); err != nil {
				t.Errorf("RecordUsage on primary %d: %v", i, err)
			}
		}
	})
	t.Run("an issuer may do its work with the rules of one server", func(t *testing.T) {
		issuer := connectAs(t, c, redisstore.IssuerACL)
		for i := range c.Primaries {
			of := organisationAt(t, c, redisstore.NewAnnouncing(issuer, 1), i)
			if _, err := redisstore.NewAnnouncing(issuer, 1).Revoke(t.Context(), of.record.Org, of.record.ID, time.Now()); err != nil {
				t.Errorf("Revoke on primary %d: %v", i, err)
			}
		}
		if err := redisstore.New(issuer).Beat(t.Context()); err != nil {
			t.Errorf("Beat: %v", err)
		}
		if _, err := redisstore.New(issuer).ReplicationID(t.Context()); err != nil {
			t.Errorf("ReplicationID: %v", err)
		}
	})
	t.Run("the feed tells of revocations on all primaries", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*forGood)
		defer cancel()
		heard := make(chan token.Event, 100)
		ended := make(chan error, 1)
		feed := redisstore.NewFeed(connectAs(t, c, redisstore.VerifierACL+" "+redisstore.VerifierClusterACL))
		go func() { ended <- feed.Follow(ctx, func(e token.Event) { heard <- e }) }()
		awaitBeat(t, s, heard)
		for i := range c.Primaries {
			of := organisationAt(t, c, s, i)
			if _, err := a.Revoke(t.Context(), of.record.Org, of.record.ID, time.Now()); err != nil {
				t.Fatal(err)
			}
			awaitEvent(t, heard, token.Event{Tag: of.record.Tag, TokenID: of.record.ID})
		}
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	// Last: replicas hang.
	feed := c.Home("scim:rev")
	for rule, home := range map[string]int{"of the organisation": (feed + 1) % len(c.Primaries), "of the feed": feed} {
		t.Run("a change that the replica "+rule+" does not have is not acknowledged, however often it is asked for", func(t *testing.T) {
			of := organisationAt(t, c, s, (feed+1)%len(c.Primaries))
			c.Replicas[home].Pause()
			defer c.Replicas[home].Resume()
			for range 3 {
				if _, err := a.Revoke(t.Context(), of.record.Org, of.record.ID, time.Now()); !errors.Is(err, token.ErrUnavailable) {
					t.Errorf("Revoke while it hangs: %v, want ErrUnavailable", err)
				}
			}
			c.Replicas[home].Resume()
			waitUntil(t, func() bool {
				_, err := a.Revoke(t.Context(), of.record.Org, of.record.ID, time.Now())
				return err == nil
			})
		})
	}
}

// organisationAt issues a token of an organisation that is on this primary.
func organisationAt(t *testing.T, c *redistest.Cluster, s token.Store, primary int) issued {
	t.Helper()
	for {
		if i := issue(t, s); c.Home("scim:{"+i.record.Tag+"}:o") == primary {
			return i
		}
	}
}

// connect returns a client as the services make it, except that it waits longer.
func connect(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	client, err := redisstore.Connect(patiently(url), nil)
	assert.NilError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// connectAs makes a user of these rules on every server and returns a client of its.
func connectAs(t *testing.T, c *redistest.Cluster, rules string) redis.UniversalClient {
	t.Helper()
	user := token.NewTag()
	for _, s := range c.Nodes() {
		_ = dialAs(t, s, user, rules)
	}
	return connect(t, strings.Replace(c.URL(), "://", "://"+user+":not-a-secret@", 1))
}

// awaitBeat returns when the feed is heard.
func awaitBeat(t *testing.T, s *redisstore.Store, heard <-chan token.Event) {
	t.Helper()
	waitUntil(t, func() bool {
		assert.NilError(t, s.Beat(t.Context()))
		return len(heard) > 0
	})
}

func awaitEvent(t *testing.T, heard <-chan token.Event, want token.Event) {
	t.Helper()
	for {
		select {
		case got := <-heard:
			if got == want {
				return
			}
		case <-time.After(forGood):
			t.Fatalf("%v is not heard", want)
		}
	}
}
