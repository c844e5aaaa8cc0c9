package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/redisclient"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/token/orgstore"
	"github.com/devrev/scim/services/token/tokenserver"
)

// mongoConnections is how many a process may have open: a settings page and a platform call, not identity providers.
const mongoConnections = 20

// stores are the two that tokend keeps its data in, and their clients.
type stores struct {
	redis         *redis.Client
	mongo         *mongo.Client
	tokens        *redisstore.Announcing
	replay        *redisstore.Announcing
	pulse         *redisstore.Store
	watching      *redis.Client // of pulse: unobserved, as it speaks every second and of nothing else
	organisations *orgstore.Store
}

// connect makes the clients. It waits for neither server: tokend may start before them, and is ready when they are.
func connect(config tokenserver.Config, reporting *telemetry.Telemetry) (stores, error) {
	redisOptions, err := redisstore.Options(config.RedisURL)
	if err != nil {
		return stores{}, fmt.Errorf("REDIS_URL: %w", err)
	}
	mongoClient, err := mongodb.Connect(config.MongoURI, mongoConnections, reporting)
	if err != nil {
		return stores{}, fmt.Errorf("MONGODB_URI: %w", err)
	}
	redisclient.LogTo(reporting.Logger())
	redisClient := redis.NewClient(redisOptions)
	redisclient.Observe(redisClient, reporting)
	watching := redis.NewClient(redisOptions)
	return stores{
		redis: redisClient, mongo: mongoClient,
		tokens: redisstore.NewAnnouncing(redisClient, int(config.Replicas)),
		replay: redisstore.NewAnnouncing(redisClient, 0),
		pulse:  redisstore.New(watching), watching: watching,
		organisations: orgstore.New(mongoClient.Database(config.Database)),
	}, nil
}

// checks are what tokend cannot do without.
func (s stores) checks(replicas int) []web.Check {
	return []web.Check{
		{Name: "redis", Probe: redisclient.Usable(s.redis)},
		{Name: "redis_durability", Probe: redisclient.Durable(s.redis, replicas), Advisory: true},
		{Name: "mongodb", Probe: func(ctx context.Context) error { return s.mongo.Ping(ctx, nil) }},
	}
}

func (s stores) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return errors.Join(s.redis.Close(), s.watching.Close(), s.mongo.Disconnect(ctx))
}
