package filter

import "github.com/devrev/scim/libs/scim/schema"

// Op is a comparison operator of RFC 7644 table 3, in lower case.
type Op string

// The operators. Present takes no value.
const (
	Equal          Op = "eq"
	NotEqual       Op = "ne"
	Contains       Op = "co"
	StartsWith     Op = "sw"
	EndsWith       Op = "ew"
	Present        Op = "pr"
	Greater        Op = "gt"
	GreaterOrEqual Op = "ge"
	Less           Op = "lt"
	LessOrEqual    Op = "le"
)

// Expr is a filter whose attribute paths are resolved and whose values are of their attributes'
// types: one of *And, *Or, *Not, *Comparison and *ValuePath. An Expr is not changed once parsed and
// is safe to share.
type Expr interface{ expr() }

// And is satisfied when both sides are.
type And struct{ Left, Right Expr }

// Or is satisfied when one side is.
type Or struct{ Left, Right Expr }

// AnyOf returns the filter that is satisfied when one of the terms is; nil, if there are none. It
// is no deeper than it has to be: databases bound how deep a condition may be.
func AnyOf(terms []Expr) Expr {
	switch n := len(terms); n {
	case 0:
		return nil
	case 1:
		return terms[0]
	default:
		return &Or{Left: AnyOf(terms[:n/2]), Right: AnyOf(terms[n/2:])}
	}
}

// Not is satisfied when its filter is not. There is no third truth value: not (x eq 1) is satisfied
// where x is absent.
type Not struct{ Filter Expr }

// Comparison is satisfied when any value at Path is in the relation Op to Value.
//
// Value is the literal in its attribute's comparable form (schema.Attribute.Comparable): a folded
// or exact string, bool, int64, float64 or time.Time; nil for the literal null and with Present.
// Raw is the literal as Format writes it, JSON; "" with Present.
//
// A path to a complex attribute is already resolved to its "value" sub-attribute, except with
// Present and null, which apply to the attribute as a whole. co, sw and ew occur with strings and
// references only; gt, ge, lt and le never with booleans and binaries; null only with eq and ne.
//
//   - Several values (multi-valued attributes, and a sub-attribute in each of several elements):
//     one that satisfies Op is enough, also for ne: emails.type ne "work" holds if any e-mail is of
//     another type.
//   - No value: ne holds, every other operator does not.
//   - Strings compare by the bytes of their comparable form, numbers by value (1 and 1.0 are
//     equal), dateTimes as instants.
//   - Present holds when there is a value that is neither null, "" nor an empty complex value.
//     eq null is its negation and ne null the same as Present.
type Comparison struct {
	Path  schema.Path
	Op    Op
	Value any
	Raw   string
}

// ValuePath is satisfied when one and the same element of the complex attribute at Path satisfies
// Filter, whose paths are sub-attributes (Path.Attribute is the sub-attribute, Path.Sub nil). An
// attribute without elements satisfies no ValuePath, whatever Filter is. A single-valued complex
// attribute is one element.
type ValuePath struct {
	Path   schema.Path
	Filter Expr
}

func (*And) expr()        {}
func (*Or) expr()         {}
func (*Not) expr()        {}
func (*Comparison) expr() {}
func (*ValuePath) expr()  {}
