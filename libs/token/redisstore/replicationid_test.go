package redisstore_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/token/redisstore"
	"github.com/devrev/scim/libs/token/redistest"
)

// After each of these the last changes may be missing, and the owner of a journal has to check.
func TestReplicationID(t *testing.T) {
	t.Parallel()
	for rule, change := range map[string]struct {
		before func(p pair) *redistest.Server
		happen func(p pair) *redistest.Server
	}{
		"a server that restarts has another one": {
			func(p pair) *redistest.Server { return p.primary },
			func(p pair) *redistest.Server { p.primary.Kill(); p.primary.Restart(); return p.primary },
		},
		"a replica is another one than its primary": {
			func(p pair) *redistest.Server { return p.primary },
			func(p pair) *redistest.Server { return p.replica },
		},
		"a replica that takes over becomes another one": {
			func(p pair) *redistest.Server { return p.replica },
			func(p pair) *redistest.Server {
				assert.NilError(t, dial(t, p.replica.URL()).Do(t.Context(), "REPLICAOF", "NO", "ONE").Err())
				return p.replica
			},
		},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			p := startPair(t)
			name := func(s *redistest.Server) string {
				name, err := redisstore.New(dial(t, s.URL())).ReplicationID(t.Context())
				assert.NilError(t, err)
				return name
			}
			before := change.before(p)
			first := name(before)
			if again := name(before); again != first {
				t.Errorf("two calls return %q, then %q", first, again)
			}
			if after := name(change.happen(p)); after == first {
				t.Errorf("it is still %q", after)
			}
		})
	}
}
