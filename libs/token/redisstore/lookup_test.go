package redisstore_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
)

func TestLookupIsOneRoundTrip(t *testing.T) {
	t.Parallel()
	client, sent := dialCounting(t, redistest.URL(t))
	s := redisstore.New(client)
	i := issue(t, s) // and connect

	before := sent.Load()
	if _, _, err := s.Lookup(t.Context(), i.record.Tag, i.record.ID); err != nil {
		t.Fatal(err)
	}
	if n := sent.Load() - before; n != 1 {
		t.Errorf("Lookup sent %d times", n)
	}
}

// Record and organisation are changed together all the time, and what Lookup sends arrives in
// pieces; still it never sees one without the other.
func TestLookupIsOfOneMoment(t *testing.T) {
	t.Parallel()
	url := redistest.URL(t)
	client := dial(t, url)
	i := issue(t, redisstore.New(client))
	s := redisstore.New(dialThrough(t, url, func(conn net.Conn, b []byte) (n int, err error) {
		for piece := range slices.Chunk(b, 20) {
			if _, err = conn.Write(piece); err != nil {
				return n, err
			}
			n += len(piece)
			time.Sleep(50 * time.Microsecond)
		}
		return n, nil
	}))
	prefix := "scim:{" + i.organisation.Tag + "}:"
	ctx, cancel := context.WithCancel(t.Context())
	var changing sync.WaitGroup
	defer changing.Wait()
	defer cancel()
	changing.Go(func() {
		for generation := 1; ctx.Err() == nil; generation++ {
			_, _ = client.TxPipelined(ctx, func(p redis.Pipeliner) error { // err: the end
				p.HSet(ctx, prefix+"t:"+i.record.ID, "gen", generation)
				p.HSet(ctx, prefix+"o", "gen", generation)
				return nil
			})
		}
	})
	var changes, torn int
	var last int64
	for range 300 {
		r, o, err := s.Lookup(t.Context(), i.record.Tag, i.record.ID)
		assert.NilError(t, err)
		if r.Generation != o.Generation {
			torn++
		}
		if r.Generation != last {
			changes++
		}
		last = r.Generation
	}
	if torn > 0 || changes < 10 {
		t.Errorf("%d of 300 lookups are of two moments; %d changes seen", torn, changes)
	}
}

// dialCounting returns a client, and how often its connections have written.
func dialCounting(t *testing.T, url string) (*redis.Client, *atomic.Int32) {
	t.Helper()
	sent := new(atomic.Int32)
	return dialThrough(t, url, func(conn net.Conn, b []byte) (int, error) {
		sent.Add(1)
		return conn.Write(b)
	}), sent
}

// dialThrough returns a client whose connections write by the given function.
func dialThrough(t *testing.T, url string, write func(net.Conn, []byte) (int, error)) *redis.Client {
	t.Helper()
	o, err := redisstore.Options(patiently(url))
	assert.NilError(t, err)
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return writer{conn, write}, err
	}
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

type writer struct {
	net.Conn
	write func(net.Conn, []byte) (int, error)
}

func (w writer) Write(b []byte) (int, error) { return w.write(w.Conn, b) }

// A hash that is not as it was written is our trouble, not a refusal and not a token without end.
func TestBrokenHash(t *testing.T) {
	t.Parallel()
	client := dial(t, redistest.URL(t))
	s := redisstore.New(client)
	for name, command := range map[string]func(record, organisation string) []any{
		"no expiry":                  func(r, _ string) []any { return []any{"HDEL", r, "exp"} },
		"no revocation":              func(r, _ string) []any { return []any{"HDEL", r, "rev"} },
		"expiry is not a number":     func(r, _ string) []any { return []any{"HSET", r, "exp", "soon"} },
		"generation is not a number": func(_, o string) []any { return []any{"HSET", o, "gen", ""} },
		"no word on being enabled":   func(_, o string) []any { return []any{"HDEL", o, "on"} },
		"the record is not a hash":   func(r, _ string) []any { return []any{"SET", r, "x"} },
		"the organisation's is not":  func(_, o string) []any { return []any{"SET", o, "x"} },
	} {
		t.Run(name, func(t *testing.T) {
			i := issue(t, s)
			prefix := "scim:{" + i.organisation.Tag + "}:"
			assert.NilError(t, client.Do(t.Context(), command(prefix+"t:"+i.record.ID, prefix+"o")...).Err())
			if _, _, err := s.Lookup(t.Context(), i.record.Tag, i.record.ID); !errors.Is(err, token.ErrUnavailable) {
				t.Errorf("Lookup: error %v, want ErrUnavailable", err)
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	s := redisstore.New(dial(b, redistest.URL(b)))
	i := issue(b, s)
	v, authorization := token.NewVerifier(s, i.keyring, nil), "Bearer "+i.token.Reveal()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), authorization); err != nil {
			b.Fatal(err)
		}
	}
}
