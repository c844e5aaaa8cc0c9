package terms

import (
	"strings"

	"github.com/devrev/scim/libs/token"
)

// ClientOf returns which identity provider a User-Agent names. "Okta SCIM Client 1.0.0" provisions,
// "OKTA SCIM Integration" is Okta's test suite.
func ClientOf(userAgent string) token.Client {
	switch agent := strings.ToLower(userAgent); {
	case agent == "":
		return token.ClientUnnamed
	case strings.Contains(agent, "okta"):
		return token.ClientOkta
	case strings.Contains(agent, "azure"), strings.Contains(agent, "entra"), strings.Contains(agent, "microsoft"):
		return token.ClientEntra
	default:
		return token.ClientOther
	}
}
