// Package redisclient observes go-redis: a client span and a duration for each command and
// pipeline, and the pool of connections.
//
// It is not redisotel, which by default exports every command with its arguments, and so the hashes
// of tokens; speaks of conventions from 2022; and makes spans of its own housekeeping. Here a span
// has the command's name, never a key, an argument or a script, and errors by their class alone.
package redisclient

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/services/internal/roundtrips"
)

type hook struct {
	tracer  trace.Tracer
	metrics *telemetry.Metrics
	attrs   []attribute.KeyValue // of every span
	begin   telemetry.Once[string, []trace.SpanStartOption]
}

var _ redis.Hook = (*hook)(nil)

// Observe reports all that client does, and its pools, to tel. Call it before client is used.
func Observe(client redis.UniversalClient, tel *telemetry.Telemetry) {
	switch client := client.(type) {
	case *redis.Client:
		client.AddHook(New(tel, client.Options().Addr))
		tel.Metrics().Connections(telemetry.Redis, func() telemetry.Pool { return pool(client) })
	case *redis.ClusterClient:
		client.OnNewNode(func(node *redis.Client) { node.AddHook(New(tel, node.Options().Addr)) })
		tel.Metrics().Connections(telemetry.Redis, nodes(client))
	}
}

func pool(client *redis.Client) telemetry.Pool {
	stats := client.PoolStats()
	open, idle := int64(stats.TotalConns), int64(stats.IdleConns)
	used, most := max(open-idle, 0), int64(client.Options().PoolSize) // the two are not read at one moment
	return telemetry.Pool{Idle: idle, Used: used, Max: most, Busiest: float64(used) / float64(most)}
}

// nodes adds up the pools of a cluster's servers, each of which has one. One that left the cluster
// counts for what a pool may have.
func nodes(cluster *redis.ClusterClient) func() telemetry.Pool {
	var mu sync.Mutex
	var known []*redis.Client
	cluster.OnNewNode(func(node *redis.Client) {
		mu.Lock()
		defer mu.Unlock()
		known = append(known, node)
	})
	return func() (all telemetry.Pool) {
		mu.Lock()
		defer mu.Unlock()
		for _, node := range known {
			each := pool(node)
			all.Idle, all.Used, all.Max, all.Busiest = all.Idle+each.Idle, all.Used+each.Used, all.Max+each.Max, max(all.Busiest, each.Busiest)
		}
		return all
	}
}

// New returns a hook for a client of the server at address, "host:port". Observe adds it.
func New(tel *telemetry.Telemetry, address string) redis.Hook {
	h := &hook{tracer: tel.Tracer(), metrics: tel.Metrics(), attrs: []attribute.KeyValue{semconv.DBSystemNameRedis}}
	if host, port, err := net.SplitHostPort(address); err == nil {
		h.attrs = append(h.attrs, semconv.ServerAddress(host))
		if n, err := strconv.Atoi(port); err == nil {
			h.attrs = append(h.attrs, semconv.ServerPort(n))
		}
	}
	return h
}

// DialHook observes nothing: a dial that fails shows in the command that needed it.
func (*hook) DialHook(next redis.DialHook) redis.DialHook { return next }

// greetings are what the client sends of its own accord on each new connection. If one fails it
// shows in the command that needed it. On a cluster they ask also where the slots are.
var greetings = []string{"hello", "auth", "client", "select", "cluster", "command", "asking", "readonly"}

// ProcessHook observes a command.
func (h *hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) (err error) {
		if slices.Contains(greetings, cmd.Name()) {
			return next(ctx, cmd)
		}
		h.observe(ctx, strings.ToUpper(cmd.Name()), nil, func(ctx context.Context) string {
			err = next(ctx, cmd)
			return classify(err)
		})
		return err
	}
}

// ProcessPipelineHook observes a pipeline or transaction as one.
func (h *hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) (err error) {
		size := []attribute.KeyValue{semconv.DBOperationBatchSize(len(cmds))}
		h.observe(ctx, "PIPELINE", size, func(ctx context.Context) string {
			err = next(ctx, cmds)
			class := classify(err)
			for _, cmd := range cmds { // err is the first command's that has one, even if it is only an absent key
				class = cmp.Or(class, classify(cmd.Err()))
			}
			return class
		})
		return err
	}
}

// observe measures do, which returns the class of its error.
func (h *hook) observe(ctx context.Context, operation string, attrs []attribute.KeyValue, do func(context.Context) string) {
	roundtrips.Redis(ctx)
	start := time.Now()
	ctx, span := h.tracer.Start(ctx, operation, h.begin.Get(operation, h.options)...)
	defer span.End()
	span.SetAttributes(attrs...)
	class := do(ctx)
	if class != "" {
		span.SetStatus(codes.Error, "")
		span.SetAttributes(semconv.ErrorTypeKey.String(class))
	}
	h.metrics.RedisDuration(ctx, operation, class, time.Since(start))
}

// options are how each span of an operation begins.
func (h *hook) options(operation string) []trace.SpanStartOption {
	attrs := append(slices.Clone(h.attrs), semconv.DBOperationName(operation))
	return []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...)}
}

// refusals are the words with which Redis begins a refusal that an operator should distinguish from
// others.
var refusals = [...]string{"READONLY", "NOREPLICAS", "LOADING", "OOM", "NOPERM", "WRONGPASS", "NOAUTH", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"}

// classify returns "" if err is none: an absent key is an answer, NOSCRIPT is how the client learns
// to send the script, and MOVED and ASK are how it learns where a slot is. Else a word of a closed
// set: canceled, timeout, pool_timeout, closed, connection, one of refusals in small letters, or
// server for what else Redis refuses.
func classify(err error) string {
	var refusal redis.Error
	switch onWire, isNet := errors.AsType[net.Error](err); {
	case err == nil, errors.Is(err, redis.Nil), redis.HasErrorPrefix(err, "NOSCRIPT"),
		redis.HasErrorPrefix(err, "MOVED"), redis.HasErrorPrefix(err, "ASK"):
		return ""
	case errors.As(err, &refusal):
		for _, word := range refusals {
			if redis.HasErrorPrefix(err, word) {
				return strings.ToLower(word)
			}
		}
		return "server"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, redis.ErrPoolTimeout):
		return "pool_timeout"
	case errors.Is(err, redis.ErrClosed):
		return "closed"
	case errors.Is(err, context.DeadlineExceeded), isNet && onWire.Timeout():
		return "timeout"
	default:
		return "connection"
	}
}
