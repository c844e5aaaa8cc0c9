package activitytest

import (
	"errors"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

func asItIs(int, *activity.Entry) {}

// latest returns entries in the order of a list.
func latest(entries ...activity.Entry) []activity.Entry {
	entries = slices.Clone(entries)
	slices.Reverse(entries)
	return entries
}

var listRules = []rule{
	{"the latest entry is first, in whatever order they were recorded", func(w world) {
		a, b, c := NewEntry(now().Add(-2*time.Second)), NewEntry(now().Add(-time.Second)), NewEntry(now())
		w.record(b, c, a)
		w.lists(activity.Query{Limit: 10}, c, b, a)
	}},
	{"a list has at most Limit entries, and none of 0", func(w world) {
		e := w.series(5, asItIs)
		w.lists(activity.Query{Limit: 2}, e[4], e[3])
		w.lists(activity.Query{Limit: 5}, latest(e...)...)
		w.lists(activity.Query{})
	}},
	{"glimpses are the time and the effect of the latest entries since a time, at most so many", func(w world) {
		e := w.series(5, func(i int, e *activity.Entry) {
			if i%2 == 0 {
				e.Effect = activity.EffectRefused
			}
		})
		for _, tt := range []struct {
			since time.Time
			limit int
			want  []activity.Entry
		}{
			{time.Time{}, 10, latest(e...)}, {time.Time{}, 2, latest(e[3:]...)}, {e[1].At, 10, latest(e[1:]...)}, {e[4].At.Add(time.Second), 10, nil}, {time.Time{}, 0, nil},
		} {
			got, err := w.Glimpses(w.Context(), w.tenant, tt.since, tt.limit)
			assert.NilError(w, err)
			var want []activity.Glimpse
			for _, e := range tt.want {
				want = append(want, activity.Glimpse{At: e.At, Effect: e.Effect})
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(time.Millisecond), cmpopts.EquateEmpty()); diff != "" {
				w.Errorf("%d since %s: -want +got:\n%s", tt.limit, tt.since, diff)
			}
		}
	}},
	{"a list goes on behind After, though that be gone", func(w world) {
		e := w.series(5, asItIs)
		w.lists(activity.Query{After: e[4].ID, Limit: 2}, e[3], e[2])
		w.lists(activity.Query{After: e[2].ID, Limit: 10}, e[1], e[0])
		w.lists(activity.Query{After: e[0].ID, Limit: 10})
		w.lists(activity.Query{After: newID(e[2].At.Add(time.Second)), Limit: 1}, e[2])
	}},
	{"Since and Until bound the time, the first included, the second not", func(w world) {
		e := w.series(5, asItIs)
		w.lists(activity.Query{Since: e[3].At, Limit: 10}, e[4], e[3])
		w.lists(activity.Query{Until: e[1].At, Limit: 10}, e[0])
		w.lists(activity.Query{Since: e[1].At, Until: e[3].At, Limit: 10}, e[2], e[1])
		w.lists(activity.Query{Since: e[1].At, Until: e[4].At, After: e[3].ID, Limit: 10}, e[2], e[1])
		w.lists(activity.Query{Since: e[1].At, Until: e[3].At, After: e[4].ID, Limit: 10}, e[2], e[1])
		w.lists(activity.Query{Since: e[2].At, Until: e[2].At, Limit: 10})
		w.lists(activity.Query{Since: time.Unix(-1<<40, 0), Until: time.Unix(1<<40, 0), Limit: 10}, latest(e...)...)
	}},
	{"Resource selects by type and id", func(w world) {
		user, group := activity.Resource{Type: "User", ID: "7"}, activity.Resource{Type: "Group", ID: "7"}
		e := w.series(6, func(i int, e *activity.Entry) {
			if i < 4 {
				e.Resource = []activity.Resource{user, group}[i%2]
			}
		})
		w.lists(activity.Query{Resource: user, Limit: 10}, e[2], e[0])
		w.lists(activity.Query{Resource: group, Limit: 10}, e[3], e[1])
		w.lists(activity.Query{Resource: group, Limit: 1}, e[3])
		w.lists(activity.Query{Resource: activity.Resource{Type: "User", ID: uuid.NewString()}, Limit: 10})
	}},
	{"Resource selects refused creates by the key of their name", func(w world) {
		create := func(key string) activity.Resource { return activity.Resource{Type: "User", NameKey: key} }
		e := w.series(4, func(i int, e *activity.Entry) {
			e.Resource = []activity.Resource{create("k"), create("l"), {Type: "User"}, create("k")}[i]
		})
		w.lists(activity.Query{Resource: create("k"), Limit: 10}, e[3], e[0])
		w.lists(activity.Query{Resource: create("K"), Limit: 10})
		w.lists(activity.Query{Resource: activity.Resource{Type: "Group", NameKey: "k"}, Limit: 10})
		w.lists(activity.Query{Resource: activity.Resource{Type: "User", ID: "k"}, Limit: 10})
	}},
	{"Type selects resources of a type by whatever id, alone and among others", func(w world) {
		deleted := []directory.Effect{directory.EffectDeleted}
		e := w.series(8, func(i int, e *activity.Entry) {
			e.Resource = []activity.Resource{{Type: "User", ID: "7"}, {Type: "Group", ID: "7"}, {Type: "Group", NameKey: "k"}, {Type: "Group", ID: "8"}}[i%4]
			if i > 1 {
				e.Effect = directory.EffectDeleted
			}
		})
		w.lists(activity.Query{Type: "Group", Limit: 10}, e[7], e[5], e[3], e[1])
		w.lists(activity.Query{Type: "Group", Effects: deleted, Limit: 10}, e[7], e[5], e[3])
		w.lists(activity.Query{Type: "Group", Effects: deleted, After: e[7].ID, Limit: 1}, e[5])
		w.lists(activity.Query{Type: "Group", Effects: deleted, OldestFirst: true, Limit: 2}, e[3], e[5])
		w.lists(activity.Query{Type: "User", Effects: deleted, Limit: 10}, e[4])
		w.lists(activity.Query{Type: "Group", Effects: deleted, RequestID: e[3].RequestID, Limit: 10}, e[3])
		w.lists(activity.Query{Type: "Group", Kinds: []activity.Kind{activity.KindSignIn}, Limit: 10})
	}},
	{"an id of any characters is found again, and no other", func(w world) {
		ids := []string{"a/b", "a.b", "$a", "a\x00b", "a\nb", `"`, "ä", "A/B", " a/b"}
		e := w.series(len(ids), func(i int, e *activity.Entry) { e.Resource.ID = ids[i] })
		for i, id := range ids {
			w.lists(activity.Query{Resource: activity.Resource{Type: "User", ID: id}, Limit: 10}, e[i])
		}
	}},
	{"RequestID selects all that one request did", func(w world) {
		e := w.series(4, func(i int, e *activity.Entry) {
			if i%2 == 0 {
				e.RequestID = "BULK"
			}
		})
		w.lists(activity.Query{RequestID: "BULK", Limit: 10}, e[2], e[0])
		w.lists(activity.Query{RequestID: e[1].RequestID, Limit: 10}, e[1])
		w.lists(activity.Query{RequestID: "bulk", Limit: 10})
	}},
	{"Effects selects by any of them", func(w world) {
		effects := []directory.Effect{directory.EffectCreated, directory.EffectUpdated, directory.EffectCreated, activity.EffectRefused}
		e := w.series(4, func(i int, e *activity.Entry) { e.Effect = effects[i] })
		w.lists(activity.Query{Effects: effects[:1], Limit: 10}, e[2], e[0])
		w.lists(activity.Query{Effects: []directory.Effect{activity.EffectRefused, directory.EffectCreated}, Limit: 10}, e[3], e[2], e[0])
		w.lists(activity.Query{Effects: []directory.Effect{directory.EffectDeleted}, Limit: 10})
	}},
	{"TraceID selects all of one trace", func(w world) {
		e := w.series(3, func(i int, e *activity.Entry) {
			if i < 2 {
				e.TraceID = "4bf92f3577b34da6a3ce929d0e0e4736"
			}
		})
		w.lists(activity.Query{TraceID: e[0].TraceID, Limit: 10}, e[1], e[0])
		w.lists(activity.Query{TraceID: e[0].RequestID, Limit: 10})
	}},
	{"Kinds selects by any of them, and an entry without one tells of a change", func(w world) {
		kinds := []activity.Kind{activity.KindChange, "", activity.KindAuth, activity.KindEdit}
		e := w.series(4, func(i int, e *activity.Entry) { e.Kind = kinds[i] })
		w.lists(activity.Query{Kinds: kinds[:1], Limit: 10}, e[1], e[0])
		w.lists(activity.Query{Kinds: kinds[2:], Limit: 10}, e[3], e[2])
		w.lists(activity.Query{Kinds: []activity.Kind{activity.KindRead}, Limit: 10})
	}},
	{"Client, TokenID and Status select by what they name", func(w world) {
		e := w.series(4, func(i int, e *activity.Entry) {
			e.Client, e.TokenID = []string{"okta", "entra"}[i%2], []string{"one", "two"}[i/2]
			if i > 0 {
				e.Effect, e.Refusal.Status = activity.EffectRefused, 400+i
			}
		})
		w.lists(activity.Query{Client: "entra", Limit: 10}, e[3], e[1])
		w.lists(activity.Query{TokenID: "one", Limit: 10}, e[1], e[0])
		w.lists(activity.Query{Status: 402, Limit: 10}, e[2])
		w.lists(activity.Query{Client: "okta", TokenID: "two", Status: 402, Limit: 10}, e[2])
		w.lists(activity.Query{Client: "okta", Status: 401, Limit: 10})
	}},
	{"Entry returns the one of its id, and that of no other tenant", func(w world) {
		e := w.series(2, asItIs)
		got, err := w.Entry(w.Context(), w.tenant, e[0].ID)
		if diff := cmp.Diff(e[0], got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			w.Errorf("Entry: %v (-want +got):\n%s", err, diff)
		}
		for tenant, id := range map[directory.Tenant]string{w.tenant: newID(now()), w.tenant + "-2": e[0].ID} {
			if _, err := w.Entry(w.Context(), tenant, id); !errors.Is(err, directory.ErrNotFound) {
				w.Errorf("Entry of %s: %v, want %v", tenant, err, directory.ErrNotFound)
			}
		}
	}},
	{"what is set must all hold", func(w world) {
		e := w.series(16, func(i int, e *activity.Entry) {
			e.Resource.ID, e.RequestID, e.Effect = "7", "one", directory.EffectUpdated
			if i&1 != 0 {
				e.Resource.ID = "8"
			}
			if i&2 != 0 {
				e.RequestID = "two"
			}
			if i&4 != 0 {
				e.Effect = directory.EffectCreated
			}
		})
		updated := []directory.Effect{directory.EffectUpdated}
		w.lists(activity.Query{Resource: e[0].Resource, RequestID: "one", Effects: updated, Limit: 10}, e[8], e[0])
		w.lists(activity.Query{Resource: e[0].Resource, Effects: updated, Limit: 10}, e[10], e[8], e[2], e[0])
		w.lists(activity.Query{RequestID: "two", Effects: updated, Since: e[3].At, Until: e[11].At, Limit: 10}, e[10], e[3])
		w.lists(activity.Query{Resource: e[0].Resource, Effects: updated, After: e[8].ID, Limit: 10}, e[2], e[0])
		w.lists(activity.Query{Effects: updated, After: e[8].ID, Limit: 2}, e[3], e[2])
	}},
	{"pages by Browse join to the list, whatever is asked for", func(w world) {
		w.series(12, func(i int, e *activity.Entry) {
			e.Client, e.Kind = []string{"okta", "entra", "other"}[i%3], []activity.Kind{activity.KindChange, activity.KindEdit, ""}[i/4]
			if i%4 == 0 {
				e.Effect, e.Refusal = activity.EffectRefused, activity.Refusal{Status: 400 + i}
			}
		})
		for _, q := range []activity.Query{
			{},
			{Client: "entra"},
			{Client: "nobody"},
			{Type: "User", Effects: []directory.Effect{activity.EffectRefused}},
			{Status: 404},
			{Kinds: []activity.Kind{activity.KindChange}},
			{Kinds: []activity.Kind{activity.KindChange, activity.KindEdit}, Effects: []directory.Effect{activity.EffectRefused}},
			{Effects: []directory.Effect{activity.EffectRefused, directory.EffectDeactivated}, Client: "okta"},
			{Client: "okta", OldestFirst: true},
		} {
			q.Limit = 99
			want, err := w.List(w.Context(), w.tenant, q)
			if err != nil {
				w.Fatalf("List: %v", err)
			}
			for _, most := range []int{1, 5, 100} {
				q, got := q, []activity.Entry(nil)
				for q.Limit = 2; ; {
					page, rest, err := w.Browse(w.Context(), w.tenant, q, most)
					if err != nil || len(got) > len(want) {
						w.Fatalf("Browse of %+v, %d: %d entries, %v", q, most, len(got), err)
					}
					if got = append(got, page...); rest != "" {
						q.After = rest
					} else if len(page) == q.Limit {
						q.After = page[1].ID
					} else {
						break
					}
				}
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					w.Errorf("Browse of %+v, %d (-want +got):\n%s", q, most, diff)
				}
			}
		}
	}},
	{"a walk page by page meets each entry once, while others come", func(w world) {
		want := w.series(23, asItIs)
		var met []activity.Entry
		for after, more := "", true; more; {
			w.record(NewEntry(now().Add(time.Hour)))
			page, err := w.List(w.Context(), w.tenant, activity.Query{Until: now().Add(time.Minute), After: after, Limit: 5})
			if err != nil {
				w.Fatalf("List: %v", err)
			}
			if more = len(page) == 5; len(page) > 0 {
				after = page[len(page)-1].ID
			}
			met = append(met, page...)
		}
		w.lists(activity.Query{Until: now().Add(time.Minute), Limit: 100}, met...)
		if len(met) != len(want) {
			w.Errorf("met %d entries, want %d", len(met), len(want))
		}
	}},
}
