package terms

import "regexp"

// Where the services answer.
const (
	SCIMPath = "/scim/v2" // the protocol, of the SCIM service
	APIPath  = "/api/v1"  // DevRev's own side, of both services
)

// TokensPattern is the regular expression of the paths that the token service answers: the
// organisations, one itself, its SCIM settings, tokens and audit, and the notices about all of
// them. The SCIM service answers the rest of APIPath.
const TokensPattern = `^` + APIPath + `/(notices|organisations(/[^/]+(/scim(/.*)?)?)?)$`

var ofTokens = regexp.MustCompile(TokensPattern)

// OfTokens reports whether the token service answers this path.
func OfTokens(path string) bool { return ofTokens.MatchString(path) }
