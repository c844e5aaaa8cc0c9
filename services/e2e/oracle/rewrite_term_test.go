package oracle

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

func isUnknown(t term) bool { return t.path.Attribute == nil }

func isNeverReturned(t term) bool {
	return t.path.Attribute != nil && t.path.Attribute.Returned == schema.Never
}

func hasNoValue(t term) bool { return t.path.Attribute != nil && t.target() == nil }

// hasNoSuchOperator reports whether a comparison is one that RFC 7644 table 3 does not have.
func hasNoSuchOperator(t term) bool {
	equality, order := t.op == "eq" || t.op == "ne", t.op[0] == 'g' || t.op[0] == 'l'
	switch {
	case t.literal == "null":
		return !equality
	case equality || t.op == "pr" || t.target() == nil:
		return false
	}
	switch t.target().Type {
	case schema.String, schema.Reference:
		return false
	case schema.Boolean, schema.Binary:
		return true
	default:
		return !order
	}
}

// isUnreadable reports whether the literal, in quotation marks or not, is not of the attribute's
// type.
func isUnreadable(t term) bool {
	a, text := t.target(), strings.Trim(t.literal, `"`)
	if a == nil || text == "" || t.literal == "null" {
		return false
	}
	var err error
	switch a.Type {
	case schema.Boolean:
		_, err = strconv.ParseBool(strings.ToLower(text))
	case schema.Integer:
		_, err = strconv.ParseInt(text, 10, 64)
	case schema.Decimal:
		_, err = strconv.ParseFloat(text, 64)
	case schema.DateTime:
		_, err = time.Parse(time.RFC3339, text)
	default:
	}
	return err != nil
}

func withoutCoreURN(t term) string {
	t.name = strings.TrimPrefix(t.name, scim.UserSchema+":")
	t.name = strings.TrimPrefix(t.name, scim.GroupSchema+":")
	return t.String()
}

func withExtensionURN(t term) string {
	if t.path.Extension != "" {
		t.name = t.path.String()
	}
	return t.String()
}

func withQuotationMarks(t term) string {
	if t.is(schema.String, schema.Reference, schema.DateTime, schema.Binary) && t.literal != "" && t.literal != "null" && t.literal[0] != '"' {
		t.literal = asJSON(t.literal)
	}
	return t.String()
}

func withBoolean(t term) string {
	if t.is(schema.Boolean) && !isUnreadable(t) {
		t.literal = strings.ToLower(strings.Trim(t.literal, `"`))
	}
	return t.String()
}

func withNumber(t term) string {
	if t.is(schema.Integer, schema.Decimal) && !isUnreadable(t) {
		t.literal = strings.Trim(t.literal, `"`)
	}
	return t.String()
}

// withPresence returns a comparison with null as what it means.
func withPresence(t term) string {
	switch {
	case t.literal == "null" && t.op == "eq":
		return "not (" + t.name + " pr)"
	case t.literal == "null" && t.op == "ne":
		return t.name + " pr"
	default:
		return t.String()
	}
}

// withAbsence returns ne with what it means besides.
func withAbsence(t term) string {
	if t.op == "ne" && t.literal != "null" {
		return "(" + t.String() + " or not (" + t.name + " pr))"
	}
	return t.String()
}

func withValue(t term) string {
	if a := t.path.Target(); a != nil && t.target() != nil && t.target() != a {
		t.name += ".value"
	}
	return t.String()
}

// unescaped returns the comparison with its literal as the oracle reads it.
func unescaped(t term) string {
	if s, ok := unquote(t.literal); ok {
		t.literal = `"` + strings.ReplaceAll(s, `"`, `\"`) + `"`
	}
	return t.String()
}

// is reports whether what is compared is of one of the types.
func (t term) is(types ...schema.Type) bool {
	return t.target() != nil && slices.Contains(types, t.target().Type)
}

// value returns the string or number that the literal is.
func (t term) value() (any, bool) {
	if s, ok := unquote(t.literal); ok {
		return s, true
	}
	n, err := strconv.ParseFloat(t.literal, 64)
	return n, err == nil && t.is(schema.Integer, schema.Decimal)
}
