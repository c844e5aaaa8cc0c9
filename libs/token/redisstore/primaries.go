package redisstore

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// eachPrimary calls ask, for several at once, with each primary of a cluster, and else with the
// client itself. The error is one of theirs.
func eachPrimary(ctx context.Context, client redis.Cmdable, ask func(context.Context, redis.Cmdable) error) error {
	if cluster, ok := client.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, primary *redis.Client) error { return ask(ctx, primary) })
	}
	return ask(ctx, client)
}

// lines are the connections of one change. Both are one where the organisation and the feed are on
// one server.
type lines struct {
	tag                string
	organisation, feed *redis.Conn
	ids                redis.Cmdable
}

// openLines leads to the primaries that a change of an organisation is written to.
func openLines(ctx context.Context, client redis.UniversalClient, of owner) (*lines, error) {
	switch client := client.(type) {
	case *redis.Client:
		conn := client.Conn()
		return &lines{tag: of.tag, organisation: conn, feed: conn, ids: conn}, nil
	case *redis.ClusterClient:
		return openClusterLines(ctx, client, of)
	default:
		return nil, fmt.Errorf("a change of tokens has to be made on one connection, which a %T does not give", client)
	}
}

func openClusterLines(ctx context.Context, cluster *redis.ClusterClient, of owner) (*lines, error) {
	if of.tag == "" {
		tag, err := cluster.Get(ctx, tagKey(of.org)).Result()
		if err != nil {
			return nil, err
		}
		of.tag = tag
	}
	organisation, err := cluster.MasterForKey(ctx, keysOf(of.tag).change())
	if err != nil {
		return nil, err
	}
	feed, err := cluster.MasterForKey(ctx, feedKey)
	if err != nil {
		return nil, err
	}
	l := &lines{tag: of.tag, organisation: organisation.Conn(), ids: cluster}
	l.feed = l.organisation
	if feed != organisation {
		l.feed = feed.Conn()
	}
	return l, nil
}

// close gives the connections back to the pool.
func (l *lines) close() {
	_ = l.organisation.Close()
	if l.feed != l.organisation {
		_ = l.feed.Close()
	}
}
