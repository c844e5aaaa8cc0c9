package token

// Reason is why a token was refused: a closed set, for logs and metrics. The client never learns
// it; every refusal is the same 401 to it.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	ReasonMissing     Reason = "missing"      // no credentials in the header
	ReasonMalformed   Reason = "malformed"    // another scheme, shape or checksum
	ReasonUnknown     Reason = "unknown"      // no record of this tag and id
	ReasonWrongSecret Reason = "wrong_secret" // the record is of another secret, or of another organisation
	ReasonRevoked     Reason = "revoked"
	ReasonExpired     Reason = "expired"
	ReasonSuperseded  Reason = "superseded" // of a generation before the organisation's
	ReasonDisabled    Reason = "disabled"   // SCIM is off for the organisation
)

// Dead reports whether the token was valid once: the client that sends it received it, and has no
// newer one or still uses the old one.
func (r Reason) Dead() bool {
	return r == ReasonRevoked || r == ReasonExpired || r == ReasonSuperseded
}

// Refusal is the error for a token that is not accepted.
type Refusal struct {
	Reason  Reason
	Tag     string // of the organisation; "" if it could not be read
	TokenID string // "" if it could not be read
	Org     string // "" if there is no record. Up to ReasonWrongSecret the client has not proved that it belongs to it
}

// Error names the reason; for logs, not for the client.
func (r *Refusal) Error() string { return "bearer token refused: " + string(r.Reason) }

// ErrorType is the reason: a closed set, for telemetry.
func (r *Refusal) ErrorType() string { return string(r.Reason) }
