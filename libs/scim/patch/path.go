package patch

import (
	"errors"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
)

// Path is the target of an operation, RFC 7644 figure 7.
//
// Filter, if not nil, selects elements of the complex Attribute, and Sub is then a sub-attribute of
// each. With Attribute nil the path is a whole extension.
type Path struct {
	schema.Path
	Filter filter.Expr
}

// ParsePath returns the path that text holds: an attribute, a sub-attribute, emails[type eq "work"]
// or emails[type eq "work"].value, any of them behind a URN, or the URN of an extension.
//
// The error, if any, is a *scim.Error: invalidPath, or invalidFilter for an error inside the
// brackets. Its detail begins with the place in text where the path goes wrong, see filter.Place,
// unless that is its beginning.
func ParsePath(text string, rt *schema.ResourceType, tol *scim.Tolerance) (Path, error) {
	name, _, selecting := strings.Cut(text, "[")
	trimmed := strings.TrimSpace(name)
	resolved, err := rt.Resolve(trimmed)
	if err != nil {
		return Path{}, unknown(text, 0, err)
	}
	if c := rt.Departure(trimmed); c != "" {
		if err := tol.Accept(c, resolved.String(), scim.InvalidPath); err != nil {
			return Path{}, err
		}
	}
	path := Path{Path: resolved}
	if !selecting {
		return path, nil
	}
	open := len(name)
	if target := path.Target(); target == nil || target.Type != schema.Complex {
		return Path{}, wrong(text, open, scim.BadRequest(scim.InvalidPath, "%s has no sub-attributes by which to select.", path))
	}
	parse := filter.ParseValueFilter
	if path.Extension == "" && path.Attribute.Name == "members" {
		parse = filter.ParseValueList
	}
	e, end, err := parse(text, open+1, path.Attribute, tol)
	if err != nil {
		return Path{}, err
	}
	path.Filter = e
	switch sub, dotted := strings.CutPrefix(text[end:], "."); {
	case dotted:
		within, err := path.Attribute.Resolve(sub)
		if err != nil {
			return Path{}, unknown(text, end+1, err)
		}
		path.Sub = within.Attribute
	case sub != "":
		const rule = "nothing but a dot and a sub-attribute can follow the filter."
		return Path{}, wrong(text, end, scim.BadRequest(scim.InvalidPath, rule))
	}
	return path, nil
}

// errUnknown is the cause when a path names an attribute that no schema has.
var errUnknown = errors.New("unknown attribute")

func unknown(text string, at int, err error) error {
	err = wrong(text, at, err)
	if refused, ok := errors.AsType[*scim.Error](err); ok {
		return refused.Because(errUnknown)
	}
	return err
}

// wrong prefixes the detail of err with the place in text, unless that is its beginning: the detail
// names what is there.
func wrong(text string, at int, err error) error {
	if refused, ok := errors.AsType[*scim.Error](err); ok && at > 0 {
		return scim.BadRequest(scim.InvalidPath, "%s: %s", filter.Place(text, at), refused.Detail)
	}
	return err
}

// String returns the canonical text of p, which parses to p again.
func (p Path) String() string {
	if p.Filter == nil {
		return p.Path.String()
	}
	selected := schema.Path{Extension: p.Extension, Attribute: p.Attribute}.String() + "[" + filter.Format(p.Filter) + "]"
	if p.Sub != nil {
		selected += "." + p.Sub.Name
	}
	return selected
}

// whole returns where the attribute lies that p is in.
func (p Path) whole() string {
	return schema.Path{Extension: p.Extension, Attribute: p.Attribute}.String()
}

// mutability returns what the client may do at p: readOnly and writeOnly apply to everything
// inside.
func (p Path) mutability() schema.Mutability {
	if outer := p.Attribute.Mutability; p.Sub == nil || outer == schema.ReadOnly || outer == schema.WriteOnly {
		return outer
	}
	return p.Sub.Mutability
}

// attributeName returns the part of a client's path that names an attribute, before the brackets.
func attributeName(text string) string {
	name, _, _ := strings.Cut(text, "[")
	return strings.TrimSpace(name)
}

// note returns the part of a client's path that may be recorded: no value of an attribute, and at
// most one line.
func note(text string) string {
	const most = 160
	name := attributeName(text)
	return strings.ToValidUTF8(name[:min(len(name), most)], "")
}
