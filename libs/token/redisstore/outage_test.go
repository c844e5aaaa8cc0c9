package redisstore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
	"github.com/devrev/scim/libs/token/tokentest"
)

const (
	// patience bounds the time of an answer, whatever Redis does: the second that a Store has, and
	// what a busy machine under the race detector adds. The times that were measured on a quiet one
	// are logged.
	patience = 4 * time.Second
	recovery = 2 * time.Second // how long after it is back: go-redis tries a server once a second that it failed to reach often
)

// A call that Redis does not answer is ErrUnavailable, in time, and never a no: a wrong 401 stops
// an identity provider for hours. More calls than connections make it harder.
func TestOutage(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*redistest.Server){
		"killed":  (*redistest.Server).Kill,
		"hanging": (*redistest.Server).Pause,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			s := redisstore.New(dialInTime(t, server.URL()))
			i := issue(t, s)
			fail(server)
			var wg sync.WaitGroup
			for range 16 {
				for call, do := range calls(s, i) {
					wg.Go(func() {
						start := time.Now()
						err := do(t.Context())
						redistest.Bound(t, call, time.Since(start), patience)
						if !errors.Is(err, token.ErrUnavailable) || errors.Is(err, token.ErrNotFound) {
							t.Errorf("%s: error %v, want ErrUnavailable", call, err)
						}
					})
				}
			}
			wg.Wait()
		})
	}
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := redisstore.New(dialInTime(t, server.URL()))
	i := issue(t, s)
	for name, outage := range map[string]struct{ fail, heal func() }{
		"restarted": {server.Kill, server.Restart}, // with the scripts gone
		"resumed":   {server.Pause, server.Resume},
	} {
		outage.fail()
		for call, do := range calls(s, i) {
			if err := do(t.Context()); !errors.Is(err, token.ErrUnavailable) {
				t.Errorf("%s before it is %s: error %v, want ErrUnavailable", call, name, err)
			}
		}
		outage.heal()
		healed := time.Now()
		for call, do := range calls(s, i) {
			var err error
			waitUntil(t, func() bool { err = do(t.Context()); return !errors.Is(err, token.ErrUnavailable) })
			if err != nil && !token.Answered(err) {
				t.Errorf("%s after it is %s: %v", call, name, err)
			}
		}
		redistest.Bound(t, "all calls are answered after it is "+name, time.Since(healed), recovery)
	}
}

// The caller's deadline counts if it is shorter.
func TestDeadline(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := redisstore.New(dialInTime(t, server.URL()))
	i := issue(t, s)
	server.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, _, err := s.Lookup(ctx, i.record.Tag, i.record.ID); !errors.Is(err, token.ErrUnavailable) {
		t.Errorf("Lookup: error %v, want ErrUnavailable", err)
	}
	redistest.Bound(t, "Lookup with 50 ms", time.Since(start), time.Second)
}

// calls are all methods of the store with arguments to which there is an answer, however often.
func calls(s *redisstore.Store, i issued) map[string]func(context.Context) error {
	o, r := i.organisation, i.record
	return map[string]func(context.Context) error{
		"PutOrganisation": func(ctx context.Context) error { return s.PutOrganisation(ctx, o) },
		"Organisation":    func(ctx context.Context) error { _, err := s.Organisation(ctx, o.ID); return err },
		"Insert":          func(ctx context.Context) error { return s.Insert(ctx, r) },
		"Lookup":          func(ctx context.Context) error { _, _, err := s.Lookup(ctx, r.Tag, r.ID); return err },
		"List":            func(ctx context.Context) error { _, err := s.List(ctx, o.ID); return err },
		"Revoke":          func(ctx context.Context) error { _, err := s.Revoke(ctx, o.ID, r.ID, r.IssuedAt); return err },
		"RevokeLeaked":    func(ctx context.Context) error { _, err := s.RevokeLeaked(ctx, o.ID, r.ID, r.IssuedAt); return err },
		"Rotate":          func(ctx context.Context) error { _, err := s.Rotate(ctx, r, r.ID, r.IssuedAt); return err },
		"EndEarly":        func(ctx context.Context) error { _, err := s.EndEarly(ctx, o.ID, r.ID, r.ID, r.IssuedAt); return err },
		"Cancel":          func(ctx context.Context) error { _, err := s.Cancel(ctx, o.ID, r.ID, r.IssuedAt); return err },
		"Restore":         func(ctx context.Context) error { _, err := s.Restore(ctx, o.ID, r.ID, r.IssuedAt); return err },
		"RecordUsage": func(ctx context.Context) error {
			return s.RecordUsage(ctx, o.Tag, map[string]token.Usage{r.ID: tokentest.Used(r.IssuedAt)})
		},
	}
}
