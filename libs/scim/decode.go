package scim

import (
	"cmp"
	"fmt"
	"strings"
)

// MaxDepth is how deep arrays and objects of a message may lie in one another; SCIM itself needs
// eight (a PATCH that sets a sub-attribute's list).
const MaxDepth = 32

// MaxValues is how many values a message may hold. A value takes up to 80 bytes of memory however
// short its text is, `{}` for one.
const MaxValues = 500_000

// Limits bound the memory that a decoded text may take. A field that is 0 has the bound of the
// constant.
type Limits struct {
	Depth  int // MaxDepth
	Values int // MaxValues; arrays and objects count as well as what they hold
}

// Decode reads data within the limits of its constants, except for the depth if that is not 0. See
// Limits.Decode.
func Decode(data []byte, maxDepth int) (*Document, error) {
	return Limits{Depth: maxDepth}.Decode(data)
}

// Decode reads data, which must be one JSON object and nothing else, in time linear in its length.
//
// Numbers become int64 where they are written without fraction and exponent and fit, else float64.
// It refuses what RFC 8259 refuses, and also what two readers could understand differently or a
// store could not hold: a member name twice in one object in any case, invalid UTF-8, an unpaired
// surrogate, the character U+0000, a number beyond float64, nesting deeper than l.Depth.
//
// The error is an *Error, 400 invalidSyntax, that names the reason and the 0-based byte offset, and
// quotes nothing of the text; or 413, as soon as there are more than l.Values values.
func (l Limits) Decode(data []byte) (*Document, error) {
	l.Depth, l.Values = cmp.Or(l.Depth, MaxDepth), cmp.Or(l.Values, MaxValues)
	d := decoder{data: data, maxDepth: l.Depth, maxValues: l.Values}
	if len(data) <= maxShared {
		d.whole = string(data)
	}
	d.space()
	if d.peek() != '{' {
		return nil, d.refuse("it must be an object")
	}
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	d.space()
	if d.at < len(data) {
		return nil, d.refuse("nothing may follow the object")
	}
	doc, _ := v.(*Document)
	return doc, nil
}

// UnmarshalJSON decodes an object as Decode does.
func (d *Document) UnmarshalJSON(data []byte) error {
	doc, err := Decode(data, MaxDepth)
	if err != nil {
		return err
	}
	*d = *doc
	return nil
}

// maxShared is up to which length of a text its strings are parts of one copy of it: a string that
// is kept keeps the copy.
const maxShared = 64 << 10

func tooManyValues(most int) error {
	return Errorf(413, "", "The body holds more than %d values. Split the request.", most)
}

type decoder struct {
	data     []byte
	whole    string // the same, up to maxShared
	at       int    // the offset of the byte to be read next
	maxDepth int

	values, maxValues int
}

func (d *decoder) refuse(reason string) error {
	return unreadable(reason).Because(fmt.Errorf("at byte %d", d.at))
}

const tooDeep = "arrays and objects are nested too deeply"

func unreadable(reason string) *Error {
	return BadRequest(InvalidSyntax, "The body cannot be read as JSON: %s.", reason)
}

// peek returns the next byte; 0, which no JSON text holds outside of strings, at the end.
func (d *decoder) peek() byte {
	if d.at < len(d.data) {
		return d.data[d.at]
	}
	return 0
}

func (d *decoder) space() {
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// next skips space and takes the byte c if it comes next.
func (d *decoder) next(c byte) bool {
	d.space()
	if d.peek() != c {
		return false
	}
	d.at++
	return true
}

// value reads the value that begins at the next byte and lies in depth arrays and objects.
func (d *decoder) value(depth int) (any, error) {
	if d.values++; d.values > d.maxValues {
		return nil, tooManyValues(d.maxValues)
	}
	switch c := d.peek(); {
	case c == '{' || c == '[':
		if depth == d.maxDepth {
			return nil, d.refuse(tooDeep)
		}
		d.at++
		if c == '{' {
			return d.object(depth + 1)
		}
		return d.array(depth + 1)
	case c == '"':
		return d.text()
	case c == '-' || isDigit(c):
		return d.number()
	default:
		return d.literal()
	}
}

func (d *decoder) object(depth int) (any, error) {
	if d.next('}') {
		return &Document{}, nil
	}
	room := 4 // of an element or a complex attribute
	if depth == 1 {
		room = 12 // of a resource
	}
	doc := &Document{members: make([]member, 0, room)}
	var names map[string]bool // folded; from the indexed-th member on
	for {
		d.space()
		if d.peek() != '"' {
			return nil, d.refuse("a member name is expected")
		}
		start := d.at
		name, err := d.text()
		if err != nil {
			return nil, err
		}
		if len(doc.members) == indexed {
			names = make(map[string]bool, 2*indexed)
			for _, m := range doc.members {
				names[FoldCase(m.name)] = true
			}
		}
		if twice(doc, names, name) {
			d.at = start
			return nil, d.refuse("duplicate member name (names are case-insensitive)")
		}
		if !d.next(':') {
			return nil, d.refuse("a colon is expected")
		}
		d.space()
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		doc.members = append(doc.members, member{name, v})
		if d.next('}') {
			return doc, nil
		}
		if !d.next(',') {
			return nil, d.refuse("a comma or the end of the object is expected")
		}
	}
}

// twice reports whether doc already has a member called name, and adds name to names if that is in
// use.
func twice(doc *Document, names map[string]bool, name string) bool {
	if names == nil {
		return doc.index(name) >= 0
	}
	key := FoldCase(name)
	known := names[key]
	names[key] = true
	return known
}

func (d *decoder) array(depth int) (any, error) {
	list := []any{}
	if d.next(']') {
		return list, nil
	}
	for {
		d.space()
		v, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if d.next(']') {
			return list, nil
		}
		if !d.next(',') {
			return nil, d.refuse("a comma or the end of the array is expected")
		}
	}
}

// DecodeString decodes the object or array that a client sent as a string, and reports whether s is
// one. A string that begins like one and is not valid is an *Error, as from Decode.
func DecodeString(s string) (v any, ok bool, err error) {
	if inner := strings.TrimLeft(s, " \t\r\n"); !strings.HasPrefix(inner, "{") && !strings.HasPrefix(inner, "[") {
		return nil, false, nil
	}
	doc, err := Decode([]byte(`{"value":`+s+`}`), MaxDepth)
	if err != nil {
		return nil, false, BadRequest(InvalidValue, "a string that begins with { or [ must hold JSON.")
	}
	v, _ = doc.Get("value")
	return v, doc.Len() == 1, nil
}
