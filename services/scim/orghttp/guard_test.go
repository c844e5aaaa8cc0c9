package orghttp_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/scim/activity"
)

// TestTheGuardIsReported: with the limits that hold, and the mass changes that were noticed.
func TestTheGuardIsReported(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	d.Org.Guard = terms.Guard{Mode: terms.GuardObserve, People: terms.Mass{Count: 3, Percent: 5, Minutes: 7}, Members: terms.Mass{Count: 9, Percent: 8, Minutes: 1}}
	by := activity.Request{RequestID: "R", Client: "okta", Method: "DELETE", Resource: activity.Resource{Type: "User"}}
	d.Must(d.Log.Observe(t.Context(), d.Org.Tenant, by, activity.Mass{Left: 4, Of: 30, Minutes: 7}))

	var got map[string]any
	d.must("/guard", &got)
	observed := got["observed"].([]any)[0].(map[string]any)
	delete(got, "observed")
	want := map[string]any{
		"mode":    "observe",
		"people":  map[string]any{"count": 3.0, "percent": 5.0, "minutes": 7.0, "left": 0.0},
		"members": map[string]any{"count": 9.0, "percent": 8.0, "minutes": 1.0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
	if observed["sentence"] != "4 of 30 enabled people were deactivated or deleted within 7 minutes." || observed["kind"] != "guard" || observed["effect"] != "observed" {
		t.Errorf("observed is %v", observed)
	}
}
