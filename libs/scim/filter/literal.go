package filter

import (
	"strconv"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// literal reads the value of c and checks that operator and value suit the attribute. The path
// began at offset at, the operator at opAt.
func (p *parser) literal(c *Comparison, at, opAt int) error {
	start := p.skip()
	var s string
	quoted := p.at('"')
	if quoted {
		var err error
		if s, err = p.text(); err != nil {
			return err
		}
	} else if closing, ok := p.otherQuote(); ok {
		var err error
		if s, err = p.quoted(closing); err != nil {
			return err
		}
		if err := p.accepted(scim.OtherQuotes, c.Path.String(), start); err != nil {
			return err
		}
		quoted = true
	} else if s = p.word(); s == "" {
		return p.fail(start, "expected a value after %s, found %s.", c.Op, p.found())
	}

	if s == "null" && !quoted {
		if c.Op != Equal && c.Op != NotEqual {
			return p.fail(opAt, "null can be compared by eq and ne only, not by %s.", c.Op)
		}
		c.Raw = s
		return nil
	}
	if a := c.Path.Target(); a.Type == schema.Complex {
		sub := a.SubAttribute("value")
		if sub == nil {
			return p.fail(at, "%s is complex: compare one of its sub-attributes.", c.Path)
		}
		c.Path.Sub = sub
		if err := p.searchable(c.Path, at); err != nil {
			return err
		}
	}
	a := c.Path.Target()
	if !has(a.Type, c.Op) {
		return p.fail(opAt, "%s is of type %s, which has no operator %s.", c.Path, a.Type, c.Op)
	}
	value, err := p.typed(c, s, quoted, start)
	if err != nil {
		return err
	}
	var ok bool
	if c.Value, ok = a.Comparable(value); !ok {
		return p.fail(start, "%s needs a value of type %s.", c.Path, a.Type)
	}
	return nil
}

// has reports whether values of type t can be compared by op, RFC 7644 table 3: substrings are of
// strings, and booleans and binaries have no order.
func has(t schema.Type, op Op) bool {
	switch op {
	case Contains, StartsWith, EndsWith:
		return t == schema.String || t == schema.Reference
	case Greater, GreaterOrEqual, Less, LessOrEqual:
		return t != schema.Boolean && t != schema.Binary
	default:
		return true
	}
}

// typed sets c.Raw and returns the value that s is for the attribute of c: a bool, number or
// string. s is the inside of a string if quoted, else a bare word; it began at offset at.
func (p *parser) typed(c *Comparison, s string, quoted bool, at int) (any, error) {
	a := c.Path.Target()
	var value any
	ok, tidy, coercion := true, !quoted, scim.StringNumber
	switch a.Type {
	case schema.Boolean:
		truth := strings.EqualFold(s, "true")
		value, ok = truth, truth || strings.EqualFold(s, "false")
		c.Raw = strconv.FormatBool(truth)
		tidy = tidy && s == c.Raw
		coercion = scim.StringBoolean
	case schema.Integer, schema.Decimal:
		value, ok = number(s)
		c.Raw = s
	default:
		value = s
		tidy = quoted
		coercion = scim.UnquotedValue
		// The source is already canonical where nothing in it is escaped.
		if c.Raw = p.src[at:p.pos]; len(c.Raw) != len(s)+len(`""`) || c.Raw[0] != '"' {
			c.Raw = quote(s)
		}
	}
	if !ok {
		return nil, p.fail(at, "%s needs a value of type %s.", c.Path, a.Type)
	}
	if !tidy {
		return value, p.accepted(coercion, c.Path.String(), at)
	}
	return value, nil
}

// Literal returns the value as the client wrote it, in its attribute's type but not folded: string,
// bool, int64 or float64; nil for null and with Present.
func (c *Comparison) Literal() any {
	switch {
	case c.Raw == "" || c.Raw == "null":
		return nil
	case c.Raw[0] == '"':
		s, _ := unescape(c.Raw)
		return s
	case c.Raw == "true" || c.Raw == "false":
		return c.Raw == "true"
	default:
		n, _ := number(c.Raw)
		return n
	}
}
