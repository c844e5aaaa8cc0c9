package redisstore

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// ioTimeout is short since an identity provider is better served by a quick 503.
const (
	ioTimeout   = 500 * time.Millisecond
	dialTimeout = 300 * time.Millisecond
)

// attempts is how often a command is sent that got no answer, unless the URL says otherwise.
const attempts = 2

// budget returns the longest that one call of a Store takes, whatever Redis does: twice the time in
// which an answer is read, however often the URL has it repeated, and no less than by default,
// since replicas have a part of it.
func budget(client redis.UniversalClient) time.Duration {
	return attempts * max(readTimeout(client), ioTimeout)
}

// readTimeout returns how long the client waits for an answer; ioTimeout if it may wait for good.
func readTimeout(client redis.UniversalClient) time.Duration {
	var once time.Duration
	switch c := client.(type) {
	case *redis.Client:
		once = c.Options().ReadTimeout
	case *redis.ClusterClient:
		once = c.Options().ReadTimeout
	}
	if once <= 0 {
		return ioTimeout
	}
	return once
}

// optionNames are those of a URL; see redis.ParseURL.
var optionNames = []string{
	"protocol", "client_name", "max_retries", "min_retry_backoff", "max_retry_backoff", "dial_timeout", "read_timeout", "write_timeout",
	"pool_fifo", "pool_size", "pool_timeout", "min_idle_conns", "max_idle_conns", "max_active_conns", "conn_max_idle_time",
	"conn_max_lifetime", "db", "skip_verify",
}

// explain returns what is wrong with the URL: an option, if it is one, whose name may be a part of
// a password that is not escaped.
func explain(url string) error {
	_, query, _ := strings.Cut(url, "?")
	for option := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(option, "=")
		if option == "" {
			continue
		}
		if !slices.Contains(optionNames, name) {
			return fmt.Errorf("has an option that does not exist; the options are %s, and of Sentinels sentinel_username and sentinel_password", strings.Join(optionNames, ", "))
		}
		if _, err := redis.ParseURL("redis://localhost?" + option); err != nil {
			return fmt.Errorf("%s has a value that it cannot have", name)
		}
	}
	return errors.New("must have the form redis[s]://[user:password@]host[:port][/db][?option=value], " +
		"redis[s]+sentinel://[user:password@]host[:port],.../name[/db] or redis[s]+cluster://[user:password@]host[:port],..., " +
		"with : / ? # [ ] @ % of the password as %3A and so on")
}

// Options reads redis[s]://[user:password@]host[:port][/db][?option=value] and sets the options
// that a Store needs and the URL leaves open. Pass it to redis.NewClient. The error does not quote
// the URL, which may hold a password.
func Options(url string) (*redis.Options, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, explain(url)
	}
	if o.TLSConfig != nil && o.TLSConfig.InsecureSkipVerify {
		return nil, errors.New("skip_verify must not be set, since any server could then read the data: give the certificate authority as TLS_CA_FILE")
	}
	o.DialTimeout = cmp.Or(o.DialTimeout, dialTimeout)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, ioTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, ioTimeout)
	o.PoolTimeout = cmp.Or(o.PoolTimeout, ioTimeout)
	o.MaxRetries = cmp.Or(o.MaxRetries, attempts-1) // every change of a Store can be repeated
	o.DialerRetries = 1
	o.ContextTimeoutEnabled = true // otherwise a deadline ends the waiting for a connection only
	o.PipelinePoolSize = cmp.Or(o.PipelinePoolSize, -1)
	// Both are unknown to Redis 7.0, and would be two errors for each new connection.
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}
