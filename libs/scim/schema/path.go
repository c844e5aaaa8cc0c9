package schema

import (
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
)

// Resolve returns the attribute that text names: "userName", "name.givenName", the same after the
// URN of the core schema or an extension and a colon, or a bare URN. Case does not matter. The bare
// URN of the core schema names the resource itself, whose Path is the zero one.
//
// Two departures are read as well (Departure): a dot for the colon behind a URN, and the core
// schema's without the name of the resource type, "urn:ietf:params:scim:schemas:core:2.0:active".
//
// A name without a URN is looked up in the core schema, then among the common attributes, and at
// last in the extensions, where exactly one must have it: Entra ID writes "manager" for the
// enterprise extension's.
func (rt *ResourceType) Resolve(text string) (Path, error) {
	if p, ok := rt.resolve(text); ok {
		return p, nil
	}
	if schema, name := rt.qualifier(text); schema != nil && schema != rt.Schema {
		return Path{}, scim.BadRequest(scim.InvalidPath, "There is no attribute %s in the extension %s.", scim.Quote(name), schema.ID)
	}
	return Path{}, scim.BadRequest(scim.InvalidPath, "There is no attribute %s in %s.", scim.Quote(text), rt.Name)
}

// resolve is Resolve for callers that need no words for a failure.
func (rt *ResourceType) resolve(text string) (Path, bool) {
	schema, name := rt.qualifier(text)
	if schema != nil && schema != rt.Schema {
		if name == "" {
			return Path{Extension: schema.ID}, true
		}
		p, ok := find(schema.Attributes, name)
		p.Extension = schema.ID
		return p, ok
	}
	if schema != nil && name == "" {
		return Path{}, true
	}
	if p, ok := find(rt.Schema.Attributes, name); ok {
		return p, true
	}
	if p, ok := find(rt.Common, name); ok || schema != nil {
		return p, ok
	}
	return rt.findExtended(name)
}

// qualifier splits the URN of a known schema off text. The URNs are matched as they are: they hold
// colons and dots themselves ("...:core:2.0:User"), so no rule of splitting would find their end.
func (rt *ResourceType) qualifier(text string) (schema *Schema, rest string) {
	if after, ok := afterURN(text, rt.Schema.ID); ok {
		return rt.Schema, after
	}
	for _, ext := range rt.Extensions {
		if after, ok := afterURN(text, ext.Schema.ID); ok {
			return ext.Schema, after
		}
	}
	if family := rt.Schema.ID[:strings.LastIndexByte(rt.Schema.ID, ':')]; len(text) > len(family) {
		if after, ok := afterURN(text, family); ok {
			if p, ok := find(rt.Schema.Attributes, after); ok && p.Attribute != nil {
				return rt.Schema, after
			}
		}
	}
	return nil, text
}

// afterURN returns what follows urn and a colon, or a dot, in text, "" if text is the urn alone.
func afterURN(text, urn string) (string, bool) {
	if len(text) < len(urn) || !strings.EqualFold(text[:len(urn)], urn) {
		return "", false
	}
	after := text[len(urn):]
	switch {
	case after == "":
		return "", true
	case len(after) > 1 && (after[0] == ':' || after[0] == '.'):
		return after[1:], true
	default:
		return "", false
	}
}

// Departure returns the coercion with which Resolve accepts text: URNDot for a dot after the URN,
// URNName for a URN that does not name the resource type, "" for the forms of RFC 7644 section
// 3.10.
func (rt *ResourceType) Departure(text string) scim.Coercion {
	schema, rest := rt.qualifier(text)
	if schema == nil || rest == "" {
		return ""
	}
	switch urn := len(text) - len(rest) - 1; {
	case text[urn] == '.':
		return scim.URNDot
	case urn < len(schema.ID):
		return scim.URNName
	default:
		return ""
	}
}

// Foreign reports whether text begins with a URN that is not one of rt's.
func (rt *ResourceType) Foreign(text string) bool {
	schema, _ := rt.qualifier(text)
	return schema == nil && strings.Contains(text, ":")
}

// findExtended finds a name that exactly one extension has.
func (rt *ResourceType) findExtended(name string) (found Path, ok bool) {
	for _, ext := range rt.Extensions {
		p, has := find(ext.Schema.Attributes, name)
		if has && ok {
			return Path{}, false
		}
		if has {
			found, ok = p, true
			found.Extension = ext.Schema.ID
		}
	}
	return found, ok
}

// find finds "attribute" or "attribute.sub" among the attributes of one schema.
func find(attributes []*Attribute, name string) (Path, bool) {
	name, sub, dotted := strings.Cut(name, ".")
	a := named(attributes, name)
	if a == nil {
		return Path{}, false
	}
	p := Path{Attribute: a}
	if dotted {
		p.Sub = a.SubAttribute(sub)
	}
	return p, !dotted || p.Sub != nil
}

func named(attributes []*Attribute, name string) *Attribute {
	i := slices.IndexFunc(attributes, func(a *Attribute) bool { return strings.EqualFold(a.Name, name) })
	if i < 0 {
		return nil
	}
	return attributes[i]
}

// SubAttribute returns a's sub-attribute called name in any case, nil if it has none.
func (a *Attribute) SubAttribute(name string) *Attribute {
	return named(a.SubAttributes, name)
}

// Resolve returns the sub-attribute of a that text names, as the Attribute of the Path; it is the
// scope of the filter in a value path.
func (a *Attribute) Resolve(text string) (Path, error) {
	if sub := a.SubAttribute(text); sub != nil {
		return Path{Attribute: sub}, nil
	}
	return Path{}, scim.BadRequest(scim.InvalidPath, "There is no sub-attribute %s in %s.", scim.Quote(text), a.Name)
}

// String returns the canonical text of p, "[URN:]attribute[.sub]" or an extension's URN, which
// resolves to p again.
func (p Path) String() string {
	if p.Attribute == nil {
		return p.Extension // "" for the resource itself
	}
	text := p.Attribute.Name
	if p.Sub != nil {
		text += "." + p.Sub.Name
	}
	if p.Extension != "" {
		text = p.Extension + ":" + text
	}
	return text
}

// Values returns every value at p in doc, nil if there is none: the elements of a multi-valued
// attribute one by one, and for a sub-attribute that of each element. The values are doc's own, to
// be read only.
func (p Path) Values(doc *scim.Document) []any {
	if p.Extension != "" {
		doc = doc.Sub(p.Extension)
	}
	if p.Attribute == nil {
		if doc == nil {
			return nil
		}
		return []any{doc}
	}
	values := appendValues(nil, doc, p.Attribute)
	if p.Sub == nil {
		return values
	}
	var subs []any
	for _, v := range values {
		if element, ok := v.(*scim.Document); ok {
			subs = appendValues(subs, element, p.Sub)
		}
	}
	return subs
}

func appendValues(to []any, doc *scim.Document, a *Attribute) []any {
	switch v, _ := doc.Get(a.Name); v := v.(type) {
	case nil:
		return to
	case []any:
		return append(to, v...)
	default:
		return append(to, v)
	}
}

var (
	_ Scope = (*ResourceType)(nil)
	_ Scope = (*Attribute)(nil)
)
