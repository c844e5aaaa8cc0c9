package directorytest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// RunOracle fills both Stores with the same directories, drawn at random, and asks both the same
// drawn queries: the pages and totals must be equal. Whatever one of the two gets wrong shows,
// unless the other gets it wrong as well.
//
// A failure is shrunk to a small directory and one query; rapid's flags (-rapid.checks,
// -rapid.seed) apply.
func RunOracle(t *testing.T, a, b directory.Store) {
	t.Helper()
	schemas := Schemas()
	rapid.Check(t, func(t *rapid.T) {
		d := drawDirectory(t)
		tenant := newTenant()
		for _, s := range []directory.Store{a, b} {
			d.fill(t, s, tenant)
		}
		for i := range rapid.IntRange(1, 8).Draw(t, "queries") {
			q, text := drawQuery(t, schemas.User, userTerms(d), d.userPlaces(), i)
			compare(t, text, q, a.ListUsers, b.ListUsers, tenant)
			q, text = drawQuery(t, schemas.Group, groupTerms(d), d.groupPlaces(), i)
			q.WithMembers = true
			compare(t, text, q, a.ListGroups, b.ListGroups, tenant)
		}
	})
}

// compare asks both lists and ends the check where their answers differ.
func compare[T interface{ Resource() *scim.Document }](
	t *rapid.T, text string, q directory.Query, a, b list[T], tenant directory.Tenant,
) {
	t.Helper()
	left, err := a(t.Context(), tenant, q)
	if err != nil {
		t.Fatalf("%s: first store: %v", text, err)
	}
	right, err := b(t.Context(), tenant, q)
	if err != nil {
		t.Fatalf("%s: second store: %v", text, err)
	}
	if left, right := resources(left), resources(right); left != right {
		t.Fatalf("%s\nthe first store has\n%s\nthe second store has\n%s", text, left, right)
	}
	if diff := cmp.Diff(withoutEmpty(left), withoutEmpty(right)); diff != "" {
		t.Fatalf("%s\n-first +second store:\n%s", text, diff)
	}
	q.WithMembers, q.Skip, q.Limit = false, 0, 2
	whole := joined(t, q, a, tenant)
	q.Browse = rapid.IntRange(1, 4).Draw(t, "browse")
	if left, right := joined(t, q, a, tenant), joined(t, q, b, tenant); !slices.Equal(left, whole) || !slices.Equal(right, whole) {
		t.Fatalf("%s\nthe list has\n%v\nwho browses by %d sees\n%v\nand in the second store\n%v", text, whole, q.Browse, left, right)
	}
}

// joined returns the ids that a list shows to who browses.
func joined[T interface{ Resource() *scim.Document }](t *rapid.T, q directory.Query, read list[T], tenant directory.Tenant) (ids []string) {
	for range 100 {
		page, err := read(t.Context(), tenant, q)
		if err != nil {
			t.Fatalf("browse: %v", err)
		}
		for _, item := range page.Items {
			resource := item.Resource()
			q.After = &directory.Position{Key: directory.SortKey(q.Sort.Path, resource), ID: resource.String("id")}
			ids = append(ids, resource.String("id"))
		}
		if page.Rest != nil {
			q.After = page.Rest
		} else if len(page.Items) < q.Limit {
			return ids
		}
	}
	t.Fatalf("browse: the list does not end")
	return nil
}

// resources prints a page for people, one resource on each line.
func resources[T interface{ Resource() *scim.Document }](p directory.Page[T]) string {
	lines := []string{fmt.Sprintf("%d in total, here %d", p.Total, len(p.Items))}
	for _, item := range p.Items {
		text, err := json.Marshal(item.Resource())
		lines = append(lines, fmt.Sprintf("%s %v", text, err))
	}
	return strings.Join(lines, "\n")
}

// drawQuery draws a query on resources at the given places, and describes it in words.
func drawQuery(t *rapid.T, rt *schema.ResourceType, terms []term, places []place, i int) (directory.Query, string) {
	var q directory.Query
	text := "no filter"
	if rapid.IntRange(0, 5).Draw(t, "filtered") > 0 {
		text = drawFilter(terms, 2).Draw(t, fmt.Sprintf("filter %d", i))
		var err error
		if q.Filter, err = parse(rt, text); err != nil {
			t.Fatalf("drew the filter %s: %v", text, err)
		}
	}
	if sortable := sortable(terms); rapid.Bool().Draw(t, "sorted") {
		name := rapid.SampledFrom(sortable).Draw(t, "sortBy")
		path, err := rt.Resolve(name)
		if err == nil {
			path, err = directory.SortPath(path)
		}
		if err != nil {
			t.Fatalf("sort by %s: %v", name, err)
		}
		q.Sort = directory.Sort{Path: path, Descending: rapid.Bool().Draw(t, "descending")}
	}
	if len(places) > 0 && rapid.IntRange(0, 3).Draw(t, "continued") == 0 {
		at := rapid.SampledFrom(places).Draw(t, "after")
		q.After = &directory.Position{Key: directory.SortKey(q.Sort.Path, at.resource), ID: at.id}
	}
	q.Skip = rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "skip")
	q.Limit = rapid.SampledFrom([]int{20, 20, 2, 1, 0}).Draw(t, "limit")
	return q, fmt.Sprintf("%s, sort by %q (descending %t), after %v, skip %d, limit %d",
		text, q.Sort.Path, q.Sort.Descending, q.After, q.Skip, q.Limit)
}

// sortable returns the attributes among the terms that resources can be sorted by.
func sortable(terms []term) []string {
	var names []string
	for _, term := range terms {
		if term.kind != complexKind && term.kind != relationKind {
			names = append(names, term.path)
		}
	}
	return names
}
