package embedded_test

import (
	"errors"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/guard"
	"github.com/devrev/scim/services/scim/guard/guardtest"
)

func TestDirectoryKeepsHolds(t *testing.T) {
	t.Parallel()
	guardtest.RunStore(t, func(t *testing.T) (guard.Store, directory.Tenant, directory.Tenant) {
		t.Helper()
		return open(t).Directory(), "acme", "other"
	})
}

// TestPruneForgetsWhatWasDecided as MongoDB does by its index.
func TestPruneForgetsWhatWasDecided(t *testing.T) {
	t.Parallel()
	d, at := open(t).Directory(), time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	assert.NilError(t, d.Keep(t.Context(), "acme", guard.Held{Hold: "h", User: "u", State: guard.Waiting, At: at}))
	if settled, err := d.Settle(t.Context(), "acme", "h", []guard.HeldID{"u"}, guard.HeldRejected, at); err != nil || settled != 1 {
		t.Fatal(settled, err)
	}
	assert.NilError(t, d.PruneHeld(t.Context(), at.Add(guard.HeldFor)))
	if _, err := d.Held(t.Context(), "acme", "u"); err != nil {
		t.Errorf("it is forgotten too early: %v", err)
	}
	assert.NilError(t, d.PruneHeld(t.Context(), at.Add(guard.HeldFor+time.Millisecond)))
	if _, err := d.Held(t.Context(), "acme", "u"); !errors.Is(err, directory.ErrNotFound) {
		t.Errorf("it is there: %v", err)
	}
}
