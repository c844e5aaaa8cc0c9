package auditstore

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/chain"
	"github.com/devrev/scim/services/internal/mongodb"
)

// Names of fields that queries and indexes use; the same as in the tags of the documents.
const (
	fieldID      = "_id"
	fieldOrg     = "org"
	fieldAt      = "at"
	fieldAction  = "action"
	fieldResult  = "result"
	fieldTokenID = "tokenId"
	fieldOtherID = "otherId"
	fieldUserID  = "userId"
	fieldOnce    = "once"
	fieldSeq     = "seq"
	fieldHash    = "hash"
)

// Store is the audit of all organisations: it implements audit.Appender, and what issuer.Store
// requires of the audit. Its errors are nil, audit.ErrTold, or audit.ErrUnavailable wrapping the
// cause.
type Store struct {
	audit  *mongo.Collection
	chains *chain.Chains
}

var _ audit.Appender = (*Store)(nil)

// New returns the audit in db. Prepare must have succeeded once before it is used.
func New(db *mongo.Database) *Store {
	entries := mongodb.Lasting(db).Collection("audit")
	return &Store{entries, chain.New(entries, chain.Config{Index: indexOfOrder})}
}

func byID(id string) bson.D { return bson.D{{Key: fieldID, Value: id}} }

// Unavailable returns nil for nil. Known refusals are translated before; any other error means that
// MongoDB could not answer.
func Unavailable(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: %w", doing, audit.ErrUnavailable, err)
}
