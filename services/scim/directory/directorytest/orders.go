package directorytest

import (
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// order is an attribute to sort by and the staff in its order; descending is the same backwards.
type order struct{ rule, path, ascending string }

// orders are those of the staff, whose ids ascend as clerk, agent, driver, baker.
func orders() []order {
	const badge = badgeSchema + ":"
	return []order{
		{"strings sort by their folded form", "userName", "agent baker clerk driver"},
		{"a resource without the attribute comes last", "title", "baker driver clerk agent"},
		{"caseExact strings sort as they are", "externalId", "agent baker clerk driver"},
		{"equal values sort by id", "name.familyName", "clerk agent driver baker"},
		{"the primary element decides, else the first", "emails.value", "agent driver clerk baker"},
		{"integers sort as numbers", badge + "number", "agent driver baker clerk"},
		{"decimals sort as numbers", badge + "height", "agent clerk driver baker"},
		{"dateTimes sort as instants", badge + "expires", "agent baker driver clerk"},
		{"false sorts before true", badge + "active", "clerk agent driver baker"},
		{"active is an attribute", "active", "baker clerk agent driver"},
		{"meta.created sorts as an instant", "meta.created", "clerk agent driver baker"},
		{"meta.lastModified sorts as an instant", "meta.lastModified", "baker driver agent clerk"},
		{"id is an attribute", "id", "clerk agent driver baker"},
		{"an attribute that nobody has leaves the order of id", "nickName", "clerk agent driver baker"},
	}
}

func orderCases() []testCase {
	schemas := Schemas()
	suite := []testCase{
		{"order: without Sort resources come in the order of id, which is that of creation", func(w world) {
			w.staff()
			page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Limit: 9})
			w.ok(err)
			same(w, "clerk agent driver baker", allCalled(page.Items))
			groups, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Limit: 9})
			w.ok(err)
			same(w, []string{"Guides", "bakers' $.%", "Empty"}, displayNames(groups.Items))
		}},
		{"order: groups sort by displayName in its folded form", func(w world) {
			w.staff()
			path := resolve(w, schemas.Group, "displayName")
			for descending, want := range map[bool][]string{
				false: {"bakers' $.%", "Empty", "Guides"},
				true:  {"Guides", "Empty", "bakers' $.%"},
			} {
				page, err := w.ListGroups(w.Context(), w.tenant, directory.Query{Sort: directory.Sort{Path: path, Descending: descending}, Limit: 9})
				w.ok(err)
				same(w, want, displayNames(page.Items))
			}
		}},
	}
	for _, o := range orders() {
		suite = append(suite, testCase{"order: " + o.rule, func(w world) {
			w.staff()
			path := resolve(w, schemas.User, o.path)
			for _, descending := range []bool{false, true} {
				want := strings.Fields(o.ascending)
				if descending {
					slices.Reverse(want)
				}
				page, err := w.ListUsers(w.Context(), w.tenant, directory.Query{Sort: directory.Sort{Path: path, Descending: descending}, Limit: 9})
				w.ok(err)
				same(w, strings.Join(want, " "), allCalled(page.Items))
			}
		}})
	}
	return suite
}

// resolve returns the path by which a client sorts.
func resolve(w world, rt *schema.ResourceType, text string) schema.Path {
	w.Helper()
	path, err := rt.Resolve(text)
	if err == nil {
		path, err = directory.SortPath(path)
	}
	if err != nil {
		w.failf("resolve %s: %v", text, err)
	}
	return path
}

func displayNames(groups []directory.Group) []string {
	var names []string
	for _, g := range groups {
		names = append(names, g.DisplayName())
	}
	return names
}
