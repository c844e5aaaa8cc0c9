package redisstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

// Whatever is done to tokens, ids agrees with the record of each, and the record is removed on
// time.
func TestRotationKeepsIDsInStep(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s := redisstore.New(client)
	rapid.Check(t, func(t *rapid.T) {
		o := newOrganisation()
		assert.NilError(t, s.PutOrganisation(t.Context(), o))
		var ids []string
		known := func() string { return rapid.SampledFrom(append([]string{"unknown"}, ids...)).Draw(t, "id") }
		issued := func() token.Record {
			r := newRecord(o, token.New(o.Tag))
			if rapid.Bool().Draw(t, "expires") {
				r.ExpiresAt = r.IssuedAt.Add(time.Hour)
			}
			ids = append(ids, r.ID)
			return r
		}
		at := time.Now()
		t.Repeat(map[string]func(*rapid.T){
			"Insert": func(t *rapid.T) { answered(t, s.Insert(t.Context(), issued())) },
			"Rotate": func(t *rapid.T) {
				end := at.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "hours")) * time.Hour)
				_, err := s.Rotate(t.Context(), issued(), known(), end)
				answered(t, err)
			},
			"RecordUsage": func(t *rapid.T) {
				answered(t, s.RecordUsage(t.Context(), o.Tag, map[string]token.Usage{known(): tokentest.Used(at)}))
			},
			"Revoke": func(t *rapid.T) {
				_, err := s.Revoke(t.Context(), o.ID, known(), at)
				answered(t, err)
			},
			"EndEarly": func(t *rapid.T) {
				_, err := s.EndEarly(t.Context(), o.ID, known(), known(), at)
				answered(t, err)
			},
			"Cancel": func(t *rapid.T) {
				_, err := s.Cancel(t.Context(), o.ID, known(), at)
				answered(t, err)
			},
			"Restore": func(t *rapid.T) {
				_, err := s.Restore(t.Context(), o.ID, known(), at)
				answered(t, err)
			},
			"": func(t *rapid.T) {
				for id, line := range client.HGetAll(t.Context(), "scim:{"+o.Tag+"}:ids").Val() {
					wantInStep(t, client, s, o.Tag, id, line)
				}
			},
		})
	})
}

func wantInStep(t *rapid.T, client *redis.Client, s *redisstore.Store, tag, id, line string) {
	r, _, err := s.Lookup(t.Context(), tag, id)
	if err != nil {
		t.Fatalf("Lookup: %v", err)
	}
	ms := func(at time.Time) int64 {
		if at.IsZero() {
			return 0
		}
		return at.UnixMilli()
	}
	forget, expiry := int64(0), int64(-1)
	if !r.End().IsZero() {
		forget = ms(r.End().Add(token.Tombstone))
		expiry = forget
	}
	if want := fmt.Sprintf("%d %d %d %d %s", r.Generation, ms(r.ExpiresAt), ms(r.RevokedAt), forget, r.Replaces); line != want {
		t.Errorf("ids has %q of %s, want %q", line, id, want)
	}
	if got := client.Do(t.Context(), "PEXPIRETIME", "scim:{"+tag+"}:t:"+id).Val(); got != expiry {
		t.Errorf("%s expires at %d, want %d", id, got, expiry)
	}
}

func answered(t *rapid.T, err error) {
	if err != nil && !token.Answered(err) {
		t.Fatalf("error %v, want an answer", err)
	}
}

