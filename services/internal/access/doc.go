// Package access identifies who sends an administrative request: a person, by a JWT of DevRev's
// identity provider, or DevRev's own platform, by a credential. It is about DevRev's side of SCIM
// alone; the identity providers of the organisations hold bearer tokens, which are libs/token's.
//
//	actor.go     who calls, and what that person or service may do
//	claims.go    what a JWT must say
//	config.go    configuration, and New
//	keys.go      the issuer's public keys, fetched
//	pace.go      the rate of one person
//	verifier.go  from a header to an Actor
package access
