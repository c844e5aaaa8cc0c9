package terms

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
