package directory

import (
	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
)

// RelationFilter rewrites what a filter says of groups (of a user) or members (of a group) to the
// one form that a Store takes, value eq "id". Anything else about them is 400 invalidFilter, since
// they are kept as memberships and not in the resource; so is meta.location, which is not kept at
// all.
func RelationFilter(e filter.Expr) (filter.Expr, error) {
	switch e := e.(type) {
	case *filter.And:
		left, right, err := relationPair(e.Left, e.Right)
		return &filter.And{Left: left, Right: right}, err
	case *filter.Or:
		left, right, err := relationPair(e.Left, e.Right)
		return &filter.Or{Left: left, Right: right}, err
	case *filter.Not:
		inner, err := RelationFilter(e.Filter)
		return &filter.Not{Filter: inner}, err
	case *filter.ValuePath:
		if e.Path.Extension == "" && e.Path.Attribute.Name == "meta" && mentions(e.Filter, "location") {
			return nil, locationError()
		}
		if e.Path.Extension != "" || !isRelation(e.Path.Attribute.Name) {
			return e, nil
		}
		if c, ok := e.Filter.(*filter.Comparison); ok && c.Path.Attribute.Name == "value" {
			path := e.Path
			path.Sub = c.Path.Attribute
			return RelationFilter(&filter.Comparison{Path: path, Op: c.Op, Value: c.Value, Raw: c.Raw})
		}
		return nil, relationError(e.Path.Attribute.Name)
	case *filter.Comparison:
		if isLocation(e.Path) {
			return nil, locationError()
		}
		if IsRelation(e) && (e.Op != filter.Equal || e.Value == nil || e.Path.Sub == nil || e.Path.Sub.Name != "value") {
			return nil, relationError(e.Path.Attribute.Name)
		}
	}
	return e, nil
}

// IsRelation reports whether a Store answers the comparison from its memberships.
func IsRelation(c *filter.Comparison) bool {
	return c.Path.Extension == "" && isRelation(c.Path.Attribute.Name)
}

func isRelation(attribute string) bool { return attribute == "members" || attribute == "groups" }

// Related returns the ids of the groups or users whose memberships e asks for.
func Related(e filter.Expr) []string {
	switch e := e.(type) {
	case *filter.And:
		return append(Related(e.Left), Related(e.Right)...)
	case *filter.Or:
		return append(Related(e.Left), Related(e.Right)...)
	case *filter.Not:
		return Related(e.Filter)
	case *filter.Comparison:
		if id, ok := e.Value.(string); ok && IsRelation(e) {
			return []string{id}
		}
	}
	return nil
}

// Relate adds those of the asked memberships that exist to a resource, so that filter.Match finds
// them. attribute is "groups" or "members".
func Relate(resource *scim.Document, attribute string, asked []string, exists func(id string) bool) {
	var values []any
	for _, id := range asked {
		if exists(id) {
			values = append(values, scim.NewDocument("value", id))
		}
	}
	if len(values) > 0 {
		resource.Set(attribute, values)
	}
}

// isLocation reports whether path names what is not kept: only the handlers know the base URL.
func isLocation(path schema.Path) bool {
	return path.Extension == "" && path.Attribute.Name == "meta" && path.Sub != nil && path.Sub.Name == "location"
}

// mentions reports whether the filter of a value path asks for the sub-attribute of this name.
func mentions(e filter.Expr, sub string) bool {
	switch e := e.(type) {
	case *filter.And:
		return mentions(e.Left, sub) || mentions(e.Right, sub)
	case *filter.Or:
		return mentions(e.Left, sub) || mentions(e.Right, sub)
	case *filter.Not:
		return mentions(e.Filter, sub)
	case *filter.Comparison:
		return e.Path.Attribute.Name == sub
	default:
		return false
	}
}

func locationError() error {
	return scim.BadRequest(scim.InvalidFilter, "meta.location cannot be searched; the id is its last part.")
}

func relationPair(left, right filter.Expr) (filter.Expr, filter.Expr, error) {
	l, err := RelationFilter(left)
	if err != nil {
		return nil, nil, err
	}
	r, err := RelationFilter(right)
	return l, r, err
}

func relationError(attribute string) error {
	return scim.BadRequest(scim.InvalidFilter, `A filter on %s can only be %s.value eq "id".`, attribute, attribute)
}
