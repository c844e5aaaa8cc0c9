package redisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// waitTimeout is how long replicas have to acknowledge a change, after which they are taken to be cut off. A healthy one takes
// 0.1 ms.
const waitTimeout = 300 * time.Millisecond

// Announcing is a token.Store for the service that issues tokens, made by NewAnnouncing. A change is done when it is published
// to the feed and, if so configured, replicas have both: Redis acknowledges before it replicates, so that a failover can
// bring a revoked token back. If they have not, the error is ErrNotReplicated, and ErrUnavailable if that is unknown; the change
// may have taken place, and must be requested again.
type Announcing struct {
	client   *redis.Client
	replicas int
	reads
}

var _ token.Store = (*Announcing)(nil)

// reads is the part of a Store that changes nothing, or nothing that caches must learn of. Embedding no more than this makes
// the compiler require every other method.
type reads interface {
	token.Lookuper
	Organisation(ctx context.Context, org string) (token.Organisation, error)
	List(ctx context.Context, org string) ([]token.Record, error)
	Touch(ctx context.Context, tag string, used map[string]token.Use) error
}

// NewAnnouncing returns the store on client (see New) whose changes reach this many replicas before they are acknowledged;
// 0 waits for none. On a cluster use a Store and Publish: WAIT covers only the connection of the change.
func NewAnnouncing(client *redis.Client, replicas int) *Announcing {
	return &Announcing{client: client, replicas: replicas, reads: New(client)}
}

// PutOrganisation concerns all tokens of the organisation.
func (a *Announcing) PutOrganisation(ctx context.Context, o token.Organisation) error {
	_, err := a.change(ctx, organisation, func(ctx context.Context, s *Store) (token.Record, error) {
		return token.Record{Tag: o.Tag}, s.PutOrganisation(ctx, o)
	})
	return err
}

// Insert publishes no event: the token was never accepted.
func (a *Announcing) Insert(ctx context.Context, r token.Record) error {
	_, err := a.change(ctx, nobody, func(ctx context.Context, s *Store) (token.Record, error) {
		return r, s.Insert(ctx, r)
	})
	return err
}

// Rotate concerns the token that is replaced, and one that it replaced.
func (a *Announcing) Rotate(ctx context.Context, r token.Record, current string, end time.Time) (token.Record, error) {
	return a.change(ctx, organisation, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Rotate(ctx, r, current, end)
	})
}

// Revoke concerns the token.
func (a *Announcing) Revoke(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return a.change(ctx, holder, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Revoke(ctx, org, id, at)
	})
}

// RevokeLeaked concerns the token.
func (a *Announcing) RevokeLeaked(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return a.change(ctx, holder, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.RevokeLeaked(ctx, org, id, at)
	})
}

// Rename publishes no event: verification does not use the name.
func (a *Announcing) Rename(ctx context.Context, org, id, name string) (token.Record, error) {
	return a.change(ctx, nobody, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Rename(ctx, org, id, name)
	})
}

// EndEarly concerns the token.
func (a *Announcing) EndEarly(ctx context.Context, org, id, successor string, at time.Time) (token.Record, error) {
	return a.change(ctx, holder, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.EndEarly(ctx, org, id, successor, at)
	})
}

// Cancel concerns the token that goes and the one that stays.
func (a *Announcing) Cancel(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return a.change(ctx, organisation, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Cancel(ctx, org, id, at)
	})
}

// Restore publishes no event: refusals are not cached.
func (a *Announcing) Restore(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return a.change(ctx, nobody, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Restore(ctx, org, id, at)
	})
}

// The event of a change of a record.
func nobody(token.Record) token.Event         { return token.Event{} } // a heartbeat
func holder(r token.Record) token.Event       { return token.Event{Tag: r.Tag, TokenID: r.ID} }
func organisation(r token.Record) token.Event { return token.Event{Tag: r.Tag} }

// change makes a change, publishes its event and waits for the replicas, all on one connection: go-redis does not
// replace that of a Conn, so the server that confirms its replicas is the one that has the change. The event is
// a write for WAIT to wait for even if the change was made before and the repeated request wrote nothing.
func (a *Announcing) change(
	ctx context.Context, concerns func(token.Record) token.Event, call func(context.Context, *Store) (token.Record, error),
) (token.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	conn := a.client.Conn()
	defer func() { _ = conn.Close() }() // back to the pool
	r, err := call(ctx, &Store{client: conn})
	if err != nil {
		return token.Record{}, err
	}
	if err := do(ctx, "announce change", func(ctx context.Context) error { return a.announce(ctx, conn, concerns(r)) }); err != nil {
		return token.Record{}, err
	}
	return r, nil
}

func (a *Announcing) announce(ctx context.Context, conn *redis.Conn, e token.Event) error {
	if a.replicas == 0 {
		return appendEvent(ctx, conn, e).Err()
	}
	var wait *redis.Cmd
	_, err := conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		appendEvent(ctx, p, e)
		wait = p.Do(ctx, "WAIT", a.replicas, waitTimeout.Milliseconds())
		return nil
	})
	if err != nil {
		return err
	}
	have, err := wait.Int()
	if err == nil && have < a.replicas {
		err = fmt.Errorf("%w: %d of %d", token.ErrNotReplicated, have, a.replicas)
	}
	return err
}
