package terms

import "time"

// Organisations is the collection of organisations in MongoDB. The token service alone writes it.
const Organisations = "organisations"

// FieldGeneration is the name of Fence.Generation in MongoDB.
const FieldGeneration = "generation"

// Fence is the part of an organisation's document that both services know: how often SCIM was
// enabled or disabled. Tokens of an earlier generation are dead.
type Fence struct {
	ID         string `bson:"_id"` // the organisation's
	Generation int64  `bson:"generation"`
}

// Erasures is the collection in which the SCIM service, which alone writes it, says which
// organisations it has nothing of any more.
const Erasures = "erasures"

// The names of Left's fields in MongoDB, and of one more: when the token service knew that all is
// erased, absent until then.
const (
	FieldLeftAt   = "leftAt"
	FieldErasedAt = "erasedAt"
)

// Left is what both services know of an organisation that has left: from LeftAt on, its document is
// a tombstone, and each service erases what it has of it. Its generation is that of the tombstone:
// an organisation that is announced again, once all is erased, is not Left.
type Left struct {
	Fence  `bson:",inline"`
	LeftAt time.Time `bson:"leftAt"`
}

// Erasure is what the SCIM service writes once it has nothing of a Left.
type Erasure struct {
	Fence `bson:",inline"`
	At    time.Time `bson:"at"`
}
