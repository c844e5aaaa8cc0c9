package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

const (
	feedKey    = "scim:rev"  // in a slot of its own
	feedLength = 100_000     // about; a day of heartbeats
	feedBlock  = time.Second // so long waits a read for the next event, and with it the end of Follow

	fieldTag     = "tag"
	fieldTokenID = "tid"
)

// Publish appends e to the feed that every Feed on this Redis follows.
func (s *Store) Publish(ctx context.Context, e token.Event) error {
	return s.do(ctx, "publish event", func(ctx context.Context) error { return appendEvent(ctx, s.client, e).Err() })
}

// Beat publishes a heartbeat, without which no cache trusts the feed for longer than 3 s: call it
// every second. It also loads the script of Allow into every primary, because a client under
// VerifierACL may run it but not load it.
func (s *Store) Beat(ctx context.Context) error {
	return s.do(ctx, "publish heartbeat", func(ctx context.Context) error {
		return errors.Join(appendEvent(ctx, s.client, token.Event{}).Err(), eachPrimary(ctx, s.client, func(ctx context.Context, c redis.Cmdable) error {
			return rateScript.Load(ctx, c).Err()
		}))
	})
}

func appendEvent(ctx context.Context, c redis.Cmdable, e token.Event) *redis.StringCmd {
	return c.XAdd(ctx, &redis.XAddArgs{
		Stream: feedKey, MaxLen: feedLength, Approx: true, Values: []any{fieldTag, e.Tag, fieldTokenID, e.TokenID},
	})
}

// Feed is a token.Feed on Redis, made by NewFeed.
type Feed struct {
	client redis.UniversalClient
	after  string // the id of the last event received; $: none
}

var _ token.Feed = (*Feed)(nil)

// NewFeed returns the feed of what Publish and Beat append. It keeps one connection of client for
// itself while it is followed.
func NewFeed(client redis.UniversalClient) *Feed { return &Feed{client: client, after: "$"} }

// Follow reads what comes after the last event, again and again. Its error wraps ErrUnavailable.
func (f *Feed) Follow(ctx context.Context, hear func(token.Event)) error {
	for {
		messages, err := f.next(ctx)
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return fmt.Errorf("follow the feed: %w: %w", token.ErrUnavailable, err)
		}
		for _, m := range messages {
			f.after = m.ID
			tag, _ := m.Values[fieldTag].(string)
			id, _ := m.Values[fieldTokenID].(string)
			hear(token.Event{Tag: tag, TokenID: id})
		}
	}
}

// next waits for events; there are none if it waited long enough.
func (f *Feed) next(ctx context.Context) ([]redis.XMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, feedBlock+readTimeout(f.client)) // a link that was cut answers nothing
	defer cancel()
	streams, err := f.client.XRead(ctx, &redis.XReadArgs{Streams: []string{feedKey, f.after}, Count: 1000, Block: feedBlock}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return streams[0].Messages, nil
}
