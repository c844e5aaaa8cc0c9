package schema

import (
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
)

// Validate returns the stored form of a document that a client sent to create or replace a
// resource: a new Document that shares nothing with in, with canonical names, in which every value
// has passed Coerce, and which validates to itself. "schemas" is checked and left out; the
// representation computes it.
//
// Names may also be dotted ("name.givenName") or begin with a URN; objects for the same attribute
// are merged; of other values the later one counts. readOnly attributes are dropped silently, as
// RFC 7644 sections 3.3 and 3.5.1 require; unknown ones and unknown schemas are dropped as far as
// tol allows.
//
// The error, if any, is a *scim.Error, 400 invalidValue or invalidSyntax, and never holds a value.
func (rt *ResourceType) Validate(in *scim.Document, tol *scim.Tolerance) (*scim.Document, error) {
	if err := rt.checkSchemas(in, tol); err != nil {
		return nil, err
	}
	out := &scim.Document{}
	for name, v := range in.All() {
		if err := rt.take(out, name, v, tol); err != nil {
			return nil, err
		}
	}
	prune(out, rt.Schema.Attributes)
	for _, ext := range rt.Extensions {
		if extended := out.Sub(ext.Schema.ID); extended != nil {
			prune(extended, ext.Schema.Attributes)
			if extended.Len() == 0 {
				out.Delete(ext.Schema.ID)
			}
		}
	}
	if err := rt.CheckRequired(out); err != nil {
		return nil, err
	}
	return out, nil
}

// prune drops the elements without a value of the lists in doc. It comes last, since dotted names
// bring an element in parts.
func prune(doc *scim.Document, attributes []*Attribute) {
	for _, a := range attributes {
		list := doc.List(a.Name)
		if list == nil {
			continue
		}
		if list = a.Prune(list); len(list) > 0 {
			doc.Set(a.Name, list)
		} else {
			doc.Delete(a.Name)
		}
	}
}

// take puts the member called name into out.
func (rt *ResourceType) take(out *scim.Document, name string, v any, tol *scim.Tolerance) error {
	p, ok := rt.resolve(name)
	switch {
	case !ok:
		return tol.Accept(rt.unknown(name), name, scim.InvalidSyntax)
	case rt.Departure(name) == scim.URNDot:
		if err := tol.Accept(scim.URNDot, p.String(), scim.InvalidSyntax); err != nil {
			return err
		}
	}
	switch {
	case p == Path{}:
		return rt.takeCore(out, name, v, tol)
	case p.Attribute == nil:
		return rt.takeExtension(out, p.Extension, v, tol)
	case !p.Attribute.kept():
		return nil
	}
	if p.Extension != "" || strings.Contains(name, ":") {
		if err := tol.Accept(scim.URNName, p.String(), scim.InvalidSyntax); err != nil {
			return err
		}
	}
	return put(out, p, v, tol)
}

// unknown returns which part of a name that does not resolve is unknown.
func (rt *ResourceType) unknown(name string) scim.Coercion {
	if rt.Foreign(name) {
		return scim.UnknownSchema
	}
	return scim.UnknownIgnored
}

// takeCore copies the object under the core schema's URN to out, since its attributes are the
// resource's own.
func (rt *ResourceType) takeCore(out *scim.Document, urn string, v any, tol *scim.Tolerance) error {
	object, err := inner(urn, v, tol)
	if err != nil || object == nil {
		return err
	}
	if err := tol.Accept(scim.URNName, urn, scim.InvalidSyntax); err != nil {
		return err
	}
	for name, v := range object.All() {
		if err := rt.take(out, name, v, tol); err != nil {
			return err
		}
	}
	return nil
}

// inner returns the object under a URN, nil if there is none.
func inner(urn string, v any, tol *scim.Tolerance) (*scim.Document, error) {
	if hollow(v) {
		return nil, nil
	}
	if text, ok := v.(string); ok {
		if decoded, ok, err := scim.DecodeString(text); err == nil && ok {
			if err := tol.Accept(scim.JSONString, urn, scim.InvalidValue); err != nil {
				return nil, err
			}
			v = decoded
		}
	}
	object, ok := v.(*scim.Document)
	if !ok {
		return nil, scim.BadRequest(scim.InvalidValue, "%s must be an object.", scim.Quote(urn))
	}
	return object, nil
}

