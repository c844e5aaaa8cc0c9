package historytest

import (
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/scim/history"
)

func changeCases() []testCase {
	return []testCase{
		{"Changes returns what changed in a span of time, latest first, of users and groups", func(w world) {
			u := w.replace(2, w.user("a@example.com"))
			g := w.group("Guides", u.ID)
			w.update(3, g, directory.MemberDelta{Remove: []directory.UserID{u.ID}})
			u = w.replace(4, u)
			w.remove(5, u)
			user, group := history.Resource{Type: history.User, ID: string(u.ID)}, history.Resource{Type: history.Group, ID: string(g.ID)}
			want := []history.Record{
				{
					Resource: user, Version: 3, At: at(4), Cause: cause(4),
					Before: history.Past{Version: 2, State: directory.StateShadow},
				},
				{
					Resource: group, Version: 2, At: at(3), Cause: cause(3),
					Before: history.Past{Version: 1}, Members: directory.MembershipChange{Removed: []directory.UserID{u.ID}},
				},
				{Resource: user, Version: 2, At: at(2), Cause: cause(2), Before: history.Past{Version: 1, State: directory.StateShadow}},
			}
			same(w, want, w.changes(history.Query{Since: at(2), Until: at(5)}))
			same(w, want[:2], w.changes(history.Query{Since: at(3), Until: at(5)}))
			same(w, want[1:], w.changes(history.Query{Since: at(2), Until: at(4)}))
			same(w, nil, w.changes(history.Query{Since: at(6), Until: at(7)}))
		}},
		{"Changes returns those of one request, token, client, or undo", func(w world) {
			u := w.user("a@example.com")
			causes := []directory.Cause{
				{RequestID: "one", TokenID: "T1", Client: "okta"},
				{RequestID: "two", TokenID: "T1", Client: "entra"},
				{RequestID: "three", TokenID: "T2", Client: "okta", Undo: "u1/" + string(u.ID)},
				{RequestID: "four", Undo: "u10/" + string(u.ID)},
			}
			for n, c := range causes {
				u.Cause, u.Modified = c, at(n+1)
				var err error
				u, err = w.ReplaceUser(w.Context(), w.tenant, u)
				w.ok(err)
			}
			for _, c := range []struct {
				q    history.Query
				want []int
			}{
				{history.Query{RequestID: "two"}, []int{1}},
				{history.Query{TokenID: "T1"}, []int{1, 0}},
				{history.Query{Client: "okta"}, []int{2, 0}},
				{history.Query{Client: "okta", TokenID: "T2"}, []int{2}},
				{history.Query{Undo: "u1"}, []int{2}},
				{history.Query{RequestID: "five"}, nil},
			} {
				c.q.Since, c.q.Until = at(1), at(9)
				var got []int
				for _, r := range w.changes(c.q) {
					got = append(got, slices.Index(causes, r.Cause))
				}
				if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
					w.Errorf("%+v: -want +got:\n%s", c.q, diff)
				}
			}
		}},
		{"a change of more members than a part has is one of Changes", func(w world) {
			ids := w.users(history.PartSize + 1)
			w.update(3, w.group("Guides"), directory.MemberDelta{Add: ids})
			changes := w.changes(history.Query{Since: at(3), Until: at(4)})
			same(w, 1, len(changes))
			same(w, ids, changes[0].Members.Added)
		}},
		{"a deleted group that came back goes on with its versions", func(w world) {
			g := w.group("Guides")
			g.Cause, g.Modified = cause(2), at(2)
			w.ok(w.DeleteGroup(w.Context(), w.tenant, g))
			w.events()
			g.Version, g.Cause, g.Modified = 3, cause(3), at(3)
			w.ok(w.CreateGroup(w.Context(), w.tenant, g))
			w.update(4, g, directory.MemberDelta{Add: w.users(1)})
			same(w, []line{
				{history.GroupCreated, 1, "request 1"},
				{history.GroupDeleted, 2, "request 2"},
				{history.GroupCreated, 3, "request 3"},
				{history.MembersChanged, 4, "request 4"},
			}, w.lines(string(g.ID)))
		}},
	}
}

// changes returns what q asks for, in pages of two.
func (w world) changes(q history.Query) (all []history.Record) {
	w.Helper()
	w.ok(w.CatchUp(w.Context()))
	for q.Limit = 2; ; {
		page, next, err := w.Changes(w.Context(), w.tenant, q)
		w.ok(err)
		all = append(all, page...)
		if q.After = next; next == "" {
			return all
		}
	}
}
