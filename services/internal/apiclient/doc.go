// Package apiclient calls DevRev's side of the token service and of the SCIM service, as
// docs/api/tokend.yaml and docs/api/scimd.yaml describe it. Its types are the wire's and nothing
// else: a program that passes answers on has them as they came (Organisation.Verbatim), with the
// members that a newer service adds.
//
// A Client has the addresses of the services, a Caller the credential, and an Organisation, which
// has most calls, is one organisation as that caller sees it. Every call may be repeated, and is
// where the answer was lost.
package apiclient
