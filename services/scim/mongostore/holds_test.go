package mongostore

import (
	"crypto/rand"
	"testing"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/guard/guardtest"
)

func TestStoreKeepsHolds(t *testing.T) {
	t.Parallel()
	s := newStore(t, watched(t))
	guardtest.RunStore(t, func(*testing.T) (guard.Store, directory.Tenant, directory.Tenant) {
		return s, directory.Tenant(rand.Text()), directory.Tenant(rand.Text())
	})
}
