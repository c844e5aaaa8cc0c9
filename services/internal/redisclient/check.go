package redisclient

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token/redisstore"
)

// The oldest Redis that has what the scripts use.
const (
	oldestMajor = 6
	oldestMinor = 2
)

// Usable returns the probe of a check that client leads to a Redis that the programs can work with:
// it answers, is of the kind that REDIS_URL says, the primary, not too old, and forgets nothing of
// itself. Of a cluster this holds of each primary, and every slot is on one. The error is one
// sentence for the operator who configures the program.
//
// The user of client needs the command INFO, and on a cluster those of
// redisstore.VerifierClusterACL.
func Usable(client redis.UniversalClient) func(context.Context) error {
	return func(ctx context.Context) error {
		cluster, ok := client.(*redis.ClusterClient)
		if !ok {
			return usable(ctx, client, "standalone")
		}
		err := onEachPrimary(ctx, cluster, func(ctx context.Context, primary *redis.Client) error { return usable(ctx, primary, "cluster") })
		if err != nil {
			return err
		}
		state, err := cluster.ClusterInfo(ctx).Result()
		if err != nil {
			return clusterError(err)
		}
		if fieldsOf(state)["cluster_state"] != "ok" {
			return errors.New("the Redis Cluster is down: it has slots that no primary serves")
		}
		return nil
	}
}

// usable asks one server, which is to be of this mode.
func usable(ctx context.Context, client redis.UniversalClient, mode string) error {
	info, err := ask(ctx, client)
	if err != nil {
		return err
	}
	switch {
	case info["redis_mode"] == "sentinel":
		return errors.New("REDIS_URL leads to a Sentinel, which knows where Redis is and keeps no data: give redis+sentinel://HOST:PORT,.../NAME with the NAME of the primary")
	case info["redis_mode"] == "cluster" && mode != "cluster":
		return errors.New("REDIS_URL leads to a node of a Redis Cluster, which has a part of the data: give redis+cluster://HOST:PORT,...")
	case info["role"] != "master":
		return fmt.Errorf("REDIS_URL leads to a replica, which takes no changes: give an address that leads to the primary, which is %s:%s now",
			info["master_host"], info["master_port"])
	case tooOld(info["redis_version"]):
		return fmt.Errorf("Redis %s is too old: the program needs %d.%d or later", info["redis_version"], oldestMajor, oldestMinor)
	case info["maxmemory"] != "0" && info["maxmemory_policy"] != "noeviction":
		return fmt.Errorf("Redis has the maxmemory-policy %s: short of memory it forgets tokens, whose owners get 401; set noeviction", info["maxmemory_policy"])
	default:
		return nil
	}
}

// onEachPrimary asks all primaries of a cluster.
func onEachPrimary(ctx context.Context, cluster *redis.ClusterClient, ask func(context.Context, *redis.Client) error) error {
	var asked atomic.Bool
	err := cluster.ForEachMaster(ctx, func(ctx context.Context, primary *redis.Client) error {
		asked.Store(true)
		return ask(ctx, primary)
	})
	if err != nil && !asked.Load() {
		return clusterError(err)
	}
	return err
}

// clusterError says why it is not known where the slots of a cluster are.
func clusterError(err error) error {
	switch {
	case strings.Contains(err.Error(), "cluster support disabled"):
		return errors.New("REDIS_URL says redis+cluster:// and leads to a Redis that is not part of a cluster: give redis://HOST:PORT")
	case strings.Contains(err.Error(), "NOPERM"):
		return fmt.Errorf("the user of REDIS_URL may not ask where the slots of the cluster are: add %s to its rules", redisstore.VerifierClusterACL)
	default:
		return fmt.Errorf("no node of the Redis Cluster answers: %w", err)
	}
}

// Durable returns the probe of a check that what Redis acknowledges outlives its end: it persists,
// and as many replicas follow it as a change of tokens waits for.
func Durable(client redis.UniversalClient, replicas int) func(context.Context) error {
	return func(ctx context.Context) error {
		if cluster, ok := client.(*redis.ClusterClient); ok {
			return onEachPrimary(ctx, cluster, func(ctx context.Context, primary *redis.Client) error { return durable(ctx, primary, replicas) })
		}
		return durable(ctx, client, replicas)
	}
}

func durable(ctx context.Context, client redis.UniversalClient, replicas int) error {
	info, err := ask(ctx, client)
	if err != nil {
		return err
	}
	var missing []error
	if info["aof_enabled"] != "1" {
		missing = append(missing, errors.New("Redis has no append-only file: a restart loses all tokens; set appendonly yes"))
	}
	if following := online(info); following < replicas {
		missing = append(missing, fmt.Errorf(
			"Redis has %d replicas that follow it, and TOKEND_REDIS_REPLICAS asks for %d: every change of tokens is answered with 503", following, replicas))
	}
	return errors.Join(missing...)
}

// ask returns the fields of INFO. A server that is loading its data answers INFO and nothing else.
func ask(ctx context.Context, client redis.UniversalClient) (map[string]string, error) {
	var info *redis.StringCmd
	_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Ping(ctx)
		info = p.Info(ctx)
		return nil
	})
	if redis.HasErrorPrefix(err, "NOPERM") {
		return nil, fmt.Errorf("the user of REDIS_URL may not run PING and INFO, which tell what server it is: add +ping +info to its rules: %w", err)
	}
	if errors.Is(err, redis.Nil) {
		return nil, errors.New("the Sentinels of REDIS_URL know no primary by the name that it gives")
	}
	if err != nil {
		return nil, fmt.Errorf("Redis does not answer: %w", err)
	}
	return fieldsOf(info.Val()), nil
}

// fieldsOf reads lines of name:value.
func fieldsOf(info string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// tooOld reports whether a version is below the oldest. One that cannot be read is not.
func tooOld(version string) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	major, err := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err == nil && err2 == nil && (major < oldestMajor || major == oldestMajor && minor < oldestMinor)
}

// online counts the replicas that have caught up: slave0:ip=10.0.0.7,port=6379,state=online,...
func online(info map[string]string) (n int) {
	for name, value := range info {
		if number, ok := strings.CutPrefix(name, "slave"); ok && strings.Contains(value, "state=online") {
			if _, err := strconv.Atoi(number); err == nil {
				n++
			}
		}
	}
	return n
}
