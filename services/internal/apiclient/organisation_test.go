package apiclient_test

import (
	"strings"
	"testing"

	"github.com/devrev/scim/services/internal/apiclient"
)

func TestAnOrganisationsIDIsNoWayUpInAPath(t *testing.T) {
	t.Parallel()
	for id, may := range map[string]bool{
		"org-a": true, "a.b_C-1": true, ".a": true, strings.Repeat("a", 64): true,
		"": false, ".": false, "..": false, "...": false, "a/b": false, "a b": false, strings.Repeat("a", 65): false,
	} {
		if _, err := (apiclient.Caller{}).Organisation(id); (err == nil) != may {
			t.Errorf("%q: got %v, want accepted %v", id, err, may)
		}
	}
}
