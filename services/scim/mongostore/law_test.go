package mongostore

import (
	"testing"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/lawtest"
)

func TestASuccessHasDoneWhatItAsked(t *testing.T) {
	t.Parallel()
	db := mongotest.Database(t, watched(t))
	users, entries := New(db), NewActivity(db)
	for _, prepare := range []error{users.Prepare(t.Context()), entries.Prepare(t.Context())} {
		if prepare != nil {
			t.Fatal(prepare)
		}
	}
	lawtest.Run(t, users, entries, 200)
}
