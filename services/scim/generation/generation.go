// Package generation reads, for the SCIM service, the one fact about organisations that must not
// come from Redis alone: the generation below which all tokens are dead. A failover can take Redis
// back to before SCIM was switched off; the organisations in MongoDB are written by the majority.
// They are the token service's (orgstore); of their documents this package knows a terms.Fence.
package generation

import (
	"context"
	"errors"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"golang.org/x/sync/singleflight"

	"github.com/devrev/scim/services/internal/terms"
)

const (
	life     = 5 * time.Second        // of what was read
	pause    = time.Second            // after a failure
	patience = 250 * time.Millisecond // for an answer that is a second line of defence
	most     = 10_000                 // organisations
)

// Reader reads generations and remembers each for 5 s. It is safe for concurrent use.
type Reader struct {
	organisations *mongo.Collection
	known         *lru.Cache[string, known]
	reading       singleflight.Group
}

type known struct {
	generation int64
	absent     bool // MongoDB has said that there is no such organisation
	until      time.Time
}

// New returns the Reader of the organisations in db.
func New(db *mongo.Database) *Reader {
	cache, _ := lru.New[string, known](most) // only a size below 1 is an error
	return &Reader{
		organisations: db.Collection(terms.Organisations, options.Collection().
			SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary())),
		known: cache,
	}
}

// Of returns the organisation's generation, as of 5 s ago at most, and false for an organisation
// that is not there; it is a token.Fence.
//
// It takes 250 ms at most: when MongoDB does not answer, what was read last is used, since a
// generation never falls, and an organisation that was never read is taken to be there. No one gets
// in by that who could do anything, because users and groups are in MongoDB too.
func (r *Reader) Of(ctx context.Context, org string) (generation int64, there bool) {
	last, _ := r.known.Get(org)
	if time.Now().Before(last.until) {
		return last.generation, !last.absent
	}
	read, _, _ := r.reading.Do(org, func() (any, error) {
		next := last
		next.until = time.Now().Add(life)
		generation, err := r.read(ctx, org)
		switch {
		case errors.Is(err, mongo.ErrNoDocuments):
			next.absent = true
		case err != nil:
			next.until = time.Now().Add(pause) // the failure shows in the metrics of MongoDB's operations
		default:
			next.generation, next.absent = max(last.generation, generation), false
		}
		r.known.Add(org, next)
		return next, nil
	})
	next, _ := read.(known)
	return next.generation, !next.absent
}

// read asks on everybody's behalf, so it does not end with the request that happened to be the
// first.
func (r *Reader) read(ctx context.Context, org string) (int64, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var document terms.Fence
	err := r.organisations.FindOne(ctx, bson.D{{Key: "_id", Value: org}},
		options.FindOne().SetProjection(bson.D{{Key: terms.FieldGeneration, Value: 1}})).Decode(&document)
	return document.Generation, err
}
