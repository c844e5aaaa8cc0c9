package historytest

import (
	"slices"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

func groupCases() []testCase {
	return []testCase{
		{"each change of a group is told once, document before members", func(w world) {
			ids := w.users(3)
			g := w.group("Guides", ids[0])
			g = w.update(2, g, directory.MemberDelta{Add: ids[1:2], Remove: ids[:1]})
			g.Document.Set("displayName", "Leaders")
			g.NameKey = "leaders"
			g = w.update(3, g, directory.MemberDelta{})
			g.Document.Set("externalId", "7")
			g = w.update(4, g, directory.MemberDelta{Add: ids[2:]})
			w.update(5, g, directory.MemberDelta{Add: ids[2:]}) // changes nothing
			g.Cause, g.Modified = cause(6), at(6)
			w.ok(w.DeleteGroup(w.Context(), w.tenant, g))
			same(w, []line{
				{history.GroupCreated, 1, "request 1"},
				{history.MembersChanged, 1, "request 1"},
				{history.MembersChanged, 2, "request 2"},
				{history.GroupUpdated, 3, "request 3"},
				{history.GroupUpdated, 4, "request 4"},
				{history.MembersChanged, 4, "request 4"},
				{history.GroupDeleted, 5, "request 6"},
			}, w.lines(string(g.ID)))
			about := w.about(string(g.ID))
			same(w, history.Change{Added: ids[1:2], Removed: ids[:1], Part: 1, Parts: 1}, about[2].Change)
			same(w, []string{"displayName"}, about[3].Change.Attributes)
			same(w, at(6), about[6].At)
		}},
		{"a record has what the group was before and who came and went; the last one, the last members", func(w world) {
			ids := w.users(3)
			g := w.group("Guides", ids[0], ids[1])
			was := g.Document.Clone()
			g.Document.Set("displayName", "Leaders")
			g = w.update(2, g, directory.MemberDelta{Add: ids[2:], Remove: ids[:1]})
			g.Cause, g.Modified = cause(3), at(3)
			w.ok(w.DeleteGroup(w.Context(), w.tenant, g))
			of := history.Resource{Type: "Group", ID: string(g.ID)}
			same(w, []history.Record{
				{
					Resource: of, Version: 3, At: at(3), Cause: cause(3), Before: history.Past{Version: 2, Document: g.Document},
					Members: directory.MembershipChange{Removed: ids[1:]},
				},
				{
					Resource: of, Version: 2, At: at(2), Cause: cause(2), Before: history.Past{Version: 1, Document: was},
					Members: directory.MembershipChange{Added: ids[2:], Removed: ids[:1]},
				},
				{Resource: of, Version: 1, At: g.Created, Cause: cause(1), Members: directory.MembershipChange{Added: ids[:2]}},
			}, w.records("Group", string(g.ID)))
		}},
		{"who is deleted leaves each group by an event of the group", func(w world) {
			u := w.user("a@example.com")
			other := w.user("b@example.com")
			first, second := w.group("One", u.ID, other.ID), w.group("Two", u.ID)
			w.remove(2, u)
			for _, g := range []directory.Group{first, second} {
				about := w.about(string(g.ID))
				left := about[len(about)-1]
				same(w, []any{history.MembersChanged, int64(2), at(2), told(2)}, []any{left.Type, left.Version, left.At, left.Cause})
				same(w, history.Change{Removed: []directory.UserID{u.ID}, Part: 1, Parts: 1}, left.Change)
			}
			deleted := w.about(string(u.ID))[1]
			same(w, history.UserDeleted, deleted.Type)
		}},
		{"a large change of members is told in parts, and recorded whole", func(w world) {
			ids := w.users(history.PartSize + 20)
			g := w.group("Guides", ids[:10]...)
			g = w.update(2, g, directory.MemberDelta{Reset: true, Add: ids[10:]})
			g.Cause, g.Modified = cause(3), at(3)
			w.ok(w.DeleteGroup(w.Context(), w.tenant, g))
			var added, removed []directory.UserID
			for _, e := range w.about(string(g.ID)) {
				if e.Version != 2 {
					continue
				}
				same(w, 2, e.Change.Parts)
				if n := len(e.Change.Added) + len(e.Change.Removed); n > history.PartSize {
					w.Fatalf("a part has %d members", n)
				}
				added, removed = append(added, e.Change.Added...), append(removed, e.Change.Removed...)
			}
			same(w, ids[10:], slices.Sorted(slices.Values(added)))
			same(w, ids[:10], slices.Sorted(slices.Values(removed)))
			records := w.records("Group", string(g.ID))
			same(w, directory.MembershipChange{Removed: ids[10:]}, records[0].Members)
			same(w, directory.MembershipChange{Added: ids[10:], Removed: ids[:10]}, records[1].Members)
		}},
		{"a group whose members change often is told of each time", func(w world) {
			ids := w.users(2)
			g := w.group("Guides")
			for n := 2; n <= 25; n++ {
				g = w.update(n, g, directory.MemberDelta{Reset: true, Add: ids[n%2 : n%2+1]})
			}
			about := w.about(string(g.ID))
			same(w, 25, len(about))
			for i, e := range about {
				same(w, int64(i+1), e.Version)
			}
		}},
	}
}
