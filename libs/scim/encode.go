package scim

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// MarshalJSON writes d with its members in their order, without spaces and without escaping HTML;
// invalid UTF-8 in strings becomes U+FFFD. A nil Document is null. It returns an error for a value
// that a Document may not hold: a type that Document does not list, or a float64 that is not
// finite.
func (d *Document) MarshalJSON() ([]byte, error) {
	return appendValue(nil, d)
}

// AppendJSON appends what MarshalJSON writes to to.
func (d *Document) AppendJSON(to []byte) ([]byte, error) { return d.appendObject(to) }

// AppendValue appends a member's value as MarshalJSON writes it.
func AppendValue(to []byte, v any) ([]byte, error) { return appendValue(to, v) }

func appendValue(to []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(to, "null"...), nil
	case bool:
		return strconv.AppendBool(to, v), nil
	case string:
		return appendText(to, v), nil
	case int64:
		return strconv.AppendInt(to, v, 10), nil
	case float64:
		return appendFloat(to, v)
	case []any:
		return appendArray(to, slices.Values(v))
	case Elements:
		return appendArray(to, iter.Seq[any](v))
	case *Document:
		return v.appendObject(to)
	default:
		return nil, fmt.Errorf("encode a document: %T is not a type of member values", v)
	}
}

func (d *Document) appendObject(to []byte) ([]byte, error) {
	if d == nil {
		return append(to, "null"...), nil
	}
	to = append(to, '{')
	for i, m := range d.members {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(appendText(to, m.name), ':')
		var err error
		if to, err = appendValue(to, m.value); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

func appendArray(to []byte, list iter.Seq[any]) ([]byte, error) {
	to = append(to, '[')
	begin := len(to)
	for v := range list {
		if len(to) > begin {
			to = append(to, ',')
		}
		var err error
		if to, err = appendValue(to, v); err != nil {
			return nil, err
		}
	}
	return append(to, ']'), nil
}

func appendFloat(to []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("encode a document: %v is not a JSON number", f)
	}
	format := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(to, f, format, -1, 64), nil
}

func appendText(to []byte, s string) []byte {
	to = append(to, '"')
	copied := 0
	for i, r := range s {
		if r >= ' ' && r != '"' && r != '\\' && r != utf8.RuneError {
			continue
		}
		to = append(to, s[copied:i]...)
		switch {
		case r == utf8.RuneError:
			to = utf8.AppendRune(to, r)
		case r < ' ':
			to = fmt.Appendf(to, `\u%04x`, r)
		default:
			to = append(to, '\\', s[i]) // a quote or a backslash
		}
		_, size := utf8.DecodeRuneInString(s[i:]) // 1, or 3 of a U+FFFD in the string
		copied = i + size
	}
	to = append(to, s[copied:]...)
	return append(to, '"')
}

var (
	_ json.Marshaler   = (*Document)(nil)
	_ json.Unmarshaler = (*Document)(nil)
)
