package oracle

import (
	"maps"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// around makes of a function what tells an oracle. The function answers operations whose path names
// an attribute.
func around(f func(next ask[operation], resource map[string]any, op operation, t target) answer) func(ask[operation]) ask[operation] {
	return func(next ask[operation]) ask[operation] {
		return func(resource map[string]any, op operation) answer {
			if t, ok := targetOf(resource, op.Path); ok && t.Attribute != nil {
				return f(next, resource, op, t)
			}
			return next(resource, op)
		}
	}
}

// rewriteTarget tells an oracle by another operation.
func rewriteTarget(rewrite func(resource map[string]any, op operation, t target) operation) func(ask[operation]) ask[operation] {
	return around(func(next ask[operation], resource map[string]any, op operation, t target) answer {
		return next(resource, rewrite(resource, op, t))
	})
}

// rewriteSelection tells an oracle by other comparisons in a value path.
func rewriteSelection(rewrite func(term) string) func(ask[operation]) ask[operation] {
	return rewriteTarget(func(_ map[string]any, op operation, t target) operation {
		if t.filter != "" {
			t.filter = rewriteFlat(t.Attribute, t.filter, rewrite)
			op.Path = t.String()
		}
		return op
	})
}

// refuseMutability tells an oracle that there is no such write.
func refuseMutability(wrong func(op operation, t target) bool) func(ask[operation]) ask[operation] {
	return around(func(next ask[operation], resource map[string]any, op operation, t target) answer {
		if wrong(op, t) {
			return answer{Refused: scim.Mutability}
		}
		return next(resource, op)
	})
}

// inTurn has several operations done, all or nothing.
func inTurn(next ask[operation], resource map[string]any, ops []operation) answer {
	done := answer{Resource: resource}
	for _, op := range ops {
		if done = next(done.Resource, op); done.Refused != "" {
			return done
		}
		done.Resource, _ = assigned(done.Resource).(map[string]any)
	}
	return done
}

func nullForEmptyString(next ask[operation]) ask[operation] {
	return func(resource map[string]any, op operation) answer {
		if !op.is("remove") {
			op.Value = convertValue(nil, op.Value, func(_ *schema.Attribute, v any) any {
				if v == "" {
					return nil
				}
				return v
			})
		}
		return next(resource, op)
	}
}

// dropMembers tells an oracle by an object that is without such members.
func dropMembers(drop func(t target, ok bool) bool) func(ask[operation]) ask[operation] {
	return func(next ask[operation]) ask[operation] {
		return func(resource map[string]any, op operation) answer {
			if object, ok := op.Value.(map[string]any); ok && op.Path == "" {
				kept := maps.Clone(object)
				maps.DeleteFunc(kept, func(name string, _ any) bool { return drop(targetOf(resource, name)) })
				op.Value = kept
			}
			return next(resource, op)
		}
	}
}

func splitObject(next ask[operation]) ask[operation] {
	return func(resource map[string]any, op operation) answer {
		object, ok := op.Value.(map[string]any)
		if op.Path != "" || op.is("remove") || !ok {
			return next(resource, op)
		}
		var ops []operation
		for _, name := range slices.Sorted(maps.Keys(object)) {
			ops = append(ops, operation{op.Op, name, object[name]})
		}
		return inTurn(next, resource, ops)
	}
}

func splitExtension(next ask[operation]) ask[operation] {
	return func(resource map[string]any, op operation) answer {
		t, ok := targetOf(resource, op.Path)
		if !ok || t.Attribute != nil {
			return next(resource, op)
		}
		object, _ := op.Value.(map[string]any)
		if op.is("remove") || op.is("replace") && op.Value == nil {
			there, _ := resource[t.Extension].(map[string]any)
			object = map[string]any{}
			for name := range there {
				object[name] = nil
			}
		}
		var ops []operation
		for _, name := range slices.Sorted(maps.Keys(object)) {
			ops = append(ops, operation{op.Op, t.Extension + ":" + name, object[name]})
		}
		return inTurn(next, resource, ops)
	}
}

func ignoreUnknownURN(next ask[operation]) ask[operation] {
	return func(resource map[string]any, op operation) answer {
		if _, ok := targetOf(resource, op.Path); !ok && strings.Contains(op.Path, ":") {
			return answer{Resource: resource}
		}
		return next(resource, op)
	}
}

func leaveOutUnknown(next ask[operation]) ask[operation] {
	return func(resource map[string]any, op operation) answer {
		if _, ok := targetOf(resource, op.Path); !ok && op.Path != "" {
			return answer{Resource: resource}
		}
		return next(resource, op)
	}
}

// refuseNothingKnown refuses a request in which there is nothing but what is left out.
func refuseNothingKnown(resource map[string]any, ops []operation, a answer) answer {
	var first scim.ErrorType
	for _, op := range ops {
		names := map[string]any{op.Path: op.Value}
		if object, ok := op.Value.(map[string]any); ok && op.Path == "" {
			names = object
		}
		if len(names) == 0 {
			return a
		}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			t, ok := targetOf(resource, name)
			why := scim.InvalidPath
			switch {
			case !ok:
			case t.isReadOnly():
				why = scim.Mutability
			case t.Attribute == nil:
				extension, _ := names[name].(map[string]any)
				if len(extension) == 0 || slices.ContainsFunc(slices.Collect(maps.Keys(extension)), func(sub string) bool {
					_, ok := targetOf(resource, t.Extension+":"+sub)
					return ok
				}) {
					return a
				}
			default:
				return a
			}
			if first == "" {
				first = why
			}
		}
	}
	if first == "" {
		return a
	}
	return answer{Refused: first}
}

// withoutReadOnly leaves out of elements what follows from elsewhere.
func withoutReadOnly(_ map[string]any, op operation, t target) operation {
	if t.Sub != nil {
		return op
	}
	drop := func(v any) any {
		object, ok := v.(map[string]any)
		if !ok {
			return v
		}
		kept := maps.Clone(object)
		maps.DeleteFunc(kept, func(name string, _ any) bool {
			sub := t.Attribute.SubAttribute(name)
			return sub != nil && sub.Mutability == schema.ReadOnly
		})
		return kept
	}
	if list, ok := op.Value.([]any); ok {
		kept := make([]any, len(list))
		for i, v := range list {
			kept[i] = drop(v)
		}
		op.Value = kept
		return op
	}
	op.Value = drop(op.Value)
	return op
}

// pruneEmpty drops the elements without a value of the lists whose elements have one.
func pruneEmpty(resource map[string]any, _ []operation, a answer) answer {
	for name := range a.Resource {
		t, ok := targetOf(resource, name)
		if !ok || t.Attribute == nil || !t.Attribute.MultiValued {
			continue
		}
		var kept []any
		for _, v := range t.values(a.Resource) {
			if hasValue(t, v) {
				kept = append(kept, v)
			}
		}
		a.Resource = t.with(a.Resource, kept)
		if len(kept) == 0 {
			delete(a.Resource, name)
		}
	}
	return a
}

// hasValue reports whether v is an element with a value, or one of a kind that has none.
func hasValue(t target, v any) bool {
	element, ok := v.(map[string]any)
	return !ok || t.Attribute.SubAttribute("value") == nil || element["value"] != nil
}

func ignoreWhatIsNotKept(next ask[operation], resource map[string]any, op operation, t target) answer {
	if t.Attribute.Name == "schemas" || t.Attribute.Mutability == schema.WriteOnly {
		return answer{Resource: resource}
	}
	return next(resource, op)
}
