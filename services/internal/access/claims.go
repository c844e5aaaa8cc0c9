package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/devrev/scim/services/internal/exactjson"
)

// claims are the claims that we read, after the checks of go-oidc. The names are exact, RFC
// 7519 section 4: "ORG" is not org.
type claims struct {
	Subject   string   // sub
	Org       string   // org
	Roles     []string // roles
	Staff     bool     // staff
	NotBefore float64  // nbf, in seconds since 1970
}

// checked are the names that go-oidc looks for, in any case of letters.
var checked = []string{"iss", "sub", "aud", "exp", "iat", "nbf", "nonce", "at_hash", "_claim_names", "_claim_sources"}

// readClaims reads the payload of a JWT whose signature is right. No name may be there twice, RFC
// 7519 section 4, nor in another spelling than the one that go-oidc may have taken for it.
func readClaims(payload []byte) (claims, error) {
	members, err := exactjson.Members(payload)
	if err != nil {
		return claims{}, err
	}
	for name := range members {
		for _, known := range checked {
			if name != known && strings.EqualFold(name, known) {
				return claims{}, fmt.Errorf("a claim is spelt otherwise than %s", known)
			}
		}
	}
	var c claims
	for name, into := range map[string]any{"sub": &c.Subject, "org": &c.Org, "roles": &c.Roles, "staff": &c.Staff, "nbf": &c.NotBefore} {
		if value, ok := members[name]; ok {
			if err := json.Unmarshal(value, into); err != nil {
				return claims{}, fmt.Errorf("claim %s: %w", name, err)
			}
		}
	}
	return c, checkSubject(c.Subject)
}

// maxSubject is the longest sub in bytes, OpenID Connect Core section 2.
const maxSubject = 255

// own are the names that the service itself signs with in the audit: no person may look like it.
var own = []string{PlatformSubject, "system", "github"}

// checkSubject refuses a sub that cannot be kept in the audit as the name of one person.
func checkSubject(sub string) error {
	switch {
	case sub == "":
		return errors.New("no claim sub")
	case len(sub) > maxSubject:
		return fmt.Errorf("the claim sub is longer than %d bytes", maxSubject)
	case strings.ContainsFunc(sub, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("the claim sub holds what cannot be printed")
	case slices.ContainsFunc(own, func(name string) bool { return strings.EqualFold(strings.TrimSpace(sub), name) }):
		return errors.New("the claim sub is a name of the service itself")
	}
	return nil
}

// isCompact reports whether jwt is in the compact form of RFC 7515 section 7.1: three parts in
// base64url. The JSON forms may have several signatures, and headers that are not signed.
func isCompact(jwt string) bool {
	return strings.Count(jwt, ".") == 2 && !strings.ContainsFunc(jwt, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	})
}
