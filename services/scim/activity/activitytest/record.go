package activitytest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

var recordRules = []rule{
	{"List returns what Record stored, whole", func(w world) {
		e := NewEntry(now())
		w.record(e)
		w.lists(activity.Query{Limit: 10}, e)
	}},
	{"an entry may say almost nothing", func(w world) {
		e := activity.Entry{ID: newID(now()), At: now(), Effect: directory.EffectUnchanged}
		w.record(e)
		w.lists(activity.Query{Limit: 10}, e)
	}},
	{"a refusal keeps its words", func(w world) {
		e := NewEntry(now())
		e.Effect, e.Refusal = activity.EffectRefused, activity.Refusal{Status: 409, Type: scim.Uniqueness, Detail: `Another user has "it".`}
		e.Attributes = []activity.Difference{{Attribute: "title", Withheld: activity.ReasonTooLong}}
		w.record(e)
		w.lists(activity.Query{Limit: 10}, e)
	}},
	{"Record of an ID that is there changes nothing", func(w world) {
		e := NewEntry(now())
		w.record(e)
		other := e
		other.TokenID = "another"
		w.record(other)
		w.lists(activity.Query{Limit: 10}, e)
		w.counts(e.Counts())
	}},
	{"an entry as long as one can be is stored", func(w world) {
		e := NewEntry(now())
		e.Attributes, e.Operations, e.Coercions, e.Skipped = nil, nil, nil, nil
		value := append(append([]byte(`"`), make([]byte, 2<<10)...), '"')
		for i := range value[1 : len(value)-1] {
			value[i+1] = 'x'
		}
		for i := range 100 {
			name := fmt.Sprintf("%0200d", i)
			e.Attributes = append(e.Attributes, activity.Difference{Attribute: name, Before: value, After: value})
			e.Operations = append(e.Operations, activity.Operation{Operation: i, Path: name, Why: name})
			e.Coercions = append(e.Coercions, activity.Coercion{Coercion: scim.UnknownIgnored, Path: name})
			e.Skipped = append(e.Skipped, name)
		}
		w.record(e)
		w.lists(activity.Query{Limit: 1}, e)
	}},
	{"what one tenant does is nothing to another", func(w world) {
		e := NewEntry(now())
		w.record(e)
		longer := world{w.T, w.Store, w.tenant + "-2"} // begins alike
		same := e                                      // the very same ID
		same.TokenID = "another"
		longer.record(same)
		w.lists(activity.Query{Limit: 10}, e)
		longer.lists(activity.Query{Limit: 10}, same)
		w.counts(e.Counts())
		nobody := world{w.T, w.Store, w.tenant + "-3"}
		nobody.lists(activity.Query{Limit: 10})
		nobody.counts(nil)
	}},
	{"Record, when calls race, loses no entry and no count", func(w world) {
		want := activity.Counts{}
		var calls sync.WaitGroup
		for range 32 {
			e := NewEntry(now())
			want.Add(e.Counts())
			calls.Go(func() {
				if err := w.Record(w.Context(), w.tenant, e, nil); err != nil {
					w.Errorf("Record: %v", err)
				}
			})
		}
		calls.Wait()
		if got, err := w.List(w.Context(), w.tenant, activity.Query{Limit: 100}); err != nil || len(got) != 32 {
			w.Errorf("List: %d entries, error %v; want 32", len(got), err)
		}
		w.counts(want)
	}},
	{"Prune leaves alone what is not too old", func(w world) {
		e := NewEntry(now().Add(time.Hour - activity.Retention))
		w.record(e)
		if err := w.Prune(w.Context(), now()); err != nil {
			w.Errorf("Prune: %v", err)
		}
		w.lists(activity.Query{Limit: 10}, e)
	}},
	{"with a context that is done, every method is ErrUnavailable and changes nothing", func(w world) {
		done, cancel := context.WithCancel(w.Context())
		cancel()
		w.unavailable("Record", w.Record(done, w.tenant, NewEntry(now()), nil))
		_, err := w.List(done, w.tenant, activity.Query{Limit: 1})
		w.unavailable("List", err)
		_, err = w.Entry(done, w.tenant, newID(now()))
		w.unavailable("Entry", err)
		_, err = w.Moved(done, w.tenant, newID(now()), 0, 1)
		w.unavailable("Moved", err)
		w.unavailable("Count", w.Count(done, w.tenant, activity.Counts{scim.CapitalOp: 1}))
		_, err = w.Counts(done, w.tenant)
		w.unavailable("Counts", err)
		w.lists(activity.Query{Limit: 10})
		w.counts(nil)
	}},
}
