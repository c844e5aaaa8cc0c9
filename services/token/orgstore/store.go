// Package orgstore is the issuer.Store on MongoDB: the collection of organisations, and the audit,
// which is an auditstore.Store.
package orgstore

import (
	"context"
	"errors"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/devrev/scim/services/internal/auditstore"
	"github.com/devrev/scim/services/internal/mongodb"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/token/issuer"
)

// Store implements issuer.Store. Each change is of one document, so it needs no transactions.
type Store struct {
	*auditstore.Store
	organisations *mongo.Collection
	erasures      *mongo.Collection // which the SCIM service writes
}

var _ issuer.Store = (*Store)(nil)

// New returns the store in db. Prepare must have succeeded once before it is used.
func New(db *mongo.Database) *Store {
	db = mongodb.Lasting(db)
	return &Store{auditstore.New(db), db.Collection(terms.Organisations), db.Collection(terms.Erasures)}
}

// Organisation implements issuer.Store.
func (s *Store) Organisation(ctx context.Context, id string) (issuer.Organisation, error) {
	var d organisationDocument
	err := s.organisations.FindOne(ctx, byID(id)).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return issuer.Organisation{}, issuer.ErrNoOrganisation
	}
	if err != nil {
		return issuer.Organisation{}, auditstore.Unavailable("find organisation", err)
	}
	return d.organisation(), nil
}

// CreateOrganisation implements issuer.Store.
func (s *Store) CreateOrganisation(ctx context.Context, o issuer.Organisation) error {
	_, err := s.organisations.InsertOne(ctx, documentOf(o))
	if mongo.IsDuplicateKeyError(err) {
		return issuer.ErrExists
	}
	return auditstore.Unavailable("insert organisation", err)
}

// ReplaceOrganisation implements issuer.Store.
func (s *Store) ReplaceOrganisation(ctx context.Context, o issuer.Organisation) (issuer.Organisation, error) {
	expected := append(byID(o.ID), bson.E{Key: fieldVersion, Value: o.Version})
	o.Version++
	done, err := s.organisations.ReplaceOne(ctx, expected, documentOf(o))
	if err != nil {
		return issuer.Organisation{}, auditstore.Unavailable("replace organisation", err)
	}
	if done.MatchedCount == 0 {
		if _, err := s.Organisation(ctx, o.ID); err != nil {
			return issuer.Organisation{}, err
		}
		return issuer.Organisation{}, issuer.ErrVersionConflict
	}
	return o, nil
}

// DirectoryErased implements issuer.Store.
func (s *Store) DirectoryErased(ctx context.Context, o issuer.Organisation) (bool, error) {
	var d terms.Erasure
	err := s.erasures.FindOne(ctx, byID(o.ID)).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	}
	return d.Generation >= o.Generation, auditstore.Unavailable("find erasure", err)
}

// pageSize is how many organisations are read at once.
const pageSize = 100

// Organisations implements issuer.Store. It reads page by page, in the order of ids, so that no
// cursor has to live as long as the caller takes.
func (s *Store) Organisations(ctx context.Context, after string) iter.Seq2[issuer.Organisation, error] {
	page := options.Find().SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(pageSize)
	return func(yield func(issuer.Organisation, error) bool) {
		for last := after; ; {
			behind := bson.D{{Key: fieldID, Value: bson.D{{Key: "$gt", Value: last}}}}
			documents, err := mongodb.FindAll[organisationDocument](ctx, s.organisations, behind, page)
			if err != nil {
				yield(issuer.Organisation{}, auditstore.Unavailable("list organisations", err))
				return
			}
			for _, d := range documents {
				if !yield(d.organisation(), nil) {
					return
				}
				last = d.ID
			}
			if len(documents) < pageSize {
				return
			}
		}
	}
}

func byID(id string) bson.D { return bson.D{{Key: fieldID, Value: id}} }
