package embedded_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	kept := map[directory.Tenant][]activity.Entry{}
	for tenant, ages := range map[directory.Tenant][]time.Duration{
		"some": {activity.Retention + 1, 0, activity.Retention}, "all": {2 * activity.Retention}, "none": {0},
	} {
		for _, age := range ages {
			e := activitytest.NewEntry(now.Add(-age).Add(-time.Millisecond))
			if age < activity.Retention {
				kept[tenant] = append(kept[tenant], e)
			}
			if err := s.Record(t.Context(), tenant, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	var writers sync.WaitGroup
	for range 1200 { // more than one transaction removes
		writers.Go(func() {
			if err := s.Record(t.Context(), "many", activitytest.NewEntry(now.Add(-2*activity.Retention))); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if err := s.Prune(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range []directory.Tenant{"some", "all", "none", "many"} {
		got, err := s.List(t.Context(), tenant, activity.Query{Limit: 2000})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(kept[tenant], got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tenant, diff)
		}
	}
}
