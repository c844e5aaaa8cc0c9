package schema

import (
	"cmp"
	"math"
	"time"
)

// Comparable returns the one form in which values of a are compared, and whether v is a value of a
// at all:
//
//	string, reference   string, folded unless a is caseExact
//	binary              string, the base64 text as it is
//	boolean             bool
//	integer             int64
//	decimal             float64
//	dateTime            time.Time in UTC
//	complex             none: its sub-attributes are compared
func (a *Attribute) Comparable(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return a.comparableText(v)
	case bool:
		return v, a.Type == Boolean
	case int64:
		if a.Type == Decimal {
			return float64(v), true
		}
		return v, a.Type == Integer
	case float64:
		if a.Type == Integer && v == math.Trunc(v) && -1<<63 <= v && v < 1<<63 {
			return int64(v), true
		}
		return v, a.Type == Decimal
	default:
		return nil, false
	}
}

// Order compares two comparable forms of one attribute: negative if a comes first, 0 if they are
// equal, else positive. Strings are ordered by their bytes, times as instants, and false comes
// before true. Comparable gives all values of an attribute one type.
func Order(a, b any) int {
	switch a := a.(type) {
	case string:
		b, _ := b.(string)
		return cmp.Compare(a, b)
	case int64:
		b, _ := b.(int64)
		return cmp.Compare(a, b)
	case float64:
		b, _ := b.(float64)
		return cmp.Compare(a, b)
	case time.Time:
		b, _ := b.(time.Time)
		return a.Compare(b)
	}
	switch {
	case a == b:
		return 0
	case a == false:
		return -1
	default:
		return 1
	}
}

func (a *Attribute) comparableText(s string) (any, bool) {
	switch a.Type {
	case String, Reference:
		return a.folded(s), true
	case Binary:
		return s, true
	case DateTime:
		t, err := parseDateTime(s)
		return t, err == nil
	default:
		return nil, false
	}
}

func (a *Attribute) folded(s string) string {
	switch {
	case a.CaseExact:
		return s
	case a.Fold != nil:
		return a.Fold(s)
	default:
		return FoldCase(s)
	}
}

// parseDateTime reads the xsd:dateTime of RFC 7643 section 2.3.5. An offset is required: without it
// the value is not an instant.
func parseDateTime(s string) (time.Time, error) {
	var t time.Time
	err := t.UnmarshalText([]byte(s)) // unlike time.Parse strict about RFC 3339
	return t.UTC(), err
}
