package filter

import (
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// Match reports whether doc satisfies e, as defined at the types of the tree. Every document
// satisfies nil.
//
// doc is in canonical form (schema.ResourceType.Validate) and must hold every attribute that the
// filter may name, also id, meta and schemas if those can be searched. A value that is not of its
// attribute's type counts as absent.
func Match(e Expr, doc *scim.Document) bool {
	switch e := e.(type) {
	case *And:
		return Match(e.Left, doc) && Match(e.Right, doc)
	case *Or:
		return Match(e.Left, doc) || Match(e.Right, doc)
	case *Not:
		return !Match(e.Filter, doc)
	case *Comparison:
		return e.match(doc)
	case *ValuePath:
		return slices.ContainsFunc(e.Path.Values(doc), func(v any) bool {
			element, ok := v.(*scim.Document)
			return ok && Match(e.Filter, element)
		})
	default:
		return true
	}
}

func (c *Comparison) match(doc *scim.Document) bool {
	values := c.Path.Values(doc)
	if c.Op == Present || c.Value == nil {
		return slices.ContainsFunc(values, present) == (c.Op != Equal)
	}
	absent := true
	for _, v := range values {
		form, ok := c.Path.Target().Comparable(v)
		if ok && holds(c.Op, form, c.Value) {
			return true
		}
		absent = absent && !ok
	}
	return absent && c.Op == NotEqual
}

// present reports whether v holds anything, RFC 7644 table 3 on pr and RFC 7643 section 2.5.
func present(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return slices.ContainsFunc(v, present)
	case *scim.Document:
		for _, sub := range v.All() {
			if present(sub) {
				return true
			}
		}
		return false
	default:
		return true
	}
}

// holds reports whether a is in the relation op to b. Both are comparable forms.
func holds(op Op, a, b any) bool {
	switch op {
	case Contains, StartsWith, EndsWith:
		a, _ := a.(string)
		b, ok := b.(string)
		return ok && within(op, a, b)
	case Equal:
		return schema.Order(a, b) == 0
	case NotEqual:
		return schema.Order(a, b) != 0
	case Greater:
		return schema.Order(a, b) > 0
	case GreaterOrEqual:
		return schema.Order(a, b) >= 0
	case Less:
		return schema.Order(a, b) < 0
	default: // LessOrEqual: Present has no value to compare with
		return schema.Order(a, b) <= 0
	}
}

func within(op Op, s, part string) bool {
	switch op {
	case StartsWith:
		return strings.HasPrefix(s, part)
	case EndsWith:
		return strings.HasSuffix(s, part)
	default:
		return strings.Contains(s, part)
	}
}
