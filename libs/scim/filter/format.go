package filter

import "strings"

// Format returns the canonical text of e: canonical names, operators in lower case, single spaces,
// and parentheses only where the tree needs them. Parse(Format(e)) in the same scope is equal to e,
// unless the canonical text is past the limits of Parse where the original was not. The text of nil
// is "".
func Format(e Expr) string {
	var b strings.Builder
	format(&b, e, loose)
	return b.String()
}

// binding is the precedence that an expression needs in its context.
type binding int

const (
	loose      binding = iota // anywhere
	orOperand                 // right of or: another or needs parentheses to stay there
	andOperand                // left of and: an or needs them
	tight                     // right of and: an or and another and need them
)

func format(b *strings.Builder, e Expr, at binding) {
	switch e := e.(type) {
	case *Or:
		pair(b, e.Left, " or ", e.Right, at > loose, loose, orOperand)
	case *And:
		pair(b, e.Left, " and ", e.Right, at > andOperand, andOperand, tight)
	case *Not:
		b.WriteString("not (")
		format(b, e.Filter, loose)
		b.WriteByte(')')
	case *ValuePath:
		b.WriteString(e.Path.String())
		b.WriteByte('[')
		format(b, e.Filter, loose)
		b.WriteByte(']')
	case *Comparison:
		b.WriteString(e.Path.String())
		b.WriteByte(' ')
		b.WriteString(string(e.Op))
		if e.Op != Present {
			b.WriteByte(' ')
			b.WriteString(e.Raw)
		}
	}
}

func pair(b *strings.Builder, left Expr, word string, right Expr, grouped bool, atLeft, atRight binding) {
	if grouped {
		b.WriteByte('(')
	}
	format(b, left, atLeft)
	b.WriteString(word)
	format(b, right, atRight)
	if grouped {
		b.WriteByte(')')
	}
}
