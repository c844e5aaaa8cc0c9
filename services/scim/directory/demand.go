package directory

import (
	"slices"

	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
)

// Demands reports whether all that e selects has a value, of those that every Store finds resources
// by, which compares with the one in e by one of ops: eq names a few resources, sw a range of them.
// What does not makes a Store look at everybody.
func Demands(e filter.Expr, ops ...filter.Op) bool {
	return demands(e, schema.Path{}, ops)
}

// demands is Demands for a filter on the elements of the attribute at within; the zero Path is the
// resource.
func demands(e filter.Expr, within schema.Path, ops []filter.Op) bool {
	switch e := e.(type) {
	case *filter.And:
		return demands(e.Left, within, ops) || demands(e.Right, within, ops)
	case *filter.Or:
		return demands(e.Left, within, ops) && demands(e.Right, within, ops)
	case *filter.ValuePath:
		return demands(e.Filter, e.Path, ops)
	case *filter.Comparison:
		return e.Value != nil && slices.Contains(ops, e.Op) && hasIndex(within, e.Path)
	default:
		return false
	}
}

// hasIndex reports whether every Store finds resources by the values at p, which is within another
// path or, if that is zero, the resource.
func hasIndex(within, p schema.Path) bool {
	if within.Attribute != nil {
		p = schema.Path{Extension: within.Extension, Attribute: within.Attribute, Sub: p.Attribute}
	}
	if p.Extension != "" {
		return false
	}
	switch p.Attribute.Name {
	case "id", "userName", "externalId", "displayName": // of a user, displayName has none, which a page of one person's namesakes shows
		return p.Sub == nil
	case "emails", "groups", "members":
		return p.Sub != nil && p.Sub.Name == "value"
	default:
		return false
	}
}