// takeExtension copies the object under an extension's URN to out.
func (rt *ResourceType) takeExtension(out *scim.Document, urn string, v any, tol *scim.Tolerance) error {
	object, err := inner(urn, v, tol)
	if err != nil || object == nil {
		return err
	}
	extension := rt.extension(urn)
	for name, v := range object.All() {
		p, ok := find(extension.Attributes, name)
		p.Extension = urn
		switch {
		case !ok:
			err = tol.Accept(scim.UnknownIgnored, urn+":"+name, scim.InvalidSyntax)
		case p.Attribute.kept():
			err = put(out, p, v, tol)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// put coerces v and stores it at p, merged with the present value.
func put(out *scim.Document, p Path, v any, tol *scim.Tolerance) error {
	if p.Sub != nil {
		if err := tol.Accept(scim.DottedName, p.String(), scim.InvalidSyntax); err != nil {
			return err
		}
		v = scim.NewDocument(p.Sub.Name, v)
	}
	at := Path{Extension: p.Extension, Attribute: p.Attribute}.String()
	v, err := p.Attribute.CoerceParts(at, v, tol)
	if err != nil || v == nil {
		return err
	}
	if p.Extension != "" {
		extended := out.Sub(p.Extension)
		if extended == nil {
			extended = &scim.Document{}
			out.Set(p.Extension, extended)
		}
		out = extended
	}
	if old, met := out.Get(p.Attribute.Name); met && p.Attribute.Type == Complex {
		if v, err = p.Attribute.CoerceParts(at, merge(old, v, p.Sub), tol); err != nil {
			return err
		}
	}
	out.Set(p.Attribute.Name, v)
	return nil
}

// merge adds the coerced object v to the earlier one. Of two lists v is the one that counts, but
// the single sub-attribute of a dotted name applies to each element of the earlier one, as in a
// PATCH (RFC 7644 section 3.5.2).
func merge(old, v any, sub *Attribute) any {
	switch old := old.(type) {
	case *scim.Document:
		object, _ := v.(*scim.Document)
		for name, w := range object.All() {
			old.Set(name, w)
		}
		return old
	case []any:
		list, _ := v.([]any)
		if sub == nil || len(list) != 1 {
			return v
		}
		for _, element := range old {
			merge(element, list[0], nil)
		}
		return old
	default:
		return v
	}
}

// checkSchemas checks "schemas" (RFC 7643 section 3): it names the core schema, and each extension
// that is used.
func (rt *ResourceType) checkSchemas(in *scim.Document, tol *scim.Tolerance) error {
	v, _ := in.Get("schemas")
	if v == nil {
		return tol.Accept(scim.MissingSchemas, "schemas", scim.InvalidSyntax)
	}
	list, ok := v.([]any)
	if text, single := v.(string); single && text != "" {
		if err := tol.Accept(scim.ListAsSingle, "schemas", scim.InvalidSyntax); err != nil {
			return err
		}
		list, ok = []any{text}, true
	}
	if !ok || slices.ContainsFunc(list, func(v any) bool { _, text := v.(string); return !text }) {
		return scim.BadRequest(scim.InvalidSyntax, "\"schemas\" must be a list of strings, each the URN of a schema.")
	}
	if len(list) == 0 {
		return tol.Accept(scim.MissingSchemas, "schemas", scim.InvalidSyntax)
	}
	core, foreign, another := false, false, false
	for _, v := range list {
		switch urn, _ := v.(string); {
		case strings.EqualFold(urn, rt.Schema.ID):
			core = true
		case rt.extension(urn) == nil:
			foreign, another = true, another || official(urn)
			if err := tol.Accept(scim.UnknownSchema, urn, scim.InvalidValue); err != nil {
				return err
			}
		}
	}
	if !core && foreign && !another {
		return tol.Accept(scim.ForeignSchemas, "schemas", scim.InvalidValue)
	}
	if !core {
		return scim.BadRequest(scim.InvalidValue, "\"schemas\" must hold %q, since this is a %s.", rt.Schema.ID, rt.Name)
	}
	for _, ext := range rt.Extensions {
		listed := func(v any) bool { urn, _ := v.(string); return strings.EqualFold(urn, ext.Schema.ID) }
		if _, used := in.Get(ext.Schema.ID); used && !slices.ContainsFunc(list, listed) {
			if err := tol.Accept(scim.MissingSchemas, ext.Schema.ID, scim.InvalidSyntax); err != nil {
				return err
			}
		}
	}
	return nil
}

// official reports whether urn is one of RFC 7643's and 7644's, so that a document which names it,
// and not the schema of its endpoint, is of another kind.
func official(urn string) bool {
	const prefix = "urn:ietf:params:scim:"
	return len(urn) > len(prefix) && strings.EqualFold(urn[:len(prefix)], prefix)
}

// extension returns the schema of the extension called urn in any case, nil if there is none.
func (rt *ResourceType) extension(urn string) *Schema {
	for _, ext := range rt.Extensions {
		if strings.EqualFold(ext.Schema.ID, urn) {
			return ext.Schema
		}
	}
	return nil
}

// SchemasOf returns the "schemas" of a representation of doc: the core URN, then those of the
// extensions it has.
func SchemasOf(rt *ResourceType, doc *scim.Document) []any {
	urns := []any{rt.Schema.ID}
	for _, ext := range rt.Extensions {
		if doc.Sub(ext.Schema.ID).Len() > 0 {
			urns = append(urns, ext.Schema.ID)
		}
	}
	return urns
}
