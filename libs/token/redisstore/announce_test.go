package redisstore_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

func TestAnnouncing(t *testing.T) {
	t.Parallel()
	t.Run("without replicas", func(t *testing.T) {
		t.Parallel()
		url := redistest.URL(t)
		tokentest.RunStore(t, func(t *testing.T) token.Store { return announcing(dial(t, url), 0) })
	})
	t.Run("with a replica", func(t *testing.T) {
		t.Parallel()
		p := startPair(t)
		tokentest.RunStore(t, func(t *testing.T) token.Store { return announcing(dial(t, p.primary.URL()), 1) })
	})
}

// Each change publishes its event, also when it is repeated: the first event may not have arrived.
func TestAnnouncingPublishes(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.Start(t).URL())
	a := announcing(client, 0)
	published := func(change func() error) (events []token.Event) {
		t.Helper()
		assert.NilError(t, errors.Join(client.Del(t.Context(), "scim:rev").Err(), change(), change()))
		for _, m := range client.XRange(t.Context(), "scim:rev", "-", "+").Val() {
			events = append(events, token.Event{Tag: m.Values["tag"].(string), TokenID: m.Values["tid"].(string)})
		}
		return events
	}
	for name, rule := range map[string]func(i issued, next token.Record) (change func() error, e token.Event){
		"PutOrganisation: all tokens of the organisation": func(i issued, _ token.Record) (func() error, token.Event) {
			return func() error { return a.PutOrganisation(t.Context(), i.organisation) }, token.Event{Tag: i.record.Tag}
		},
		"Insert: a heartbeat": func(_ issued, next token.Record) (func() error, token.Event) {
			return func() error { return a.Insert(t.Context(), next) }, token.Event{}
		},
		"Rotate: all tokens of the organisation": func(i issued, next token.Record) (func() error, token.Event) {
			return func() error { return rotate(t, a, i, next) }, token.Event{Tag: i.record.Tag}
		},
		"Revoke: the token": func(i issued, _ token.Record) (func() error, token.Event) {
			return func() error {
				_, err := a.Revoke(t.Context(), i.record.Org, i.record.ID, i.record.IssuedAt)
				return err
			}, token.Event{Tag: i.record.Tag, TokenID: i.record.ID}
		},
		"RevokeLeaked: the token": func(i issued, _ token.Record) (func() error, token.Event) {
			return func() error {
				_, err := a.RevokeLeaked(t.Context(), i.record.Org, i.record.ID, i.record.IssuedAt)
				return err
			}, token.Event{Tag: i.record.Tag, TokenID: i.record.ID}
		},
		"EndEarly: the token": func(i issued, next token.Record) (func() error, token.Event) {
			_ = rotate(t, a, i, next)
			return func() error {
				_, err := a.EndEarly(t.Context(), i.record.Org, i.record.ID, next.ID, next.IssuedAt)
				return err
			}, token.Event{Tag: i.record.Tag, TokenID: i.record.ID}
		},
		"Cancel: all tokens of the organisation": func(i issued, next token.Record) (func() error, token.Event) {
			_ = rotate(t, a, i, next)
			return func() error {
				_, err := a.Cancel(t.Context(), i.record.Org, next.ID, next.IssuedAt)
				return err
			}, token.Event{Tag: i.record.Tag}
		},
		"Restore: a heartbeat": func(i issued, next token.Record) (func() error, token.Event) {
			_, _ = a.Revoke(t.Context(), i.record.Org, i.record.ID, next.IssuedAt)
			return func() error {
				_, err := a.Restore(t.Context(), i.record.Org, i.record.ID, next.IssuedAt)
				return err
			}, token.Event{}
		},
	} {
		i := issue(t, a)
		change, e := rule(i, newRecord(i.organisation, token.New(i.organisation.Tag)))
		if diff := cmp.Diff([]token.Event{e, e}, published(change)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}

	i := issue(t, a)
	none := published(func() error {
		if _, err := a.Revoke(t.Context(), i.record.Org, "unknown", time.Now()); !errors.Is(err, token.ErrNotFound) {
			t.Errorf("Revoke of an unknown id: error %v", err)
		}
		_, err := a.List(t.Context(), i.record.Org)
		return errors.Join(err, a.RecordUsage(t.Context(), i.record.Tag, map[string]token.Usage{i.record.ID: tokentest.Used(time.Now())}))
	})
	if none != nil {
		t.Errorf("a change that was refused and calls that change no token published %v", none)
	}
}

// rotate puts next in the place of the token of i, which is in use.
func rotate(t *testing.T, s token.Store, i issued, next token.Record) error {
	t.Helper()
	err := s.RecordUsage(t.Context(), i.record.Tag, map[string]token.Usage{i.record.ID: tokentest.Used(next.IssuedAt)})
	_, rotated := s.Rotate(t.Context(), next, i.record.ID, next.IssuedAt.Add(time.Hour))
	return errors.Join(err, rotated)
}

