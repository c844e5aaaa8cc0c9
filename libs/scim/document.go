package scim

import (
	"iter"
	"slices"
	"strings"
)

// Document is a JSON object whose member names compare without regard to case, as attribute names
// do (RFC 7643 section 2.1), and whose members keep their order.
//
// A member's value is nil, bool, string, int64, float64, *Document or []any of these; nothing else.
// In a Document that is only written it may be Elements as well. The zero Document is empty and
// ready for use. A Document is not safe for concurrent change.
type Document struct {
	members []member
}

type member struct {
	name  string
	value any
}

// Elements are those of a list that are made one at a time as they are read, each a member's value:
// a list of a hundred thousand is never there as a whole. They may be read any number of times.
type Elements iter.Seq[any]

// list returns the elements of an array, and whether v is one.
func list(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case Elements:
		return slices.Collect(iter.Seq[any](v)), true
	default:
		return nil, false
	}
}

// indexed is the number of members from which decoding checks names through a map and no longer by
// looking through the list, so that a hostile object costs linear time. A full User has fewer.
const indexed = 32

// NewDocument returns a Document of the given names and values, in turn: NewDocument("userName",
// "a", "active", true). It panics on an odd number of arguments or a name that is not a string; it
// is for literals in code.
func NewDocument(pairs ...any) *Document {
	d := &Document{members: make([]member, 0, len(pairs)/2)}
	for i := 0; i < len(pairs); i += 2 {
		d.Set(pairs[i].(string), pairs[i+1])
	}
	return d
}

// NewSized returns an empty Document with room for n members.
func NewSized(n int) *Document { return &Document{members: make([]member, 0, n)} }

// Len returns the number of members. A nil Document has none.
func (d *Document) Len() int {
	if d == nil {
		return 0
	}
	return len(d.members)
}

func (d *Document) index(name string) int {
	if d == nil {
		return -1
	}
	return slices.IndexFunc(d.members, func(m member) bool { return strings.EqualFold(m.name, name) })
}

// Get returns the value of the member called name in any case, and whether there is one. The value
// is shared with the Document, not a copy.
func (d *Document) Get(name string) (any, bool) {
	if i := d.index(name); i >= 0 {
		return d.members[i].value, true
	}
	return nil, false
}

// String returns the string under name, "" if it is absent or not a string.
func (d *Document) String(name string) string {
	v, _ := d.Get(name)
	s, _ := v.(string)
	return s
}

// Sub returns the object under name, nil if it is absent; a nil Document can be read.
func (d *Document) Sub(name string) *Document {
	v, _ := d.Get(name)
	sub, _ := v.(*Document)
	return sub
}

// List returns the array under name, nil if it is absent or not an array.
func (d *Document) List(name string) []any {
	v, _ := d.Get(name)
	elements, _ := list(v)
	return elements
}

// Set puts value under name. A member called so in any case keeps its place and takes the new
// spelling.
func (d *Document) Set(name string, value any) {
	if i := d.index(name); i >= 0 {
		d.members[i] = member{name, value}
		return
	}
	d.members = append(d.members, member{name, value})
}

// Delete removes the member called name in any case and reports whether there was one.
func (d *Document) Delete(name string) bool {
	i := d.index(name)
	if i < 0 {
		return false
	}
	d.members = slices.Delete(d.members, i, i+1)
	return true
}

// All yields names and values in their order. The Document must not change during the iteration.
func (d *Document) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if d == nil {
			return
		}
		for _, m := range d.members {
			if !yield(m.name, m.value) {
				return
			}
		}
	}
}

// Clone returns a deep copy; nil of nil.
func (d *Document) Clone() *Document {
	if d == nil {
		return nil
	}
	c := &Document{members: make([]member, len(d.members))}
	for i, m := range d.members {
		c.members[i] = member{m.name, CloneValue(m.value)}
	}
	return c
}

// CloneValue returns a deep copy of a member's value.
func CloneValue(v any) any {
	switch v := v.(type) {
	case *Document:
		return v.Clone()
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = CloneValue(e)
		}
		return c
	case Elements:
		c, _ := list(v)
		return CloneValue(c)
	default:
		return v
	}
}

// Equal reports whether both have the same members with equal values, in any order and any case of
// names.
func (d *Document) Equal(other *Document) bool {
	if d.Len() != other.Len() {
		return false
	}
	for name, v := range d.All() {
		w, ok := other.Get(name)
		if !ok || !EqualValues(v, w) {
			return false
		}
	}
	return true
}

// EqualValues compares two values of members: objects as Equal does, arrays in order, numbers by
// value (1 and 1.0 are one number), everything else exactly.
func EqualValues(a, b any) bool {
	switch a := a.(type) {
	case *Document:
		b, ok := b.(*Document)
		return ok && a.Equal(b)
	case []any:
		b, ok := list(b)
		return ok && slices.EqualFunc(a, b, EqualValues)
	case Elements:
		elements, _ := list(a)
		return EqualValues(elements, b)
	case int64:
		if f, ok := b.(float64); ok {
			return float64(a) == f
		}
	case float64:
		if i, ok := b.(int64); ok {
			return a == float64(i)
		}
	}
	return a == b
}
