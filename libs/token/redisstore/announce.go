package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// waitTimeout is how long replicas have to acknowledge a change, after which they are taken to be
// cut off. A healthy one takes 0.1 ms.
const waitTimeout = 300 * time.Millisecond

// Announcing is a token.Store for the service that issues tokens, made by NewAnnouncing. A change
// is done when it is published to the feed and, if so configured, replicas have both: Redis
// acknowledges before it replicates, so that a failover can bring a revoked token back. If they
// have not, the error is ErrNotReplicated, and ErrUnavailable if that is unknown; the change may
// have taken place, and must be requested again.
type Announcing struct {
	client   redis.UniversalClient
	replicas int
	waits    time.Duration // for them
	store    *Store
	reads    // of store
}

var _ token.Store = (*Announcing)(nil)

// reads is the part of a Store that changes nothing, or nothing that caches must learn of.
// Embedding no more than this makes the compiler require every other method.
type reads interface {
	token.Lookuper
	Organisation(ctx context.Context, org string) (token.Organisation, error)
	List(ctx context.Context, org string) ([]token.Record, error)
	RecordUsage(ctx context.Context, tag string, used map[string]token.Usage) error
}

// NewAnnouncing returns the store on client (see New) whose changes reach this many replicas before
// they are acknowledged; 0 waits for none. On a cluster these are replicas of each primary that the
// change was written to: that of the organisation and that of the feed.
func NewAnnouncing(client redis.UniversalClient, replicas int) *Announcing {
	s := New(client)
	return &Announcing{client, replicas, waitTimeout, s, s}
}

// PutOrganisation concerns all tokens of the organisation.
func (a *Announcing) PutOrganisation(ctx context.Context, o token.Organisation) error {
	_, err := a.change(ctx, owner{o.ID, o.Tag}, organisation, func(ctx context.Context, s *Store) (token.Record, error) {
		return token.Record{Tag: o.Tag}, s.PutOrganisation(ctx, o)
	})
	return err
}

// Insert publishes no event: the token was never accepted.
func (a *Announcing) Insert(ctx context.Context, r token.Record) error {
	_, err := a.change(ctx, owner{r.Org, r.Tag}, nobody, func(ctx context.Context, s *Store) (token.Record, error) {
		return r, s.Insert(ctx, r)
	})
	return err
}

// Rotate concerns the token that is replaced, and one that it replaced.
func (a *Announcing) Rotate(ctx context.Context, r token.Record, current string, end time.Time) (token.Record, error) {
	return a.change(ctx, owner{r.Org, r.Tag}, organisation, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Rotate(ctx, r, current, end)
	})
}

// Revoke concerns the token.
func (a *Announcing) Revoke(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return a.change(ctx, owner{org: org}, holder, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Revoke(ctx, org, id, at)
	})
}

// RevokeLeaked concerns the token.
func (a *Announcing) RevokeLeaked(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return a.change(ctx, owner{org: org}, holder, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.RevokeLeaked(ctx, org, id, at)
	})
}

// Rename publishes no event: verification does not use the name.
func (a *Announcing) Rename(ctx context.Context, org, id, name string) (token.Record, error) {
	return a.change(ctx, owner{org: org}, nobody, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Rename(ctx, org, id, name)
	})
}

// EndEarly concerns the token.
func (a *Announcing) EndEarly(ctx context.Context, org, id, successor string, at time.Time) (token.Record, error) {
	return a.change(ctx, owner{org: org}, holder, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.EndEarly(ctx, org, id, successor, at)
	})
}

// Cancel concerns the token that goes and the one that stays.
func (a *Announcing) Cancel(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return a.change(ctx, owner{org: org}, organisation, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Cancel(ctx, org, id, at)
	})
}

// Restore publishes no event: refusals are not cached.
func (a *Announcing) Restore(ctx context.Context, org, id string, at time.Time) (token.Record, error) {
	return a.change(ctx, owner{org: org}, nobody, func(ctx context.Context, s *Store) (token.Record, error) {
		return s.Restore(ctx, org, id, at)
	})
}

// The event of a change of a record.
func nobody(token.Record) token.Event         { return token.Event{} } // a heartbeat
func holder(r token.Record) token.Event       { return token.Event{Tag: r.Tag, TokenID: r.ID} }
func organisation(r token.Record) token.Event { return token.Event{Tag: r.Tag} }

// owner is the organisation that a change is of. Without a tag, the tag is looked up.
type owner struct{ org, tag string }

// change makes a change, publishes its event and waits for the replicas, on one connection to each
// server: go-redis does not replace that of a Conn, so the server that confirms its replicas is the
// one that has the change.
func (a *Announcing) change(
	ctx context.Context, of owner, concerns func(token.Record) token.Event, call func(context.Context, *Store) (token.Record, error),
) (r token.Record, err error) {
	ctx, cancel := context.WithTimeout(ctx, a.store.within)
	defer cancel()
	var l *lines
	err = a.store.do(ctx, "lead to the primaries", func(ctx context.Context) (err error) {
		l, err = openLines(ctx, a.client, of)
		return err
	})
	if err != nil {
		return token.Record{}, err
	}
	defer l.close()
	if r, err = call(ctx, &Store{l.organisation, l.ids, a.store.within}); err != nil {
		a.lookAgain(ctx, err)
		return token.Record{}, err
	}
	if err := a.store.do(ctx, "announce change", func(ctx context.Context) error { return a.announce(ctx, l, concerns(r)) }); err != nil {
		a.lookAgain(ctx, err)
		return token.Record{}, err
	}
	return r, nil
}

// announce writes to each server something for WAIT to wait for, also where the change was made
// before, and asking again wrote nothing: the event to that of the feed, a mark to that of the
// organisation if it is another one.
func (a *Announcing) announce(ctx context.Context, l *lines, e token.Event) error {
	err := a.write(ctx, l.feed, func(p redis.Pipeliner) { appendEvent(ctx, p, e) })
	if l.organisation != l.feed && a.replicas > 0 {
		err = errors.Join(err, a.write(ctx, l.organisation, func(p redis.Pipeliner) { p.Set(ctx, keysOf(l.tag).change(), "", changeTTL) }))
	}
	return err
}

// lookAgain has a cluster asked where its slots are, since a connection to one server, unlike a
// ClusterClient, does not learn it of an error.
func (a *Announcing) lookAgain(ctx context.Context, err error) {
	if cluster, ok := a.client.(*redis.ClusterClient); ok && errors.Is(err, token.ErrUnavailable) {
		cluster.ReloadState(ctx)
	}
}

// write sends commands, and waits for the replicas to have them and all that was sent on this
// connection before.
func (a *Announcing) write(ctx context.Context, conn *redis.Conn, commands func(redis.Pipeliner)) error {
	var wait *redis.Cmd
	_, err := conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		commands(p)
		if a.replicas > 0 {
			wait = p.Do(ctx, "WAIT", a.replicas, a.waits.Milliseconds())
		}
		return nil
	})
	if err != nil || wait == nil {
		return err
	}
	have, err := wait.Int()
	if err == nil && have < a.replicas {
		err = fmt.Errorf("%w: %d of %d", token.ErrNotReplicated, have, a.replicas)
	}
	return err
}
