package oracle

import (
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/scim/schema"
)

func makeList(next ask[operation], resource map[string]any, op operation, t target) answer {
	if op.is("remove") || !t.Attribute.MultiValued || t.Sub == nil || t.filter != "" || t.values(resource) != nil {
		return next(resource, op)
	}
	return next(resource, operation{"add", t.whole(), []any{map[string]any{t.Sub.Name: op.Value}}})
}

// removeListed tells an oracle which elements it is to remove.
func removeListed(next ask[operation], resource map[string]any, op operation, t target) answer {
	if !op.is("remove") || op.Value == nil || !t.isList() {
		return next(resource, op)
	}
	listed, ok := op.Value.([]any)
	if !ok {
		listed = []any{op.Value}
	}
	var ops []operation
	for _, v := range t.values(resource) {
		element, _ := v.(map[string]any)
		if slices.ContainsFunc(listed, func(l any) bool {
			wanted, _ := wrapped(l).(map[string]any)
			for name, v := range wanted {
				if v != nil && (name == "value" || !t.Attribute.Identified()) && !t.equal(name, wanted, element) {
					return false
				}
			}
			return len(wanted) > 0
		}) {
			ops = append(ops, operation{Op: "remove", Path: t.whole() + t.only(element)})
		}
	}
	return inTurn(next, resource, ops)
}

func keepDistinct(next ask[operation], resource map[string]any, op operation, t target) answer {
	a := next(resource, op)
	if a.Refused != "" {
		return a
	}
	var kept []any
	list := t.values(a.Resource)
	for _, v := range list {
		if !slices.ContainsFunc(kept, func(k any) bool { return cmp.Equal(assigned(k), assigned(v)) }) {
			kept = append(kept, v)
		}
	}
	if len(kept) == len(list) {
		return a
	}
	return answer{Resource: t.with(a.Resource, kept)}
}

// keepOnePrimary has the others give way where an element becomes the primary one.
func keepOnePrimary(next ask[operation], resource map[string]any, op operation, t target) answer {
	if a := next(resource, op); a.Refused != "" || !claimsPrimary(t, resource, op, a.Resource) {
		return a
	}
	if slices.ContainsFunc(t.values(resource), isPrimary) {
		resource = next(resource, operation{"replace", t.whole() + "[primary eq true and value pr].primary", false}).Resource
	}
	a := next(resource, op)
	if a.Refused != "" {
		return a
	}
	list := slices.Clone(t.values(a.Resource))
	claimed := false
	for i, v := range slices.Backward(list) {
		if !hasValue(t, v) {
			continue
		}
		if claimed && isPrimary(v) {
			element, _ := v.(map[string]any)
			element = maps.Clone(element)
			element["primary"] = false
			list[i] = element
		}
		claimed = claimed || isPrimary(v)
	}
	return answer{Resource: t.with(a.Resource, list)}
}

// claimsPrimary reports whether the operation makes an element with a value the primary one. What
// is there already claims nothing.
func claimsPrimary(t target, before map[string]any, op operation, after map[string]any) bool {
	said := op.Value == true && t.Sub != nil && t.Sub.Name == "primary" || t.Sub == nil && isPrimary(op.Value)
	list, _ := op.Value.([]any)
	if !said && !slices.ContainsFunc(list, isPrimary) {
		return false
	}
	there := t.values(before)
	if t.isList() && op.is("replace") {
		there = nil
	}
	for i, v := range t.values(after) {
		if isPrimary(v) && hasValue(t, v) && (i >= len(there) || !isPrimary(there[i]) || !hasValue(t, there[i])) {
			return true
		}
	}
	return false
}

func isPrimary(v any) bool {
	element, _ := v.(map[string]any)
	return element["primary"] == true
}

// joinElements tells an oracle which of the elements to be added are there already.
func joinElements(next ask[operation], resource map[string]any, op operation, t target) answer {
	list, ok := op.Value.([]any)
	if !ok || !op.is("add") || !t.isList() {
		return next(resource, op)
	}
	done := answer{Resource: resource}
	for _, v := range list {
		each := operation{"add", op.Path, []any{v}}
		there := t.values(done.Resource)
		if i := slices.IndexFunc(there, func(old any) bool { return t.alike(v, old) }); i >= 0 {
			old, isObject := there[i].(map[string]any)
			if !isObject {
				continue
			}
			each = operation{"replace", t.whole() + t.only(old), changes(t, old, v)}
		}
		if done = inTurn(next, done.Resource, []operation{each}); done.Refused != "" {
			return done
		}
	}
	return done
}

// changes returns what an element gives to the one that is there, which keeps what is immutable.
func changes(t target, there map[string]any, v any) map[string]any {
	element, _ := v.(map[string]any)
	changes := maps.Clone(element)
	maps.DeleteFunc(changes, func(name string, _ any) bool {
		return there[name] != nil && t.Attribute.SubAttribute(name).Mutability == schema.Immutable
	})
	return changes
}
