package schema

import "slices"

// IsSecret reports whether the attribute at path, or a part of it, is never to be returned. So is
// one that nothing describes any more.
func (rt *ResourceType) IsSecret(path string) bool {
	p, err := rt.Resolve(path)
	if err != nil || p.Attribute == nil {
		return true
	}
	neverReturned := func(a *Attribute) bool { return a.Returned == Never || a.Mutability == WriteOnly }
	return neverReturned(p.Attribute) || slices.ContainsFunc(p.Attribute.SubAttributes, neverReturned)
}
