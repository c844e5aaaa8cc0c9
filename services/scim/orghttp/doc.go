// Package orghttp is the organisation's own side of what was provisioned: DevRev's platform tells
// it of sign-ins and of changes that people make in DevRev, and the organisation's admins look at
// users with their states, at groups with their members, and at what came of the identity
// provider's requests. It speaks JSON and answers refusals as RFC 9457 problems;
// docs/api/scimd.yaml describes it.
package orghttp
