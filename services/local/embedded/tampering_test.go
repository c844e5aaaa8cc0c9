package embedded

import (
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/token/issuer/issuertest"
)

func TestTamperingWithTheAuditShows(t *testing.T) {
	t.Parallel()
	issuertest.RunTampering(t, func(t *testing.T) issuertest.Exposed {
		t.Helper()
		file, err := Open(filepath.Join(t.TempDir(), "scim.db"))
		assert.NilError(t, err)
		t.Cleanup(func() { _ = file.Close() })
		s := file.Organisations()
		change := func(t *testing.T, change func(issued) error) {
			t.Helper()
			assert.NilError(t, s.update(t.Context(), change))
		}
		return issuertest.Exposed{
			Store: s,
			Put: func(t *testing.T, e audit.Entry) {
				t.Helper()
				change(t, func(in issued) error { return in.audit.putJSON(pair(e.Org, e.ID), e) })
			},
			Remove: func(t *testing.T, e audit.Entry) {
				t.Helper()
				change(t, func(in issued) error { return in.audit.delete(pair(e.Org, e.ID)) })
			},
		}
	})
}
