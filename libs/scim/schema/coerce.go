package schema

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"github.com/devrev/scim/libs/scim"
)

// Coerce returns v in the stored form of a, whose path is given (for coercions and errors; as
// Path.String returns it): a scalar of a's type, a Document with canonical names of sub-attributes,
// or for a multi-valued a the list of those, without repetitions and with one primary at most. The
// result shares nothing with v that can be changed.
//
// nil means absent, as for null; for "", [] and {} unless a holds one boolean, number, dateTime or
// binary, for which they are wrong; and as for an object that is empty once unknown and read-only
// sub-attributes are dropped. An element of a list whose elements have "value" is dropped without
// it (RFC 7643 section 2.5). Named departures are corrected as far as tol allows; any other is a
// *scim.Error, 400 invalidValue, that names path and expected type and never the value.
func (a *Attribute) Coerce(path string, v any, tol *scim.Tolerance) (any, error) {
	return a.coerce(&place{name: path}, v, false, tol)
}

// CoerceParts is Coerce for values that only describe elements of a list, which need no "value".
func (a *Attribute) CoerceParts(path string, v any, tol *scim.Tolerance) (any, error) {
	return a.coerce(&place{name: path}, v, true, tol)
}

func (a *Attribute) coerce(at *place, v any, parts bool, tol *scim.Tolerance) (any, error) {
	if a.absent(v) {
		return nil, nil
	}
	v, err := a.unpacked(at, v, tol)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	switch {
	case a.MultiValued && ok:
		return a.elements(at, list, parts, tol)
	case a.MultiValued:
		if err := at.accept(tol, scim.ListAsSingle); err != nil {
			return nil, err
		}
		return a.elements(at, []any{v}, parts, tol)
	case ok && len(list) == 1:
		if err := at.accept(tol, scim.SingleAsList); err != nil {
			return nil, err
		}
		v = list[0]
	}
	return a.value(at, v, tol)
}

// elements coerces the values of a multi-valued attribute.
func (a *Attribute) elements(at *place, list []any, parts bool, tol *scim.Tolerance) (any, error) {
	out := make([]any, 0, len(list))
	for _, v := range list {
		switch v, err := a.value(at, v, tol); {
		case err != nil:
			return nil, err
		case v == nil && a.Identified():
			return nil, scim.BadRequest(scim.InvalidValue, `each element of %s needs a "value".`, at)
		case v != nil && (parts || !a.empty(v)):
			out = append(out, v)
		}
	}
	out, err := a.tidy(at, out, tol)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return out, nil
}

