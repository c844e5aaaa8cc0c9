package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Names of fields. A document of a chain has org, seq and at, and a hash where the chain has
// hashes; a unique index on org and seq is required.
const (
	fieldID      = "_id"
	fieldOrg     = "org"
	fieldSeq     = "seq"
	fieldLastSeq = "lastSeq"
)

// Head is the last document of an organisation's chain. It is zero before the first.
type Head struct {
	Seq  int64
	Hash string    // "" where the chain has no hashes
	At   time.Time // of the document
}

// headDocument is a Head as it is stored. Except for Org it has none of the fields of a chain's
// documents, so that neither retention nor a query for them matches it.
type headDocument struct {
	ID   string    `bson:"_id"` // headID
	Org  string    `bson:"org,omitempty"`
	Seq  int64     `bson:"lastSeq"`
	Hash string    `bson:"lastHash"`
	At   time.Time `bson:"lastAt"`
}

func (c *Chains) headID(org string) string {
	if c.config.Sharded {
		return org + "/head"
	}
	return "head/" + org
}

func (c *Chains) headOf(org string, h Head) headDocument {
	d := headDocument{ID: c.headID(org), Seq: h.Seq, Hash: h.Hash, At: h.At}
	if c.config.Sharded {
		d.Org = org
	}
	return d
}

// selectHead selects the head of an organisation's chain.
func (c *Chains) selectHead(org string) bson.D {
	filter := bson.D{{Key: fieldID, Value: c.headID(org)}}
	if c.config.Sharded {
		filter = append(bson.D{{Key: fieldOrg, Value: org}}, filter...)
	}
	return filter
}

// Head returns the head of the organisation's chain.
func (c *Chains) Head(ctx context.Context, org string) (Head, error) {
	var d headDocument
	err := c.documents.FindOne(ctx, c.selectHead(org), options.FindOne().SetHint(idIndex)).Decode(&d)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return Head{}, fmt.Errorf("find the head of a chain: %w", err)
	}
	return Head{d.Seq, d.Hash, d.At.UTC()}, nil
}

// End is where the chain ends: at its head or, if a crash kept that from being raised, at its last
// document. The head counts if documents behind it are missing, so that the gap stays.
func (c *Chains) End(ctx context.Context, org string) (Head, error) {
	head, err := c.Head(ctx, org)
	if err != nil {
		return Head{}, err
	}
	var last struct {
		Seq  int64     `bson:"seq"`
		Hash string    `bson:"hash"`
		At   time.Time `bson:"at"`
	}
	numbered := bson.D{{Key: fieldOrg, Value: org}, {Key: fieldSeq, Value: bson.D{{Key: "$gt", Value: head.Seq}}}}
	err = c.documents.FindOne(ctx, numbered, options.FindOne().SetHint(c.config.Index).
		SetSort(bson.D{{Key: fieldSeq, Value: -1}}).
		SetProjection(bson.D{{Key: fieldSeq, Value: 1}, {Key: "hash", Value: 1}, {Key: "at", Value: 1}})).Decode(&last)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return head, nil
	case err != nil:
		return Head{}, fmt.Errorf("find the end of a chain: %w", err)
	default:
		return Head{last.Seq, last.Hash, last.At.UTC()}, nil
	}
}
