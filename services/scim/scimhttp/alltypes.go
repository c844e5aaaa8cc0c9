package scimhttp

import (
	"github.com/devrev/scim/libs/scim/schema"
)

// anyKind is the scope of a search over all kinds of resources, for those of one kind: an attribute
// that only another kind has can be asked for, and has no value (RFC 7644 section 3.4.2.1).
type anyKind struct {
	kind *schema.ResourceType
	all  *schema.Registry
}

// Resolve returns what the text names in this kind, else a path of the same form to where no
// resource of it holds anything.
func (s anyKind) Resolve(text string) (schema.Path, error) {
	path, err := s.kind.Resolve(text)
	if err == nil {
		return path, nil
	}
	for _, other := range s.all.ResourceTypes() {
		if path, elsewhere := other.Resolve(text); elsewhere == nil && path.Attribute != nil {
			nowhere := *path.Attribute
			nowhere.Name = "\x00" + nowhere.Name // no name of an attribute begins so
			path.Attribute = &nowhere
			return path, nil
		}
	}
	return path, err
}
