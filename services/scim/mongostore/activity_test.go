package mongostore

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/internal/mongodb/mongotest"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/activity/activitytest"
	"github.com/devrev/scim/services/scim/directory"
)

func TestActivityKeepsItsContract(t *testing.T) {
	t.Parallel()
	s := NewActivity(mongotest.Database(t, watched(t)))
	assert.NilError(t, s.Prepare(t.Context()))
	activitytest.RunStore(t, func(*testing.T) activity.Store { return s })
}

// MongoDB looks for what is too old once a minute; that it will is in the definition of the index.
func TestActivityIsForgottenAfterItsRetention(t *testing.T) {
	t.Parallel()
	s := NewActivity(mongotest.Database(t))
	assert.NilError(t, s.Prepare(t.Context()))
	present, err := s.entries.definitions(t.Context())
	assert.NilError(t, err)
	const want = "expireAfterSeconds 7776000, key [{at 1}]" // 90 days
	if got := present[onAt]; got != want {
		t.Errorf("the index %s is %q, want %q", onAt, got, want)
	}
}

// Whatever is asked for, as many entries are read as are listed. In each of the two tenants are 40
// entries, half of them of one resource, which was created by one of them and deleted by another.
func TestActivityPlans(t *testing.T) {
	t.Parallel()
	var commands recorder
	db := mongotest.Database(t, commands.option())
	s := NewActivity(db)
	assert.NilError(t, s.Prepare(t.Context()))
	resource := activity.Resource{Type: "User", ID: "7"}
	var entries []activity.Entry
	for _, tenant := range []directory.Tenant{"one", "two"} {
		for i := range 40 {
			e := activitytest.NewEntry(time.Now().Add(time.Duration(i) * time.Second))
			e.Effect, e.RequestID = directory.EffectUpdated, fmt.Sprint("request ", i/4)
			if i%2 == 0 {
				e.Resource = resource
			}
			switch i {
			case 4:
				e.Effect = directory.EffectCreated
			case 8:
				e.Effect = directory.EffectDeleted
			case 9, 11:
				e.Effect, e.Resource = directory.EffectDeleted, activity.Resource{Type: "Group", ID: "7"}
			}
			var moved []activity.Moved
			switch {
			case i == 35: // beyond what has a place in the entry
				moved = append(make([]activity.Moved, chunk), activity.Moved{User: "7", Joined: true})
			case i%8 == 1:
				moved = []activity.Moved{{User: "7"}, {User: "8"}}
			}
			entries = append(entries, e)
			assert.NilError(t, s.Record(t.Context(), tenant, e, moved))
		}
	}
	entries = entries[40:]
	turns := []directory.Effect{directory.EffectCreated, directory.EffectDeleted}
	timeline := func(each int64) []plan {
		return []plan{{"find activity", onResource, each}, {"find activity", onMoved, each}, {"find activityMoved", onMoved, 1}, {"find activity", onID, 1}}
	}
	for _, row := range []struct {
		rule string
		q    activity.Query
		want []plan
	}{
		{"the latest", activity.Query{Limit: 5}, []plan{{"find activity", onList, 5}}},
		{"after an entry", activity.Query{After: entries[3].ID, Limit: 5}, []plan{{"find activity", onList, 3}}},
		{"of a time", activity.Query{Since: entries[5].At, Until: entries[8].At, Limit: 9}, []plan{{"find activity", onList, 3}}},
		{"of a resource", activity.Query{Resource: resource, Limit: 5}, []plan{{"find activity", onResource, 5}}},
		{"the latest turn of a resource", activity.Query{Resource: resource, Effects: turns, Limit: 1}, []plan{{"find activity", onResource, 1}}},
		{"of a request", activity.Query{RequestID: "request 3", Limit: 9}, []plan{{"find activity", onRequest, 4}}},
		{"of an effect", activity.Query{Effects: turns[:1], Limit: 9}, []plan{{"find activity", onEffect, 1}}},
		{"deleted groups", activity.Query{Type: "Group", Effects: turns[1:], Limit: 9}, []plan{{"find activity", onGroupTurns, 2}}},
		{"deleted groups, the next page", activity.Query{Type: "Group", Effects: turns[1:], After: entries[11].ID, Limit: 9}, []plan{{"find activity", onGroupTurns, 1}}},
		{"of a resource, oldest first", activity.Query{Resource: resource, OldestFirst: true, Limit: 5}, []plan{{"find activity", onResource, 5}}},
		{"a person's timeline", activity.Query{Resource: resource, WithGroups: true, Limit: 3}, timeline(3)},
		{"a person's timeline, oldest first", activity.Query{Resource: resource, WithGroups: true, OldestFirst: true, Limit: 3}, timeline(3)},
		{"the next page of a timeline", activity.Query{Resource: resource, WithGroups: true, OldestFirst: true, After: entries[8].ID, Limit: 2}, timeline(2)},
		{"the latest of a kind", activity.Query{Kinds: []activity.Kind{activity.KindChange}, Limit: 1}, []plan{{"find activity", onKind, 1}}},
		{"the latest of no kind that there is", activity.Query{Kinds: []activity.Kind{activity.KindSignIn}, Limit: 1}, []plan{{"find activity", onKind, 0}}},
		{"the latest of some kinds and effects", activity.Query{Kinds: []activity.Kind{activity.KindChange, activity.KindEdit}, Effects: turns[:2], Limit: 2}, []plan{{"find activity", onKind, 2}}},
		{"of an effect at a time", activity.Query{Effects: turns[:1], Since: entries[5].At, Limit: 9}, []plan{{"find activity", onEffect, 0}}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			commands.take()
			if _, err := s.List(t.Context(), "two", row.q); err != nil {
				t.Fatal(err)
			}
			var got []plan
			for _, c := range commands.take() {
				got = append(got, explained(t, db, c))
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// An entry that was stored but not counted is not counted twice by the call that comes after it.
func TestActivityOfACallThatEndedInBetween(t *testing.T) {
	t.Parallel()
	s := NewActivity(mongotest.Database(t))
	assert.NilError(t, s.Prepare(t.Context()))
	e := activitytest.NewEntry(time.Now())
	uncounted := e
	uncounted.Coercions = nil
	for _, e := range []activity.Entry{uncounted, e} {
		assert.NilError(t, s.Record(t.Context(), "org", e, nil))
	}
	counts, err := s.Counts(t.Context(), "org")
	if err != nil || len(counts) > 0 {
		t.Errorf("got %v, %v", counts, err)
	}
}
