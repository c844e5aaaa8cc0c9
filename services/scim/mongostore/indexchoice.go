package mongostore

import (
	"slices"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/services/scim/directory"
)

// narrowest returns the index of the collection that leaves the fewest candidates for e: one of an
// attribute for which e, among whatever else, demands a value, or one of several ids; else one that
// has the resources of a relation by _id; "" if e demands neither.
func narrowest(collection string, e filter.Expr, within string) string {
	switch e := e.(type) {
	case *filter.And:
		left := narrowest(collection, e.Left, within)
		if left != "" && left != onList {
			return left
		}
		if right := narrowest(collection, e.Right, within); right != "" {
			return right
		}
		return left
	case *filter.Or: // ids on both sides are one set of them
		if narrowest(collection, e.Left, within) == onID && narrowest(collection, e.Right, within) == onID {
			return onID
		}
	case *filter.ValuePath:
		return narrowest(collection, e.Filter, within+fieldOf(e.Path)+".")
	case *filter.Comparison:
		switch {
		case isID(e) && within == "key.":
			return onID
		case directory.IsRelation(e):
			return onList
		case e.Value == nil || e.Op != filter.Equal && e.Op != filter.StartsWith:
			return ""
		}
		asked := join(within+fieldOf(e.Path), formOf(e.Path.Target()))
		indexes := indexes()
		serves := func(ix index) bool {
			return ix.collection == collection && len(ix.fields) > 1 && ix.attribute() == asked
		}
		if i := slices.IndexFunc(indexes, serves); i >= 0 {
			return indexes[i].name
		}
	}
	return ""
}

// isID reports whether c demands an id of a resource.
func isID(c *filter.Comparison) bool {
	return c.Path.Extension == "" && c.Path.Attribute.Name == "id" && c.Path.Sub == nil && c.Op == filter.Equal && c.Value != nil
}
