// Package issuer switches SCIM on and off for organisations and issues, rotates and revokes their
// bearer tokens.
//
// What must outlive Redis, the organisations and the audit, is in the Store, which is
// authoritative. The token.Store holds the token records and, for verification, a copy of every
// organisation. So each act has the same order: the audit first, then the Store, then the copy. An
// act that fails on the way leaves at most an audit entry too many, and can be repeated.
//
//	issuer.go, store.go                         dependencies; the contract of Store
//	organisation.go, settings.go, enable.go     the organisation, its settings, SCIM on and off
//	announce.go, agree.go                       what the platform says of it; the two stores made to agree
//	tokens.go, tokenset.go, name.go             issue and list; what holds between tokens
//	rotation.go, revocation.go, restore.go      the acts on a token
//	leaked.go, denial.go, staff.go, notices.go  reports, refusals and reads that the audit has
//	expiry.go, reconcile.go, failures.go        the rounds, and their errors: tokens near their end; what the token store lost
//	verdict.go, verdict_text.go                 whether a token is safe to end, and why
//	audit.go, changes.go                        entries of the audit
//	idempotency.go, invalid.go                  names of requests; wrong input
package issuer
