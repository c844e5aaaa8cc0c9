package terms

import "regexp"

// Where the services answer.
const (
	SCIMPath = "/scim/v2" // the protocol, of the SCIM service
	APIPath  = "/api/v1"  // DevRev's own side, of both services
)

var ofTokens = regexp.MustCompile(`^` + APIPath + `/(notices|organisations(/[^/]+(/scim(/.*)?)?)?)$`)

// OfTokens reports whether the token service answers this path: the organisations, one itself, its
// SCIM settings, tokens and audit, and the notices about all of them. The SCIM service answers the
// rest of APIPath.
func OfTokens(path string) bool { return ofTokens.MatchString(path) }
