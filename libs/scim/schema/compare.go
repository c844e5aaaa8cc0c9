package schema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
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

// SameValue reports whether two values of the attribute at path are one as far as its schema tells
// values apart: lists in any order, texts in any case unless they are caseExact. nil is no value,
// and so is an empty list. What no schema describes is compared as it is.
func (rt *ResourceType) SameValue(path string, a, b any) bool {
	if scim.EqualValues(a, b) {
		return true
	}
	p, err := rt.Resolve(path)
	if err != nil || p.Target() == nil {
		return false
	}
	return p.Target().plain(a) == p.Target().plain(b)
}

// plain writes v in a form that two values share if they are one.
func (a *Attribute) plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		elements := make([]string, len(v))
		for i, e := range v {
			elements[i] = a.plain(e)
		}
		slices.Sort(elements)
		return strings.Join(elements, ",")
	case *scim.Document:
		var members []string
		for name, value := range v.All() {
			data, _ := json.Marshal(value) // what a document holds always encodes
			text := string(data)
			if sub := a.SubAttribute(name); sub != nil {
				name, text = sub.Name, sub.plain(value)
			}
			if text != "" {
				members = append(members, fmt.Sprintf("%q:%s", name, text))
			}
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ",") + "}"
	default:
		if form, ok := a.Comparable(v); ok {
			return fmt.Sprintf("%#v", form)
		}
		return fmt.Sprintf("%#v", v)
	}
}
