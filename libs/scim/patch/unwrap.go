package patch

import (
	"cmp"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// unwrap returns req with the contents of the core schema's URN, as a path or as a member of an
// object, moved to the resource itself, since those attributes are the resource's own. Objects that
// arrived as text become objects. req is not changed, and an unwrapped request stays as it is.
func unwrap(rt *schema.ResourceType, req Request, tol *scim.Tolerance) (Request, error) {
	unwrapped := Request{Operations: make([]Operation, len(req.Operations)), MembersAt: req.MembersAt}
	for i, op := range req.Operations {
		op.number = cmp.Or(op.number, i+1)
		if op.Path != "" && itself(rt, op.Path) {
			if err := tol.Accept(scim.URNName, rt.Schema.ID, scim.InvalidPath); err != nil {
				return Request{}, inOperation(op.number, err)
			}
			op.Path = ""
		}
		if op.Path == "" && op.Op != Remove {
			object, err := objectOf(op.Value, "", tol)
			if err == nil && object != nil {
				object, err = flat(rt, object, tol)
			}
			if err != nil {
				return Request{}, inOperation(op.number, err)
			}
			if object != nil {
				op.Value = object
			}
		}
		unwrapped.Operations[i] = op
	}
	return unwrapped, nil
}

// itself reports whether text is the URN of the core schema, which names the resource itself.
func itself(rt *schema.ResourceType, text string) bool {
	path, err := rt.Resolve(text)
	return err == nil && path == schema.Path{}
}

// flat returns object with the member called as the core schema's URN replaced by that member's own
// members; object itself if it has no such member.
func flat(rt *schema.ResourceType, object *scim.Document, tol *scim.Tolerance) (*scim.Document, error) {
	wraps := false
	for name := range object.All() {
		wraps = wraps || itself(rt, name)
	}
	if !wraps {
		return object, nil
	}
	flattened := &scim.Document{}
	for name, v := range object.All() {
		if !itself(rt, name) {
			flattened.Set(name, v)
			continue
		}
		if err := tol.Accept(scim.URNName, rt.Schema.ID, scim.InvalidSyntax); err != nil {
			return nil, err
		}
		wrapped, err := objectOf(v, rt.Schema.ID, tol)
		if err != nil {
			return nil, err
		}
		for name, v := range wrapped.All() {
			flattened.Set(name, v)
		}
	}
	return flattened, nil
}

// objectOf returns the object v, or the one that the string v holds; nil for null. at is its path,
// "" for the resource itself.
func objectOf(v any, at string, tol *scim.Tolerance) (*scim.Document, error) {
	if text, ok := v.(string); ok {
		if inner, ok, err := scim.DecodeString(text); err == nil && ok {
			if err := tol.Accept(scim.JSONString, cmp.Or(at, "value"), scim.InvalidValue); err != nil {
				return nil, err
			}
			v = inner
		}
	}
	object, ok := v.(*scim.Document)
	if !ok && v != nil {
		return nil, scim.BadRequest(scim.InvalidValue, "the value must be an object whose members are attributes.")
	}
	return object, nil
}
