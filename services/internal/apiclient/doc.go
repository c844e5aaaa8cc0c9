// Package apiclient calls DevRev's side of the token service and of the SCIM service, as
// docs/api/tokend.yaml and docs/api/scimd.yaml describe it. Its types are the wire's and nothing
// else: members that a newer service adds go through unchanged (Rest, Organisation.Verbatim).
//
// A Client has the addresses of the services, a Caller the credential, and an Organisation, which
// has most calls, is one organisation as that caller sees it. Every call may be repeated, and is
// where the answer was lost.
package apiclient
