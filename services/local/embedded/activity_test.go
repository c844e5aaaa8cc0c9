package embedded_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/activity/activitytest"
	"github.com/devrev/scim/services/scim/directory"
)

func TestActivityKeepsItsContract(t *testing.T) {
	t.Parallel()
	activitytest.RunStore(t, func(t *testing.T) activity.Store { return open(t).Activity() })
}

func TestPruneRemovesWhatIsTooOldOfAllTenants(t *testing.T) {
	t.Parallel()
	s, now := open(t).Activity(), directory.Now(time.Now())
	kept, old := map[directory.Tenant][]activity.Entry{}, map[directory.Tenant][]activity.Entry{}
	for tenant, ages := range map[directory.Tenant][]time.Duration{
		"some": {activity.Retention + 1, 0, activity.Retention}, "all": {2 * activity.Retention}, "none": {0},
	} {
		for _, age := range ages {
			e := activitytest.NewEntry(now.Add(-age).Add(-time.Millisecond))
			if age < activity.Retention {
				kept[tenant] = append(kept[tenant], e)
			} else {
				old[tenant] = append(old[tenant], e)
			}
			assert.NilError(t, s.Record(t.Context(), tenant, e, []activity.Moved{{User: "7"}, {User: "8", Joined: true}}))
		}
	}
	var writers sync.WaitGroup
	for range 1200 { // more than one transaction removes
		writers.Go(func() {
			if err := s.Record(t.Context(), "many", activitytest.NewEntry(now.Add(-2*activity.Retention)), nil); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	assert.NilError(t, s.Prune(t.Context(), now))
	for _, tenant := range []directory.Tenant{"some", "all", "none", "many"} {
		got, err := s.List(t.Context(), tenant, activity.Query{Limit: 2000})
		assert.NilError(t, err)
		if diff := cmp.Diff(kept[tenant], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tenant, diff)
		}
		for _, e := range old[tenant] {
			if moved, err := s.Moved(t.Context(), tenant, e.ID, 0, 10); err != nil || len(moved) > 0 {
				t.Errorf("%s: %v of an old entry are left, %v", tenant, moved, err)
			}
		}
		about := activity.Query{Resource: activity.Resource{Type: "User", ID: "7"}, WithGroups: true, Limit: 10}
		if moved, err := s.List(t.Context(), tenant, about); err != nil || len(moved) != len(kept[tenant]) {
			t.Errorf("%s: %d entries that moved the user, %v; want %d", tenant, len(moved), err, len(kept[tenant]))
		}
	}
}
