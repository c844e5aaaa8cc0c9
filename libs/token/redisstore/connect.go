package redisstore

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	neturl "net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

const (
	redisPort    = "6379"
	sentinelPort = "26379"
)

// Connect returns a client of the Redis that url leads to, with what a Store wants and the URL
// leaves open. It opens no connection.
//
//	redis[s]://[user:password@]host[:port][/db][?option=value]
//	    one server, or an address that leads to the primary
//	redis[s]+sentinel://[user:password@]host[:port],.../name[/db][?option=value]
//	    the primary that these Sentinels know by this name, also after a failover; user and password are of Redis, those of
//	    the Sentinels are the options sentinel_username and sentinel_password
//	redis[s]+cluster://[user:password@]host[:port],...[?option=value]
//	    the cluster that these nodes know
//
// With rediss, secured says which authorities are trusted and which certificate is shown to
// servers that ask for one; nil: those that the machine trusts, and none. The client is a
// *redis.Client, or a *redis.ClusterClient of a cluster. The error does not quote the URL, which
// may hold a password.
func Connect(url string, secured *tls.Config) (redis.UniversalClient, error) {
	t, err := parse(url)
	if err != nil {
		return nil, err
	}
	if t.secured != nil && secured != nil {
		t.secured.RootCAs, t.secured.GetClientCertificate = secured.RootCAs, secured.GetClientCertificate
	}
	return t.connect(), nil
}

// Where returns what url leads to, without user, password and options: host:port/db,
// host:port,.../name/db or host:port,.... The error is that of Connect.
func Where(url string) (string, error) {
	t, err := parse(url)
	return t.where, err
}

// target is what a URL leads to.
type target struct {
	where   string
	secured *tls.Config // of the connections; nil: plain text
	connect func() redis.UniversalClient
}

func parse(url string) (target, error) {
	scheme, rest, _ := strings.Cut(url, "://")
	transport, kind, several := strings.Cut(scheme, "+")
	if !several {
		o, err := Options(url)
		if err != nil {
			return target{}, err
		}
		return target{fmt.Sprintf("%s/%d", o.Addr, o.DB), o.TLSConfig, func() redis.UniversalClient { return redis.NewClient(o) }}, nil
	}
	address, query, _ := strings.Cut(rest, "?")
	user, place := "", address
	if at := strings.LastIndex(address, "@"); at >= 0 {
		user, place = address[:at+1], address[at+1:]
	}
	hosts, path, _ := strings.Cut(place, "/")
	switch kind {
	case "sentinel":
		return bySentinels(transport, user, hosts, path, query)
	case "cluster":
		return cluster(transport, user, hosts, path, query)
	default:
		return target{}, explain("")
	}
}

func bySentinels(transport, user, hosts, path, query string) (target, error) {
	name, db, _ := strings.Cut(path, "/")
	if name == "" {
		return target{}, errors.New("must say which primary the Sentinels are asked for: redis+sentinel://host:26379,.../name")
	}
	var sentinelUser, sentinelPassword string
	query, err := cutOption(query, "sentinel_username", &sentinelUser)
	if err != nil {
		return target{}, err
	}
	if query, err = cutOption(query, "sentinel_password", &sentinelPassword); err != nil {
		return target{}, err
	}
	o, err := severalServers(transport+"://"+user+"localhost/"+db+"?"+query, hosts, sentinelPort)
	if err != nil {
		return target{}, err
	}
	o.MasterName, o.SentinelUsername, o.SentinelPassword = name, sentinelUser, sentinelPassword
	where := fmt.Sprintf("%s/%s/%d", strings.Join(o.Addrs, ","), name, o.DB)
	return target{where, o.TLSConfig, func() redis.UniversalClient { return redis.NewFailoverClient(o.Failover()) }}, nil
}

func cluster(transport, user, hosts, path, query string) (target, error) {
	o, err := severalServers(transport+"://"+user+"localhost/?"+query, hosts, redisPort)
	if err != nil {
		return target{}, err
	}
	if path != "" || o.DB != 0 {
		return target{}, errors.New("must not name a database, since a cluster has one only")
	}
	return target{strings.Join(o.Addrs, ","), o.TLSConfig, func() redis.UniversalClient { return redis.NewClusterClient(o.Cluster()) }}, nil
}

// cutOption takes an option of which redis.ParseURL does not know out of the query, and sets value
// to its value.
func cutOption(query, name string, value *string) (string, error) {
	var others []string
	for option := range strings.SplitSeq(query, "&") {
		if escaped, ok := strings.CutPrefix(option, name+"="); ok {
			unescaped, err := neturl.QueryUnescape(escaped)
			if err != nil {
				return "", fmt.Errorf("%s has a value that it cannot have", name)
			}
			*value = unescaped
			continue
		}
		others = append(others, option)
	}
	return strings.Join(others, "&"), nil
}

// addressesOf reads host[:port],..., with port where there is none.
func addressesOf(hosts, port string) ([]string, error) {
	var addresses []string
	for each := range strings.SplitSeq(hosts, ",") {
		if !strings.Contains(each, ":") || strings.HasSuffix(each, "]") {
			each = net.JoinHostPort(strings.Trim(each, "[]"), port)
		}
		host, port, err := net.SplitHostPort(each)
		n, notNumber := strconv.ParseUint(port, 10, 16)
		if err != nil || host == "" || notNumber != nil || n == 0 {
			return nil, errors.New("must list addresses of the form host[:port] with commas between them, and no spaces")
		}
		addresses = append(addresses, each)
	}
	return addresses, nil
}

// severalServers returns the options that a URL gives to each server at hosts.
func severalServers(url, hosts, port string) (*redis.UniversalOptions, error) {
	addresses, err := addressesOf(hosts, port)
	if err != nil {
		return nil, err
	}
	o, err := Options(url)
	if err != nil {
		return nil, err
	}
	if o.TLSConfig != nil {
		o.TLSConfig.ServerName = "" // each server's own
	}
	return &redis.UniversalOptions{
		Addrs: addresses, ClientName: o.ClientName, DB: o.DB, Protocol: o.Protocol, Username: o.Username, Password: o.Password,
		MaxRetries: o.MaxRetries, MinRetryBackoff: o.MinRetryBackoff, MaxRetryBackoff: o.MaxRetryBackoff,
		DialTimeout: o.DialTimeout, DialerRetries: o.DialerRetries, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
		ContextTimeoutEnabled: o.ContextTimeoutEnabled, PipelinePoolSize: o.PipelinePoolSize,
		PoolFIFO: o.PoolFIFO, PoolSize: o.PoolSize, PoolTimeout: o.PoolTimeout,
		MinIdleConns: o.MinIdleConns, MaxIdleConns: o.MaxIdleConns, MaxActiveConns: o.MaxActiveConns,
		ConnMaxIdleTime: o.ConnMaxIdleTime, ConnMaxLifetime: o.ConnMaxLifetime, TLSConfig: o.TLSConfig,
		DisableIdentity: o.DisableIdentity, MaintNotificationsConfig: o.MaintNotificationsConfig,
	}, nil
}
