package mongostore

import (
	"slices"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// narrowest returns the index of the collection that leaves the fewest candidates for e: one of an attribute for which e, among
// whatever else, demands a value; else onList, which has all resources in their order, and those of a relation by _id.
func narrowest(collection string, e filter.Expr, within string) string {
	switch e := e.(type) {
	case *filter.And:
		if left := narrowest(collection, e.Left, within); left != onList {
			return left
		}
		return narrowest(collection, e.Right, within)
	case *filter.ValuePath:
		return narrowest(collection, e.Filter, within+fieldOf(e.Path)+".")
	case *filter.Comparison:
		if e.Value == nil || e.Op != filter.Equal && e.Op != filter.StartsWith || directory.IsRelation(e) {
			return onList
		}
		asked := join(within+fieldOf(e.Path), formOf(e.Path.Target()))
		indexes := indexes()
		serves := func(ix index) bool { return ix.collection == collection && len(ix.fields) > 1 && ix.fields[1] == asked }
		if i := slices.IndexFunc(indexes, serves); i >= 0 {
			return indexes[i].name
		}
	}
	return onList
}
