package deployfiles

import (
	"strings"
	"testing"

	"github.com/devrev/scim/services/internal/terms"
)

// TestProxiesRouteByTheServicesOwnRule: which paths of /api/v1 are tokend's is said once, in terms.
// services/local proves that rule on every route.
func TestProxiesRouteByTheServicesOwnRule(t *testing.T) {
	t.Parallel()
	for name, around := range map[string][2]string{
		"docs/operations.md":       {"```\n", "\n"},
		"docs/by-hand.md":          {"  use_backend tokend if { path_reg ", " }\n"},
		"deploy/compose/front.cfg": {"  acl tokens path_reg ", "\n"},
	} {
		if text := read(t, name); !strings.Contains(text, around[0]+terms.TokensPattern+around[1]) {
			t.Errorf("%s does not route %s to tokend", name, terms.TokensPattern)
		}
		if name == "deploy/compose/front.cfg" && strings.Count(read(t, name), "acl tokens ") != 1 {
			t.Errorf("%s has another rule for tokend's paths", name)
		}
	}
}