// A revocation that was acknowledged outlives the primary; one that no replica has is not
// acknowledged, however often it is requested, because the token is live again on the replica.
func TestRevocationSurvivesFailover(t *testing.T) {
	t.Parallel()
	for range 20 {
		t.Run("cut, killed, promoted", func(t *testing.T) {
			t.Parallel()
			p := startPair(t)
			client := dial(t, p.primary.URL())
			a := redisstore.NewAnnouncing(client, 1)
			plain := redisstore.New(client)
			acknowledged, lost := issue(t, plain), issue(t, plain)
			waitUntil(t, func() bool { // a replica that has just come has much else to do
				_, err := a.Revoke(t.Context(), acknowledged.record.Org, acknowledged.record.ID, time.Now())
				return err == nil
			})

			p.link.Cut()
			for range 2 {
				start := time.Now()
				if _, err := a.Revoke(t.Context(), lost.record.Org, lost.record.ID, time.Now()); !errors.Is(err, token.ErrUnavailable) {
					t.Errorf("Revoke with the link cut: error %v, want ErrUnavailable", err)
				}
				redistest.Bound(t, "Revoke with the link cut", time.Since(start), patience)
			}
			p.primary.Kill()

			promoted := dial(t, p.replica.URL())
			assert.NilError(t, promoted.Do(t.Context(), "REPLICAOF", "NO", "ONE").Err())
			after := redisstore.New(promoted)
			for revoked, i := range map[bool]issued{true: acknowledged, false: lost} {
				r, _, err := after.Lookup(t.Context(), i.record.Tag, i.record.ID)
				if err != nil || r.RevokedAt.IsZero() == revoked {
					t.Errorf("acknowledged %t: after the failover revoked at %v, error %v", revoked, r.RevokedAt, err)
				}
			}
		})
	}
}

func TestAnnouncingGoesOnWhenTheReplicaIsBack(t *testing.T) {
	t.Parallel()
	p := startPair(t)
	a := redisstore.NewAnnouncing(dial(t, p.primary.URL()), 1)
	i := issue(t, redisstore.New(dial(t, p.primary.URL()))) // a replica that has just come has much else to do
	p.link.Cut()
	waitUntil(t, func() bool { // a machine that is busy may give up before Redis does
		err := a.PutOrganisation(t.Context(), i.organisation)
		if !errors.Is(err, token.ErrUnavailable) {
			t.Errorf("PutOrganisation with the link cut: error %v, want ErrUnavailable", err)
		}
		return errors.Is(err, token.ErrNotReplicated)
	})
	p.link.Heal()
	start := time.Now()
	waitUntil(t, func() bool { return a.PutOrganisation(t.Context(), i.organisation) == nil })
	redistest.Bound(t, "recovering", time.Since(start), patience)
}

// WAIT on another connection than that of the change proves nothing: it may be one to a server that
// took over without it.
func TestAnnouncingKeepsToItsConnection(t *testing.T) {
	t.Parallel()
	p := startPair(t)
	i := issue(t, redisstore.New(dial(t, p.primary.URL())))
	var dials, breaks atomic.Int32
	o, err := redisstore.Options(patiently(p.primary.URL()))
	assert.NilError(t, err)
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return writer{conn, func(conn net.Conn, b []byte) (int, error) {
			if bytes.Contains(b, []byte("WAIT")) {
				breaks.Add(1)
				_ = conn.Close()
			}
			return conn.Write(b)
		}}, err
	}
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	if _, err := announcing(client, 1).Revoke(t.Context(), i.record.Org, i.record.ID, time.Now()); !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
	if dials.Load() != 1 || breaks.Load() != 1 {
		t.Errorf("%d connections, of which %d ran WAIT; want one", dials.Load(), breaks.Load())
	}
}

// pair is a primary with a replica that follows it through a link.
type pair struct {
	primary, replica *redistest.Server
	link             *redistest.Link
}

// startPair returns a pair that is in sync. No other replica can follow the primary: one whose own
// primary has ended may find this one at its address, and would answer WAIT.
func startPair(t *testing.T) pair {
	t.Helper()
	secret := rand.Text()
	primary := redistest.Start(t, "--repl-diskless-sync-delay", "0",
		"--user", "default", "on", "nopass", "~*", "&*", "+@all", "-psync", "-sync",
		"--user", "replica", "on", ">"+secret, "+psync", "+replconf", "+ping")
	link := redistest.NewLink(t, primary.Addr())
	host, port, err := net.SplitHostPort(link.Addr())
	assert.NilError(t, err)
	replica := redistest.Start(t, "--replicaof", host+" "+port, "--masteruser", "replica", "--masterauth", secret)
	client := dial(t, primary.URL())
	waitUntil(t, func() bool {
		client.Set(t.Context(), "in sync", "yes", 0)
		return client.Wait(t.Context(), 1, 100*time.Millisecond).Val() == 1
	})
	return pair{primary: primary, replica: replica, link: link}
}
