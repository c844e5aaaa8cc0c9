package oracle

import (
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

const (
	enterprise = scim.EnterpriseUserSchema
	acme       = "urn:example:params:scim:schemas:extension:acme:1.0:User"
)

// types has users with an extension of the types that no core attribute has.
var types = schema.Load(nil).With(&schema.Schema{ID: acme, Attributes: []*schema.Attribute{
	{Name: "badge", Type: schema.Integer},
	{Name: "rate", Type: schema.Decimal},
	{Name: "tags", MultiValued: true},
}})

// typeOf returns the resource type of a resource, which need not have its schemas.
func typeOf(resource map[string]any) *schema.ResourceType {
	if resource["userName"] != nil {
		return types.User
	}
	return types.Group
}

// convert returns what the scalar v is to be instead. a is its attribute, nil if no schema has it.
type convert func(a *schema.Attribute, v any) any

// convertResource returns the resource with all its scalars converted.
func convertResource(resource map[string]any, to convert) map[string]any {
	rt := typeOf(resource)
	all := slices.Concat(rt.Schema.Attributes, rt.Common)
	for _, ext := range rt.Extensions {
		all = append(all, &schema.Attribute{Name: ext.Schema.ID, Type: schema.Complex, SubAttributes: ext.Schema.Attributes})
	}
	converted, _ := convertValue(&schema.Attribute{Type: schema.Complex, SubAttributes: all}, resource, to).(map[string]any)
	return converted
}

// convertValue returns the value v of a with all its scalars converted.
func convertValue(a *schema.Attribute, v any, to convert) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = convertValue(a, element, to)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			object[name] = convertValue(subAttribute(a, name), member, to)
		}
		return object
	default:
		return to(a, v)
	}
}

// rename returns v, a value of a, with other names for its members and theirs.
func rename(a *schema.Attribute, v any, to func(a *schema.Attribute, name string) string) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i, element := range v {
			list[i] = rename(a, element, to)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			sub := subAttribute(a, name)
			object[to(sub, name)] = rename(sub, member, to)
		}
		return object
	default:
		return v
	}
}

func subAttribute(a *schema.Attribute, name string) *schema.Attribute {
	if a == nil {
		return nil
	}
	return a.SubAttribute(name)
}

// fold returns a string of an attribute that is not caseExact as it compares.
func fold(a *schema.Attribute, v any) any {
	if s, ok := v.(string); ok && a != nil && (a.Type == schema.String || a.Type == schema.Reference) && !a.CaseExact {
		return scim.FoldCase(s)
	}
	return v
}

// replaceText converts strings of any attribute.
func replaceText(old, by string) convert {
	return func(_ *schema.Attribute, v any) any {
		if s, ok := v.(string); ok {
			return strings.ReplaceAll(s, old, by)
		}
		return v
	}
}
