package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/redisclient"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/generation"
	"github.com/devrev/scim/services/scim/mongostore"
	"github.com/devrev/scim/services/scim/scimserver"
)

// mongoConnections is how many a process may have open: one for each request that is written or read at a time.
const mongoConnections = 50

// stores are the two that scimd reads and writes, and their clients.
type stores struct {
	redis     *redis.Client
	mongo     *mongo.Client
	tokens    *redisstore.Store
	feed      *redisstore.Feed
	following *redis.Client // of feed: unobserved, as it asks every second and for nothing else
	fence     *generation.Reader
	directory *mongostore.Store
	activity  *mongostore.Activity
}

// connect makes the clients. It waits for neither server: scimd may start before them, and is ready when they are.
func connect(config scimserver.Config, reporting *telemetry.Telemetry) (stores, error) {
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
	db := mongoClient.Database(config.Database)
	following := redis.NewClient(redisOptions)
	return stores{
		redis: redisClient, mongo: mongoClient,
		tokens: redisstore.New(redisClient), feed: redisstore.NewFeed(following), following: following, fence: generation.New(db),
		directory: mongostore.New(db), activity: mongostore.NewActivity(db),
	}, nil
}

// prepare makes the indexes that are missing.
func (s stores) prepare(ctx context.Context) error {
	if err := s.directory.Prepare(ctx); err != nil {
		return err
	}
	return s.activity.Prepare(ctx)
}

// limiter counts in Redis, for all processes together, and in this one while Redis is away. At 0 nobody is limited.
func (s stores) limiter(perSecond uint32) ratelimit.Limiter {
	if perSecond == 0 {
		return nil
	}
	return ratelimit.NewFallback(s.tokens)
}

// checks are what scimd cannot do without.
func (s stores) checks() []web.Check {
	return []web.Check{
		{Name: "redis", Probe: redisclient.Usable(s.redis)},
		{Name: "mongodb", Probe: func(ctx context.Context) error { return s.mongo.Ping(ctx, nil) }},
	}
}

func (s stores) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return errors.Join(s.redis.Close(), s.following.Close(), s.mongo.Disconnect(ctx))
}
