package embeddedtest

import (
	"testing"

	"github.com/devrev/scim/services/local/embedded"
	"github.com/devrev/scim/services/scim/erasure"
)

// EraseLeft removes what the SCIM service has in the file of organisations that have left, as it
// does by itself now and then.
func EraseLeft(t *testing.T, file *embedded.File) {
	t.Helper()
	if _, err := erasure.New(file.Departures(), file.Tenants()).Round(t.Context()); err != nil {
		t.Fatal(err)
	}
}
