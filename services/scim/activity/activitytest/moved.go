package activitytest

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// crowd is more users than any store has in one place.
const crowd = 2500

// movedRules are about who joined and left groups. Their entries are of groups, a minute apart.
var movedRules = []rule{
	{"Moved returns all whom an entry moved, page by page, in the order in which they came", func(w world) {
		e, all := NewEntry(now()), make([]activity.Moved, crowd)
		for i := range all {
			all[i] = activity.Moved{User: directory.UserID(fmt.Sprint("user ", i)), Joined: i < 1200}
		}
		w.recordMoved(e, all...)
		for _, page := range [][2]int{{0, crowd + 1}, {0, 10}, {990, 20}, {1000, 1}, {999, 1}, {2000, 1000}, {crowd - 1, 5}, {crowd, 5}, {1 << 20, 5}, {0, 0}} {
			first, last := min(page[0], crowd), min(page[0]+page[1], crowd)
			w.moved(e, page[0], page[1], all[first:last]...)
		}
	}},
	{"Moved is no one of an entry that moved no one, of none, and of one of another tenant", func(w world) {
		e, with := NewEntry(now()), NewEntry(now())
		w.record(e)
		w.recordMoved(with, activity.Moved{User: "7"})
		w.moved(e, 0, 10)
		w.moved(NewEntry(now()), 0, 10)
		other := world{w.T, w.Store, w.tenant + "-2"}
		other.moved(with, 0, 10)
	}},
	{"an entry that is recorded again moves those whom it moved at first", func(w world) {
		e := NewEntry(now())
		w.recordMoved(e, activity.Moved{User: "7", Joined: true})
		w.recordMoved(e, activity.Moved{User: "8"})
		w.moved(e, 0, 10, activity.Moved{User: "7", Joined: true})
	}},
	{"WithGroups has the user's entries and those of groups that moved the user, who alone is named", func(w world) {
		user := activity.Resource{Type: "User", ID: "7"}
		e := w.story(user)
		joined, left := e[1], e[3]
		joined.Members, left.Members = activity.Members{Added: []directory.UserID{"7"}}, activity.Members{Removed: []directory.UserID{"7"}}
		far := e[4]
		far.Members = joined.Members
		w.lists(activity.Query{Resource: user, WithGroups: true, Limit: 10}, e[5], far, left, joined, e[0])
		w.lists(activity.Query{Resource: user, WithGroups: true, OldestFirst: true, Limit: 10}, e[0], joined, left, far, e[5])
		w.lists(activity.Query{Resource: user, Limit: 10}, e[5], e[0])
		w.lists(activity.Query{Resource: activity.Resource{Type: "User", ID: "9"}, WithGroups: true, Limit: 10})
		other := world{w.T, w.Store, w.tenant + "-2"}
		other.lists(activity.Query{Resource: user, WithGroups: true, Limit: 10})
	}},
	{"WithGroups goes page by page in both orders, and within what else is asked for", func(w world) {
		user := activity.Resource{Type: "User", ID: "7"}
		e := w.story(user)
		joined, left := e[1], e[3]
		joined.Members, left.Members = activity.Members{Added: []directory.UserID{"7"}}, activity.Members{Removed: []directory.UserID{"7"}}
		far := e[4]
		far.Members = joined.Members
		q := activity.Query{Resource: user, WithGroups: true, Limit: 2}
		w.lists(q, e[5], far)
		q.After = e[4].ID
		w.lists(q, left, joined)
		q.After = e[1].ID
		w.lists(q, e[0])
		q.OldestFirst = true
		w.lists(q, left, far)
		q.After = e[4].ID
		w.lists(q, e[5])
		w.lists(activity.Query{Resource: user, WithGroups: true, Since: e[3].At, Until: e[5].At, Limit: 10}, far, left)
		w.lists(activity.Query{Resource: user, WithGroups: true, Kinds: []activity.Kind{activity.KindSignIn}, Limit: 10}, e[5], far)
	}},
	{"OldestFirst turns a list around", func(w world) {
		e := w.series(5, asItIs)
		w.lists(activity.Query{OldestFirst: true, Limit: 2}, e[0], e[1])
		w.lists(activity.Query{OldestFirst: true, After: e[1].ID, Limit: 10}, e[2], e[3], e[4])
		w.lists(activity.Query{OldestFirst: true, After: e[4].ID, Limit: 10})
		w.lists(activity.Query{OldestFirst: true, Since: e[1].At, Until: e[3].At, Limit: 10}, e[1], e[2])
		w.lists(activity.Query{OldestFirst: true, Since: e[3].At, After: e[0].ID, Limit: 10}, e[3], e[4])
		w.lists(activity.Query{OldestFirst: true, Since: e[1].At, After: e[3].ID, Limit: 10}, e[4])
	}},
}

// story records what happens to a user: created, joined a group, what is another's, left the group,
// came into one of a crowd, and signed in. The last two are of that kind.
func (w world) story(user activity.Resource) []activity.Entry {
	w.Helper()
	id := directory.UserID(user.ID)
	many := make([]activity.Moved, crowd)
	for n := range many {
		many[n] = activity.Moved{User: directory.UserID(fmt.Sprint("one of many ", n)), Joined: true}
	}
	many[crowd-1].User = id
	moved := [][]activity.Moved{
		nil, {{User: "8", Joined: true}, {User: id, Joined: true}}, {{User: "8"}}, {{User: "8", Joined: true}, {User: id}}, many, nil,
	}
	entries := make([]activity.Entry, len(moved))
	for i := range entries {
		e := NewEntry(now().Add(time.Duration(i-len(moved)) * time.Minute))
		e.Resource.Type, e.Members = "Group", activity.Members{Added: []directory.UserID{"8"}}
		if moved[i] == nil {
			e.Resource = user
		}
		if i > 3 {
			e.Kind = activity.KindSignIn
		}
		w.recordMoved(e, moved[i]...)
		entries[i] = e
	}
	return entries
}

func (w world) recordMoved(e activity.Entry, moved ...activity.Moved) {
	w.Helper()
	if err := w.Record(w.Context(), w.tenant, e, moved); err != nil {
		w.Fatalf("Record: %v", err)
	}
}

func (w world) moved(e activity.Entry, skip, limit int, want ...activity.Moved) {
	w.Helper()
	got, err := w.Moved(w.Context(), w.tenant, e.ID, skip, limit)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
		w.Errorf("Moved from %d, %d at most: %v (-want +got):\n%s", skip, limit, err, diff)
	}
}
