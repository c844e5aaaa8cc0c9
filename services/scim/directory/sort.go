package directory

import (
	"cmp"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// SortPath returns the path by whose values resources are sorted where a client names path: the
// sub-attribute value of a complex attribute. What has no order is 400 invalidPath: a complex
// attribute without value, an extension as a whole, what is not kept in the resource (members,
// groups) or never returned.
func SortPath(path schema.Path) (schema.Path, error) {
	if path.Attribute != nil && path.Sub == nil && path.Attribute.Type == schema.Complex {
		path.Sub = path.Attribute.SubAttribute("value")
	}
	target := path.Target()
	if target == nil || target.Type == schema.Complex || target.Returned == schema.Never ||
		path.Extension == "" && isRelation(path.Attribute.Name) || isLocation(path) {
		return path, scim.BadRequest(scim.InvalidPath, "Resources cannot be sorted by %s.", scim.Quote(path.String()))
	}
	return path, nil
}

// SortKey returns the value by which doc is sorted at path, in its comparable form: the primary
// element's value of a multi-valued attribute, else the first one's; nil if there is none (RFC 7644
// section 3.4.2.3).
func SortKey(path schema.Path, doc *scim.Document) any {
	if path.Attribute == nil {
		return nil
	}
	if path.Attribute.MultiValued && path.Attribute.Type == schema.Complex {
		doc = onlyPrimary(path, doc)
	}
	for _, v := range path.Values(doc) {
		if key, ok := path.Target().Comparable(v); ok {
			return key
		}
	}
	return nil
}

// onlyPrimary returns a document in which the attribute at path keeps only its primary element; doc
// itself if none is primary.
func onlyPrimary(path schema.Path, doc *scim.Document) *scim.Document {
	elements := schema.Path{Extension: path.Extension, Attribute: path.Attribute}.Values(doc)
	for _, e := range elements {
		element, ok := e.(*scim.Document)
		if primary, _ := element.Get("primary"); ok && primary == true {
			only := scim.NewDocument(path.Attribute.Name, []any{element})
			if path.Extension != "" {
				only = scim.NewDocument(path.Extension, only)
			}
			return only
		}
	}
	return doc
}

// Compare returns which of two positions comes first: negative if a does. It is the order of a
// Query in code: a resource without a key counts as greater than all others, equal keys are in the
// order of id, and descending is all of that backwards.
func (s Sort) Compare(a, b Position) int {
	var keys int
	switch {
	case a.Key == nil && b.Key == nil:
	case a.Key == nil:
		keys = 1
	case b.Key == nil:
		keys = -1
	default:
		keys = schema.Order(a.Key, b.Key)
	}
	order := cmp.Or(keys, cmp.Compare(a.ID, b.ID))
	if s.Descending {
		return -order
	}
	return order
}
