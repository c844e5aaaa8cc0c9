package storecheck

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/libs/telemetry"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/services/internal/certs"
	"github.com/devrev/scim/services/internal/config"
	"github.com/devrev/scim/services/internal/environment"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/redisclient"
	"github.com/devrev/scim/services/token/issuer"
	"github.com/devrev/scim/services/token/orgstore"
)

// stores are the variables that say where the stores are, as those of tokend.
type stores struct {
	config.Program

	RedisURL string `env:"REDIS_URL" secret:"file"`
	MongoURI string `env:"MONGODB_URI" secret:"file"`
	Database string `env:"MONGODB_DATABASE" envDefault:"devrev_scim"`
}

// connections is how many are open to MongoDB at most.
const connections = 2

// Checker compares two stores. Make it with Open or New.
type Checker struct {
	organisations issuer.Store
	tokens        *redisstore.Store
	issuer        *issuer.Issuer
	pair          environment.Pair
	close         func(context.Context) error
}

// Open returns the Checker of the stores that the environment names, as os.Environ gives it. The
// error has a sentence for each variable that is missing or wrong, and quotes no secret. The caller
// closes it.
func Open(ctx context.Context, environ []string) (*Checker, error) {
	var s stores
	if err := config.Read(environ, &s, &s.Program); err != nil {
		return nil, err
	}
	var errs []error
	for _, v := range []struct{ name, value string }{{"REDIS_URL", s.RedisURL}, {"MONGODB_URI", s.MongoURI}} {
		if v.value == "" {
			errs = append(errs, fmt.Errorf("%[1]s: must be set, or %[1]s_FILE", v.name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	secured, err := certs.New(s.Certs(), func(error) {})
	if err != nil {
		return nil, err
	}
	client, err := mongodb.Connect(s.MongoURI, connections, secured.Client(), telemetry.Off())
	if err != nil {
		return nil, fmt.Errorf("MONGODB_URI: %w", err)
	}
	redisclient.LogTo(slog.New(slog.DiscardHandler)) // an error says it, once
	tokens, err := redisstore.Connect(s.RedisURL, secured.Client())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("REDIS_URL: %w", err), client.Disconnect(ctx))
	}
	c, err := New(redisstore.NewAnnouncing(tokens, 0), redisstore.New(tokens), client.Database(s.Database))
	if err != nil {
		return nil, errors.Join(err, tokens.Close(), client.Disconnect(ctx))
	}
	c.close = func(ctx context.Context) error { return errors.Join(tokens.Close(), client.Disconnect(ctx)) }
	return c, nil
}

// New returns a Checker. announcing is the store of tokens as changes go to it, so that scimd
// hears of them.
func New(announcing token.Store, tokens *redisstore.Store, db *mongo.Database) (*Checker, error) {
	organisations := orgstore.New(db)
	pepper := []byte(rand.Text() + rand.Text()) // of no token: announcing signs nothing
	keyring, err := token.NewKeyring("none", map[string][]byte{"none": pepper})
	if err != nil {
		return nil, err
	}
	rules, err := issuer.New(issuer.Deps{Store: organisations, Tokens: announcing, Keyring: keyring})
	if err != nil {
		return nil, err
	}
	return &Checker{
		organisations: organisations, tokens: tokens, issuer: rules,
		pair:  environment.Pair{Redis: tokens, MongoDB: environment.InMongoDB(db)},
		close: func(context.Context) error { return nil },
	}, nil
}

// Close ends the connections.
func (c *Checker) Close(ctx context.Context) error { return c.close(ctx) }
