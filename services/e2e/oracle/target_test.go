package oracle

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/devrev/scim/libs/scim/schema"
)

// target is the attribute that an operation's path names.
type target struct {
	schema.Path
	filter string // in the brackets of a value path, with them; "" without
}

var pathText = regexp.MustCompile(`^(` + word + `)(\[.*\])?(?:\.(` + word + `))?$`)

// targetOf returns what the path names, and whether it names anything that a resource like this one
// can have.
func targetOf(resource map[string]any, path string) (target, bool) {
	part := pathText.FindStringSubmatch(path)
	if part == nil {
		return target{}, false
	}
	resolved, err := typeOf(resource).Resolve(part[1])
	if err != nil {
		return target{}, false
	}
	if part[3] != "" {
		resolved.Sub = resolved.Attribute.SubAttribute(part[3])
		if resolved.Sub == nil {
			return target{}, false
		}
	}
	return target{resolved, part[2]}, true
}

// whole returns the path of the attribute, without filter and sub-attribute.
func (t target) whole() string {
	return schema.Path{Extension: t.Extension, Attribute: t.Attribute}.String()
}

func (t target) String() string {
	if t.Sub == nil {
		return t.whole() + t.filter
	}
	return t.whole() + t.filter + "." + t.Sub.Name
}

// isList reports whether the path names all values of a multi-valued attribute.
func (t target) isList() bool {
	return t.Attribute != nil && t.Attribute.MultiValued && t.Sub == nil && t.filter == ""
}

// isReadOnly leaves out schemas, which clients send with everything and which follows from the
// rest.
func (t target) isReadOnly() bool {
	return t.Attribute != nil && t.Attribute.Mutability == schema.ReadOnly && t.Attribute.Name != "schemas"
}

func (t target) isImmutable() bool { return t.Sub != nil && t.Sub.Mutability == schema.Immutable }

// values returns what the resource has at the attribute, as a list.
func (t target) values(resource map[string]any) []any {
	holder := resource
	if t.Extension != "" {
		holder, _ = resource[t.Extension].(map[string]any)
	}
	switch v := holder[t.Attribute.Name].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// only returns the filter, in brackets, that selects elements equal to this one.
func (t target) only(element map[string]any) string {
	var terms []string
	for _, sub := range t.Attribute.SubAttributes {
		if sub.Name == "$ref" {
			continue // which the oracle cannot read
		}
		switch v := element[sub.Name].(type) {
		case nil:
			terms = append(terms, "not ("+sub.Name+" pr)")
		case string:
			terms = append(terms, sub.Name+" eq "+asJSON(v))
		default:
			terms = append(terms, fmt.Sprint(sub.Name, " eq ", v))
		}
	}
	return "[" + strings.Join(terms, " and ") + "]"
}

// alike reports whether two values of the attribute are the same one. Elements are if their value
// and type are equal.
func (t target) alike(a, b any) bool {
	x, ok := a.(map[string]any)
	if !ok {
		return fold(t.Attribute, a) == fold(t.Attribute, b)
	}
	y, _ := b.(map[string]any)
	return x["value"] != nil && t.equal("value", x, y) && t.equal("type", x, y)
}

// equal compares a sub-attribute of two elements.
func (t target) equal(name string, a, b map[string]any) bool {
	sub := t.Attribute.SubAttribute(name)
	return sub == nil || fold(sub, a[name]) == fold(sub, b[name])
}

// with returns the resource with another list at the attribute.
func (t target) with(resource map[string]any, list []any) map[string]any {
	resource = maps.Clone(resource)
	holder := resource
	if t.Extension != "" {
		holder, _ = resource[t.Extension].(map[string]any)
		holder = maps.Clone(holder)
		resource[t.Extension] = holder
	}
	if holder[t.Attribute.Name] != nil {
		holder[t.Attribute.Name] = list
	}
	return resource
}

// described returns the element that the value path's filter describes by eq and and alone; not ok
// if it says more.
func (t target) described() (element map[string]any, ok bool) {
	element = map[string]any{}
	rest := rewriteFlat(t.Attribute, strings.Trim(t.filter, "[]"), func(c term) string {
		if c.op != "eq" {
			return c.String()
		}
		if s, isText := unquote(c.literal); isText {
			element[c.name] = s
		} else {
			element[c.name] = c.literal == "true"
		}
		return ""
	})
	if strings.TrimSpace(strings.ReplaceAll(rest, "and", "")) != "" {
		return map[string]any{}, false
	}
	return element, true
}