// Entries that an earlier version wrote lack the id of the replaced token.
func TestIDsOfBefore(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s := redisstore.New(client)
	i := issue(t, s)
	key := "scim:{" + i.organisation.Tag + "}:"
	before := client.Pipeline()
	before.HSet(t.Context(), key+"ids", i.record.ID, "1 0 0 0")
	before.HDel(t.Context(), key+"t:"+i.record.ID, "req")
	if _, err := before.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	recordUsage(t, s, i)
	second, err := s.Rotate(t.Context(), newRecord(i.organisation, token.New(i.organisation.Tag)), i.record.ID, time.Now().Add(time.Hour))
	if err != nil || second.Replaces != i.record.ID {
		t.Fatalf("Rotate: %+v, %v", second, err)
	}
	if err := s.Insert(t.Context(), newRecord(i.organisation, token.New(i.organisation.Tag))); !errors.Is(err, token.ErrTooManyLive) {
		t.Errorf("Insert: %v, want ErrTooManyLive", err)
	}
}

// A request is forgotten after a time; the next one of its name is new.
func TestRequestExpires(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s := redisstore.New(client)
	i := issue(t, s)
	r := newRecord(i.organisation, token.New(i.organisation.Tag))
	r.Request = "request"
	if _, err := s.Rotate(t.Context(), r, i.record.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	key := "scim:{" + r.Tag + "}:i:request"
	wantExpiry(t, client, key, r.IssuedAt.Add(token.RequestMemory))
	if got := client.Get(t.Context(), key).Val(); got != r.ID {
		t.Errorf("the request made %q, want %q", got, r.ID)
	}
}

// Answers to Rotate get lost a thousand times, and each time it is repeated, away from the token
// that no one has seen. The token in use works all the while, and never more than one other.
func TestLostAnswersToRotate(t *testing.T) {
	t.Parallel()
	url := redistest.URL(t)
	s := redisstore.New(dial(t, url))
	i := issue(t, s)
	recordUsage(t, s, i)
	options, err := redisstore.Options(patiently(url))
	assert.NilError(t, err)
	options.MaxRetries = -1
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return &deafConn{Conn: conn}, err
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	deaf := redisstore.New(client)
	if _, err := s.Rotate(t.Context(), newRecord(i.organisation, token.New(i.organisation.Tag)), "unknown", time.Now()); !errors.Is(err, token.ErrConflict) {
		t.Fatalf("Rotate: %v, want ErrConflict", err) // and from now on the server has the script
	}

	current, verifier := i.record.ID, token.NewVerifier(s, i.keyring, nil)
	for n := range 1000 {
		next := newRecord(i.organisation, token.New(i.organisation.Tag))
		if _, err := deaf.Rotate(t.Context(), next, current, time.Now().Add(time.Hour)); !errors.Is(err, token.ErrUnavailable) {
			t.Fatalf("Rotate: %v, want ErrUnavailable", err)
		}
		if _, err := verifier.Verify(t.Context(), i.token.Reveal()); err != nil {
			t.Fatalf("after %d lost answers the token in use is refused: %v", n+1, err)
		}
		if r, _, err := s.Lookup(t.Context(), next.Tag, next.ID); err != nil || !r.Live(time.Now()) || r.Replaces != i.record.ID {
			t.Fatalf("after %d lost answers the new token is %+v, %v", n+1, r, err)
		}
		if r, _, err := s.Lookup(t.Context(), next.Tag, current); err != nil || current != i.record.ID && r.RevokedAt.IsZero() {
			t.Fatalf("after %d lost answers the lost token is %+v, %v", n+1, r, err)
		}
		current = next.ID
	}
	var records []token.Record
	waitUntil(t, func() bool { // it is the longest read, for which a busy machine may take too long
		records, err = s.List(t.Context(), i.record.Org)
		return err == nil
	})
	dead := func(r token.Record) bool { return !r.Live(time.Now()) }
	if live := slices.DeleteFunc(records, dead); len(live) != 2 {
		t.Errorf("%d tokens are live in the end, want 2", len(live))
	}
}

// deafConn sends a script and breaks when the answer arrives: it was run for sure.
type deafConn struct {
	net.Conn
	sent atomic.Bool
}

func (c *deafConn) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("evalsha")) {
		c.sent.Store(true)
	}
	return c.Conn.Write(b)
}

func (c *deafConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.sent.Load() {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return n, err
}
