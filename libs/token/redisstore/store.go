package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/devrev/scim/libs/token"
)

// Store is a token.Store on Redis, made by New.
type Store struct {
	client redis.Cmdable // leads to the keys of organisations, and to the feed
	ids    redis.Cmdable // leads to tagKey, which is in a slot of its own
	within time.Duration // the longest that one call takes
}

var _ token.Store = (*Store)(nil)

// New returns the store on client, which stays the caller's to close. Make the client with Connect
// or Options: with the defaults of go-redis a deadline is not kept. A call takes at most twice the
// time that the client has to read an answer.
func New(client redis.UniversalClient) *Store { return &Store{client, client, budget(client)} }

// do runs call, in time, and returns what the contract allows: a sentinel, or ErrUnavailable for
// everything else.
func (s *Store) do(ctx context.Context, what string, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	err := call(ctx)
	switch {
	case err == nil, token.Answered(err):
		return err
	case errors.Is(err, redis.Nil):
		return token.ErrNotFound
	case errors.Is(err, token.ErrUnavailable):
		return fmt.Errorf("%s: %w", what, err)
	default:
		return fmt.Errorf("%s: %w: %w", what, token.ErrUnavailable, err)
	}
}

// transaction sends all commands to be done at once. Where Redis refuses one of them, the error is
// that refusal, such as READONLY or MOVED, and not the EXECABORT that follows from it.
func (s *Store) transaction(ctx context.Context, commands func(redis.Pipeliner) error) error {
	return transaction(ctx, s.client, commands)
}

func transaction(ctx context.Context, client redis.Cmdable, commands func(redis.Pipeliner) error) error {
	sent, err := client.TxPipelined(ctx, commands)
	if redis.HasErrorPrefix(err, "EXECABORT") {
		for _, cmd := range sent {
			if refusal := cmd.Err(); refusal != nil && !redis.HasErrorPrefix(refusal, "EXECABORT") {
				return refusal
			}
		}
	}
	return err
}
