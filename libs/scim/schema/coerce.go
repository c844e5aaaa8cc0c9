package schema

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"github.com/devrev/scim/libs/scim"
)

// Coerce returns v in the stored form of a, which stands at path (for notes and errors; as Path.String gives it):
// a scalar of a's type, a Document with canonical names of sub-attributes, or for a multi-valued a the list of
// those, without repetitions and with one primary at most. The result shares nothing with v that can be changed.
//
// nil means absent, as for null, "", [] and {}, and as for an object of which nothing is left: sub-attributes that
// are unknown or that no client writes are dropped. Departures that have a name are put right as far as tol
// allows; what is left is an *scim.Error, 400 invalidValue, that names path and expected type and never the value.
func (a *Attribute) Coerce(path string, v any, tol *scim.Tolerance) (any, error) {
	return a.coerce(&place{name: path}, v, tol)
}

func (a *Attribute) coerce(at *place, v any, tol *scim.Tolerance) (any, error) {
	if absent(v) {
		return nil, nil
	}
	list, ok := v.([]any)
	switch {
	case a.MultiValued && ok:
		return a.elements(at, list, tol)
	case a.MultiValued:
		if err := at.accept(tol, scim.ListAsSingle); err != nil {
			return nil, err
		}
		return a.elements(at, []any{v}, tol)
	case ok && len(list) == 1:
		if err := at.accept(tol, scim.SingleAsList); err != nil {
			return nil, err
		}
		v = list[0]
	}
	return a.value(at, v, tol)
}

// elements coerces the values of a multi-valued attribute.
func (a *Attribute) elements(at *place, list []any, tol *scim.Tolerance) (any, error) {
	out := make([]any, 0, len(list))
	for _, v := range list {
		switch v, err := a.value(at, v, tol); {
		case err != nil:
			return nil, err
		case v != nil:
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
	if absent(v) {
		return nil, nil
	}
	if a.Type == Complex {
		return a.object(at, v, tol)
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
		switch v, err := sub.coerce(&place{at, sub.Name}, v, tol); {
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

// scalar returns v in the type of a and the coercion that was needed, if any; nil if v cannot be of the type.
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
		if isText && isBase64(text) {
			return text, ""
		}
	case Complex:
	}
	return nil, ""
}

// isBase64 tells whether s is base64 of RFC 4648 section 4, of which RFC 7643 section 2.3.6 makes the padding optional.
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

// absent tells whether v stands for no value: RFC 7643 section 2.5 says so of null and [], and "" is what clients send
// to clear an attribute.
func absent(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case *scim.Document:
		return v.Len() == 0
	default:
		return false
	}
}

// kept tells whether what a client writes to a is stored. readOnly attributes are the service's, and a writeOnly one (the
// password, which DevRev has no use for) is never kept.
func (a *Attribute) kept() bool {
	return a.Mutability == ReadWrite || a.Mutability == Immutable
}
