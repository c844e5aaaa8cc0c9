package activitytest

import (
	"sync"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
)

var countRules = []rule{
	{"an organisation without coercions has no counts", func(w world) {
		e := NewEntry(now())
		e.Coercions = nil
		w.record(e)
		w.counts(nil)
	}},
	{"Counts has the coercions of all entries, each as often as it stands there", func(w world) {
		w.record(NewEntry(now()), NewEntry(now()))
		w.counts(activity.Counts{scim.CapitalOp: 2, scim.UnknownIgnored: 4})
	}},
	{"Count adds to what was counted", func(w world) {
		for _, more := range []activity.Counts{{scim.TokenWithoutScheme: 3}, {scim.TokenWithoutScheme: 4, scim.UnnormalisedPath: 1 << 40}, {}, nil} {
			if err := w.Count(w.Context(), w.tenant, more); err != nil {
				w.Fatalf("Count: %v", err)
			}
		}
		w.record(NewEntry(now()))
		w.counts(activity.Counts{scim.TokenWithoutScheme: 7, scim.UnnormalisedPath: 1 << 40, scim.CapitalOp: 1, scim.UnknownIgnored: 2})
	}},
	{"Count, when calls race, loses none", func(w world) {
		var calls sync.WaitGroup
		for range 32 {
			calls.Go(func() {
				if err := w.Count(w.Context(), w.tenant, activity.Counts{scim.TokenWithoutScheme: 1}); err != nil {
					w.Errorf("Count: %v", err)
				}
			})
		}
		calls.Wait()
		w.counts(activity.Counts{scim.TokenWithoutScheme: 32})
	}},
}
