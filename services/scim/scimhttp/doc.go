// Package scimhttp serves the protocol: HTTP (RFC 7644) on one side, the directory on the other.
// routes.go shows all of it.
//
// A request passes authenticate, which makes a directory.Organisation of its token; decode, which
// makes a scim.Document of its body; and an endpoint, users or groups, over which every operation
// is written once. What comes back leaves through represent and respond, or as an error through
// WriteError.
package scimhttp
