package embedded_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/directory/directorytest"
	"github.com/devrev/scim/services/scim/history"
)

func TestPruneForgetsRecordsAndThenEvents(t *testing.T) {
	t.Parallel()
	d := open(t).Directory()
	u := directorytest.NewUser("ann@example.com")
	assert.NilError(t, d.CreateUser(t.Context(), "acme", u))
	for _, step := range []struct {
		after           int // in days
		records, events int
	}{{29, 1, 1}, {31, 0, 1}, {89, 0, 1}, {91, 0, 0}} {
		assert.NilError(t, d.Prune(t.Context(), u.Created.AddDate(0, 0, step.after)))
		records, err := d.Records(t.Context(), "acme", history.Resource{Type: history.User, ID: string(u.ID)}, 0, 9)
		if err != nil || len(records) != step.records {
			t.Errorf("after %d days: %d records (%v), want %d", step.after, len(records), err, step.records)
		}
		events, err := d.Events(t.Context(), "acme", 0, 9)
		if err != nil || len(events) != step.events {
			t.Errorf("after %d days: %d events (%v), want %d", step.after, len(events), err, step.events)
		}
	}
	next := directorytest.NewUser("bob@example.com")
	assert.NilError(t, d.CreateUser(t.Context(), "acme", next))
	if events, err := d.Events(t.Context(), "acme", 0, 9); err != nil || len(events) != 1 || events[0].Seq != 2 {
		t.Errorf("got %+v (%v), want an event of number 2", events, err)
	}
}