// value coerces one value: that of a single-valued attribute or one element.
func (a *Attribute) value(at *place, v any, tol *scim.Tolerance) (any, error) {
	if a.absentElement(v) {
		return nil, nil
	}
	v, err := a.unpacked(at, v, tol)
	if err != nil {
		return nil, err
	}
	if a.Type == Complex {
		return a.object(at, v, tol)
	}
	if inner, ok := wrapped(v); ok {
		if err := at.accept(tol, scim.WrappedValue); err != nil {
			return nil, err
		}
		if v = inner; a.absentElement(v) {
			return nil, nil
		}
	}
	out, needed := a.scalar(v)
	if out == nil {
		return nil, a.mismatch(at)
	}
	if needed != "" {
		if err := at.accept(tol, needed); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *Attribute) object(at *place, v any, tol *scim.Tolerance) (any, error) {
	doc, ok := v.(*scim.Document)
	if !ok {
		if _, list := v.([]any); list || a.SubAttribute("value") == nil {
			return nil, a.mismatch(at)
		}
		if err := at.accept(tol, scim.ValueForComplex); err != nil {
			return nil, err
		}
		doc = scim.NewDocument("value", v)
	}
	out := &scim.Document{}
	for name, v := range doc.All() {
		sub := a.SubAttribute(name)
		if sub == nil {
			if err := tol.Accept(scim.UnknownIgnored, (&place{at, name}).String(), scim.InvalidSyntax); err != nil {
				return nil, err
			}
			continue
		}
		if !sub.kept() {
			continue
		}
		switch v, err := sub.coerce(&place{at, sub.Name}, v, false, tol); {
		case err != nil:
			return nil, err
		case v != nil:
			out.Set(sub.Name, v)
		}
	}
	if out.Len() == 0 {
		return nil, nil
	}
	return out, nil
}

// scalar returns v in the type of a and the coercion that was needed, if any; nil if v cannot be of
// the type.
func (a *Attribute) scalar(v any) (any, scim.Coercion) {
	text, isText := v.(string)
	switch a.Type {
	case Boolean:
		if b, ok := v.(bool); ok {
			return b, ""
		}
		switch strings.ToLower(text) {
		case "true":
			return true, scim.StringBoolean
		case "false":
			return false, scim.StringBoolean
		}
	case Integer:
		if i, ok := v.(int64); ok {
			return i, ""
		}
		if i, err := strconv.ParseInt(text, 10, 64); err == nil {
			return i, scim.StringNumber
		}
	case Decimal:
		switch v := v.(type) {
		case float64:
			return v, ""
		case int64:
			return float64(v), ""
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f, scim.StringNumber
		}
	case String, Reference:
		if isText {
			return text, ""
		}
	case DateTime:
		if _, err := parseDateTime(text); err == nil {
			return text, ""
		}
	case Binary:
		if isText && text != "" && isBase64(text) {
			return text, ""
		}
	case Complex:
	}
	return nil, ""
}

// isBase64 reports whether s is base64 of RFC 4648 section 4, of which RFC 7643 section 2.3.6 makes
// the padding optional.
func isBase64(s string) bool {
	_, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	return err == nil
}

func (a *Attribute) mismatch(at *place) error {
	form := map[Type]string{
		String:    "a string",
		Reference: "a string that holds a URI",
		Boolean:   "true or false",
		Integer:   "an integer",
		Decimal:   "a number",
		DateTime:  `a string such as "2026-01-31T12:00:00Z"`,
		Binary:    "a string in base64",
		Complex:   "an object",
	}[a.Type]
	if a.MultiValued {
		form = "a list, each element " + form
	}
	return scim.BadRequest(scim.InvalidValue, "%s must be %s.", scim.Quote(at.String()), form)
}

// unpacked returns the object or list that the string v holds, where a wants one; else v.
func (a *Attribute) unpacked(at *place, v any, tol *scim.Tolerance) (any, error) {
	text, ok := v.(string)
	if !ok || a.Type != Complex {
		return v, nil
	}
	inner, ok, err := scim.DecodeString(text)
	switch {
	case err != nil:
		return nil, a.mismatch(at)
	case ok:
		return inner, at.accept(tol, scim.JSONString)
	default:
		return v, nil
	}
}

// wrapped returns the value of an object that has this one member.
func wrapped(v any) (any, bool) {
	object, ok := v.(*scim.Document)
	if !ok || object.Len() != 1 {
		return nil, false
	}
	return object.Get("value")
}

// absent reports whether v stands for no value of a: RFC 7643 section 2.5 defines it for null and
// []; "" is what clients send to clear an attribute, and {} is an object without content. Where a
// holds one value that is neither text nor object, "" and {} are wrong values: if "" meant that
// active is unassigned, a person whom an administrator tried to disable would stay active.
func (a *Attribute) absent(v any) bool { return a.MultiValued && hollow(v) || a.absentElement(v) }

// absentElement is absent for one element of a list.
func (a *Attribute) absentElement(v any) bool {
	switch a.Type {
	case Boolean, Integer, Decimal, DateTime, Binary:
		return v == nil
	case String, Reference, Complex:
	}
	return hollow(v)
}

// Identified reports whether the value of an element of a is its identity, which it cannot be
// without.
func (a *Attribute) Identified() bool {
	sub := a.SubAttribute("value")
	return sub != nil && sub.Mutability == Immutable
}

// empty reports whether v, an element of a, lacks the value that such elements have, and is
// therefore dropped: the rest would describe nothing. An immutable value is exempt, since it is the
// element's identity: a client that leaves it out gets an error.
func (a *Attribute) empty(v any) bool {
	element, ok := v.(*scim.Document)
	sub := a.SubAttribute("value")
	if !ok || !a.MultiValued || sub == nil || sub.Mutability != ReadWrite {
		return false
	}
	_, has := element.Get("value")
	return !has
}

// Understands reports whether v, a value for a, holds anything that a defines, or means that there
// is no value. An object, or a list of objects, in which all names are unknown does not.
func (a *Attribute) Understands(v any) bool {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	if a.Type != Complex || len(list) == 0 {
		return true
	}
	for _, v := range list {
		object, ok := v.(*scim.Document)
		if !ok || object.Len() == 0 {
			return true
		}
		for name := range object.All() {
			if a.SubAttribute(name) != nil {
				return true
			}
		}
	}
	return false
}

// kept reports whether what a client writes to a is stored. readOnly attributes are the service's,
// and a writeOnly one (the password, which DevRev does not use) is never stored.
func (a *Attribute) kept() bool {
	return a.Mutability == ReadWrite || a.Mutability == Immutable
}
