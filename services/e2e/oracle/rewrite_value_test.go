package oracle

import (
	"strings"

	"github.com/devrev/scim/libs/scim/schema"
)

func extensionsPath(_ map[string]any, op operation, t target) operation {
	if t.Extension != "" {
		op.Path = t.String()
	}
	return op
}

func canonicalNames(_ map[string]any, op operation, t target) operation {
	if t.Extension == "" {
		op.Path = t.String()
	}
	op.Value = rename(t.Target(), op.Value, func(a *schema.Attribute, name string) string {
		if a != nil {
			return a.Name
		}
		return name
	})
	return op
}

func booleans(_ map[string]any, op operation, t target) operation {
	if op.is("remove") {
		return op
	}
	op.Value = convertValue(t.Target(), op.Value, func(a *schema.Attribute, v any) any {
		s, _ := v.(string)
		switch {
		case a == nil || a.Type != schema.Boolean:
			return v
		case strings.EqualFold(s, "true"):
			return true
		case strings.EqualFold(s, "false"):
			return false
		default:
			return v
		}
	})
	return op
}

func singleValue(_ map[string]any, op operation, t target) operation {
	if list, ok := op.Value.([]any); ok && len(list) == 1 && !t.isList() && !op.is("remove") {
		op.Value = list[0]
	}
	return op
}

func listOfOne(_ map[string]any, op operation, t target) operation {
	if _, ok := op.Value.([]any); !ok && t.isList() && !isNothing(op.Value) && !op.is("remove") {
		op.Value = []any{op.Value}
	}
	return op
}

func complexValue(_ map[string]any, op operation, t target) operation {
	if a := t.Target(); a.Type != schema.Complex || a.SubAttribute("value") == nil || op.is("remove") {
		return op
	}
	list, ok := op.Value.([]any)
	if !ok {
		op.Value = wrapped(op.Value)
		return op
	}
	wrappedList := make([]any, len(list))
	for i, v := range list {
		wrappedList[i] = wrapped(v)
	}
	op.Value = wrappedList
	return op
}

// wrapped returns a complex value, or what stands for its value sub-attribute, as the former.
func wrapped(v any) any {
	if _, ok := v.(map[string]any); ok || isNothing(v) {
		return v
	}
	return map[string]any{"value": v}
}

func addNothing(next ask[operation], resource map[string]any, op operation, _ target) answer {
	if !op.is("add") {
		return next(resource, op)
	}
	if op.Value = assigned(op.Value); op.Value == nil {
		return answer{Resource: resource}
	}
	return next(resource, op)
}

func removeForNull(_ map[string]any, op operation, _ target) operation {
	if op.is("replace") && isNothing(op.Value) {
		return operation{Op: "remove", Path: op.Path}
	}
	return op
}

func removeWithoutValue(_ map[string]any, op operation, t target) operation {
	if op.is("remove") && !t.isList() {
		op.Value = nil
	}
	return op
}

// clears reports whether the operation leaves nothing at its path.
func (op operation) clears() bool {
	return op.is("remove") || op.is("replace") && isNothing(op.Value)
}

// isNothing reports whether a client may write v for no value. Of "" another row tells.
func isNothing(v any) bool {
	list, isList := v.([]any)
	object, isObject := v.(map[string]any)
	return v == nil || isList && len(list) == 0 || isObject && len(object) == 0
}
