package schema

import (
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
)

// Projection selects the attributes that one request returns: the parameters attributes and
// excludedAttributes of RFC 7644 section 3.9. The zero Projection is that of a request without
// them.
type Projection struct {
	mode  mode
	paths []Path
}

type mode int

const (
	usual     mode = iota // what is returned by default
	only                  // attributes: the paths
	allExcept             // excludedAttributes: the usual without the paths
)

// ParseProjection reads the two parameters, comma-separated attribute paths as Resolve takes them.
// Names that rt does not have are ignored; a dot behind a URN is read as a colon as far as tol
// allows. The error, if any, is a *scim.Error, 400: invalidValue since the parameters exclude each
// other, or invalidPath.
func ParseProjection(rt *ResourceType, attributes, excluded string, tol *scim.Tolerance) (Projection, error) {
	attributes, excluded = strings.TrimSpace(attributes), strings.TrimSpace(excluded)
	switch {
	case attributes != "" && excluded != "":
		return Projection{}, scim.BadRequest(scim.InvalidValue, "attributes and excludedAttributes cannot be used together.")
	case attributes != "":
		paths, err := resolveAll(rt, attributes, tol)
		return Projection{only, paths}, err
	case excluded != "":
		paths, err := resolveAll(rt, excluded, tol)
		return Projection{allExcept, paths}, err
	default:
		return Projection{}, nil
	}
}

func resolveAll(rt *ResourceType, list string, tol *scim.Tolerance) ([]Path, error) {
	var paths []Path
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		p, ok := rt.resolve(text)
		if !ok {
			continue
		}
		if rt.Departure(text) == scim.URNDot {
			if err := tol.Accept(scim.URNDot, p.String(), scim.InvalidPath); err != nil {
				return nil, err
			}
		}
		if !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	return paths, nil
}

// Wants reports whether a representation has the core attribute, or the sub-attribute of one, that
// path names, both returned by default, so that costly ones ("members", "members.display") are read
// only where they are shown.
func (p Projection) Wants(path string) bool {
	attribute, sub, _ := strings.Cut(path, ".")
	listed := slices.ContainsFunc(p.paths, func(listed Path) bool {
		switch {
		case listed == Path{}:
			return true
		case listed.Extension != "" || listed.Attribute == nil || !strings.EqualFold(listed.Attribute.Name, attribute):
			return false
		case listed.Sub == nil:
			return true
		case sub == "":
			return p.mode == only
		default:
			return strings.EqualFold(listed.Sub.Name, sub)
		}
	})
	switch p.mode {
	case only:
		return listed
	case allExcept:
		return !listed
	default:
		return true
	}
}

// Apply returns what p shows of doc, a representation of a resource of type rt, as the
// characteristic "returned" (RFC 7643 section 7) allows: always and never prevail over p, request
// is shown only where attributes names it. Members of doc that rt does not describe are not shown,
// nor their URNs in "schemas". The result shares values with doc; both are to be read only.
func (p Projection) Apply(rt *ResourceType, doc *scim.Document) *scim.Document {
	out := scim.NewSized(doc.Len())
	for name, v := range doc.All() {
		if ext := rt.extension(name); ext != nil {
			extended, _ := v.(*scim.Document)
			shown := scim.NewSized(extended.Len())
			for name, v := range extended.All() {
				p.show(shown, ext.ID, named(ext.Attributes, name), v)
			}
			if shown.Len() > 0 {
				out.Set(ext.ID, shown)
			}
			continue
		}
		a := named(rt.Schema.Attributes, name)
		if a == nil {
			a = named(rt.Common, name)
		}
		if strings.EqualFold(name, "schemas") {
			v = rt.described(v)
		}
		p.show(out, "", a, v)
	}
	return out
}

// described returns those URNs of a list that are rt's.
func (rt *ResourceType) described(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	return slices.DeleteFunc(slices.Clone(list), func(v any) bool {
		urn, _ := v.(string)
		return !strings.EqualFold(urn, rt.Schema.ID) && rt.extension(urn) == nil
	})
}

// show writes the visible part of v, the value of a, to out.
func (p Projection) show(out *scim.Document, extension string, a *Attribute, v any) {
	if a == nil {
		return
	}
	all := p.lists(Path{Extension: extension})
	itself := p.lists(Path{Extension: extension, Attribute: a})
	of := part{p, Path{Extension: extension, Attribute: a}, false}
	inPart := p.mode == only && slices.ContainsFunc(a.SubAttributes, of.lists)
	if !p.visible(a.Returned, itself || inPart, all) {
		return
	}
	of.whole = p.mode == only && (itself || all || !inPart)
	if slices.ContainsFunc(a.SubAttributes, of.hides) {
		if v = of.without(v); hollow(v) {
			return
		}
	}
	out.Set(a.Name, v)
}

func (p Projection) lists(path Path) bool { return slices.Contains(p.paths, path) }

// visible reports whether an attribute with the characteristic r is shown, given that it is listed
// itself or is within a listed one.
func (p Projection) visible(r Returned, listed, within bool) bool {
	switch {
	case r == Never || r == Always:
		return r == Always
	case p.mode == only:
		return listed || within && r == Default
	case p.mode == allExcept && (listed || within):
		return false
	default:
		return r == Default
	}
}

// part is what a projection shows of the sub-attributes of one attribute. It is passed around as
// what it is, since a function in its place would be an allocation for each attribute shown.
type part struct {
	p     Projection
	path  Path // of the attribute
	whole bool // the attribute is listed, and not just some of its sub-attributes
}

func (o part) lists(sub *Attribute) bool {
	return o.p.lists(Path{o.path.Extension, o.path.Attribute, sub})
}

func (o part) hides(sub *Attribute) bool {
	return !o.p.visible(sub.Returned, o.lists(sub), o.whole)
}

// without returns v, a value of the attribute, without the sub-attributes that are hidden.
func (o part) without(v any) any {
	switch v := v.(type) {
	case []any:
		var rest []any
		for _, element := range v {
			if element = o.without(element); !hollow(element) {
				rest = append(rest, element)
			}
		}
		return rest
	case scim.Elements:
		return scim.Elements(func(yield func(any) bool) {
			for element := range v {
				if element = o.without(element); !hollow(element) && !yield(element) {
					return
				}
			}
		})
	case *scim.Document:
		rest := &scim.Document{}
		for name, w := range v.All() {
			if sub := o.path.Attribute.SubAttribute(name); sub != nil && !o.hides(sub) {
				rest.Set(sub.Name, w)
			}
		}
		return rest
	default:
		return v
	}
}

// hollow reports whether v holds nothing that can be shown.
func hollow(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case scim.Elements:
		for range v {
			return false
		}
		return true
	case *scim.Document:
		return v.Len() == 0
	default:
		return false
	}
}
