package redisstore

import (
	"cmp"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// budget is the longest that one call of a Store takes, whatever Redis does: an identity provider is better served by a
// quick 503. It is two attempts at ioTimeout.
const (
	budget      = time.Second
	ioTimeout   = 500 * time.Millisecond
	dialTimeout = 300 * time.Millisecond
)

// Options reads redis[s]://[user:password@]host[:port][/db][?option=value] and sets what a Store wants and the URL leaves
// open. Pass it to redis.NewClient. The error does not quote the URL, which may hold a password.
func Options(url string) (*redis.Options, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("redis URL is not of the form redis[s]://[user:password@]host[:port][/db][?option=value]")
	}
	o.DialTimeout = cmp.Or(o.DialTimeout, dialTimeout)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, ioTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, ioTimeout)
	o.PoolTimeout = cmp.Or(o.PoolTimeout, ioTimeout)
	o.MaxRetries = cmp.Or(o.MaxRetries, 1) // every change of a Store can be asked for again
	o.DialerRetries = 1
	o.ContextTimeoutEnabled = true // otherwise a deadline ends the waiting for a connection only
	o.PipelinePoolSize = cmp.Or(o.PipelinePoolSize, -1)
	// Both are unknown to Redis 7.0, and would be two errors for each new connection.
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}
