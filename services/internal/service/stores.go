package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/environment"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/redisclient"
	"github.com/devrev/scim/services/internal/web"
)

// closePatience is how long closing the clients of the stores may take.
const closePatience = time.Second

// Stores are the clients of the stores.
type Stores struct {
	Redis      redis.UniversalClient
	Unobserved redis.UniversalClient // of the same Redis, without telemetry: for what is asked every second
	MongoDB    *mongo.Database
}

// connect makes the clients of the stores, with at most connections to each server of MongoDB, and
// closes them at the end. It waits for no server: a program may start before its stores, and is
// ready when they are.
func (s *Service) connect(connections uint64) (Stores, error) {
	c := s.stores
	client, err := mongodb.Connect(c.MongoURI, connections, s.Certs.Client(), s.Telemetry)
	if err != nil {
		return Stores{}, fmt.Errorf("MONGODB_URI: %w", err)
	}
	observed, err := redisstore.Connect(c.RedisURL, s.Certs.Client())
	if err != nil {
		return Stores{}, fmt.Errorf("REDIS_URL: %w", err)
	}
	unobserved, err := redisstore.Connect(c.RedisURL, s.Certs.Client())
	if err != nil {
		return Stores{}, fmt.Errorf("REDIS_URL: %w", err)
	}
	redisclient.LogTo(s.Telemetry.Logger())
	stores := Stores{Redis: observed, Unobserved: unobserved, MongoDB: client.Database(c.Database)}
	redisclient.Observe(stores.Redis, s.Telemetry)
	s.AtEnd(stores.close)
	return stores, nil
}

// Checks are that both stores answer, and that Redis is one that a program can work with.
func (s Stores) Checks() []web.Check {
	return []web.Check{
		{Name: "redis", Probe: redisclient.Usable(s.Redis)},
		{Name: "mongodb", Probe: func(ctx context.Context) error { return s.MongoDB.Client().Ping(ctx, nil) }},
	}
}

// Environment returns the markers of the two.
func (s Stores) Environment() environment.Pair {
	return environment.Pair{Redis: redisstore.New(s.Unobserved), MongoDB: environment.InMongoDB(s.MongoDB)}
}

func (s Stores) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closePatience)
	defer cancel()
	return errors.Join(s.Redis.Close(), s.Unobserved.Close(), s.MongoDB.Client().Disconnect(ctx))
}
