package oracle

import (
	"maps"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// createDescribed tells an oracle to add the element that a value path describes and does not
// select.
func createDescribed(next ask[operation], resource map[string]any, op operation, t target) answer {
	if op.is("remove") || t.filter == "" || op.Value == "" || selects(next, resource, t) {
		return next(resource, op)
	}
	if assigned(op.Value) == nil {
		return answer{Resource: resource}
	}
	given, ok := op.Value.(map[string]any)
	switch {
	case t.Sub != nil:
		given = map[string]any{t.Sub.Name: op.Value}
	case !ok:
		given = map[string]any{"value": op.Value}
	}
	made, ok := t.described()
	for name, v := range given {
		ok = ok && (made[name] == nil || t.equal(name, made, given)) // or the filter would not select what was made
		made[name] = v
	}
	if !ok {
		return answer{Refused: scim.NoTarget}
	}
	return next(resource, operation{"add", t.whole(), []any{made}})
}

func removeWhatIsThere(next ask[operation], resource map[string]any, op operation, t target) answer {
	if op.is("remove") && t.filter != "" && !selects(next, resource, t) {
		return answer{Resource: resource}
	}
	return next(resource, op)
}

// selects reports whether a value path selects anything.
func selects(next ask[operation], resource map[string]any, t target) bool {
	rest := next(resource, operation{Op: "remove", Path: t.whole() + t.filter})
	return rest.Refused == "" && !cmp.Equal(assigned(rest.Resource), assigned(resource))
}

// replaceWhole clears of selected elements what the operation does not give.
func replaceWhole(_ map[string]any, op operation, t target) operation {
	given, ok := op.Value.(map[string]any)
	if !ok || !op.is("replace") || t.filter == "" || t.Sub != nil {
		return op
	}
	stays, _ := t.described()
	replaced := maps.Clone(given)
	for _, sub := range t.Attribute.SubAttributes {
		_, ok := given[sub.Name]
		if !ok && stays[sub.Name] == nil && sub.Name != "value" && sub.Mutability == schema.ReadWrite {
			replaced[sub.Name] = nil
		}
	}
	op.Value = replaced
	return op
}

// removeSpent removes the elements that lose their value.
func removeSpent(next ask[operation], resource map[string]any, op operation, t target) answer {
	if !t.Attribute.MultiValued || !takesValue(op, t) {
		return next(resource, op)
	}
	spent := operation{Op: "remove", Path: t.whole() + "[value pr]"}
	if t.filter != "" {
		spent.Path = t.whole() + "[(" + strings.Trim(t.filter, "[]") + ") and value pr]"
	}
	a := inTurn(next, resource, []operation{spent})
	if a.Refused != "" || op.is("remove") || !selects(next, a.Resource, t) {
		return a
	}
	return next(a.Resource, op) // there may be elements that had none
}

func takesValue(op operation, t target) bool {
	if op.is("remove") {
		return t.Sub != nil && t.Sub.Name == "value"
	}
	object, _ := op.Value.(map[string]any)
	v, has := object["value"]
	return op.is("replace") && t.filter != "" && has && v == nil
}

// inEachSpelling compares with every string of the elements that is equal except for its case.
func inEachSpelling(resource map[string]any, op operation, t target) operation {
	if t.filter == "" {
		return op
	}
	t.filter = rewriteFlat(t.Attribute, t.filter, func(c term) string {
		s, ok := unquote(c.literal)
		junction, equality := map[string]string{"eq": " or ", "ne": " and "}[c.op]
		if !ok || !equality {
			return c.String()
		}
		spellings := []string{c.String()}
		for _, v := range t.values(resource) {
			element, _ := v.(map[string]any)
			if other, _ := element[c.name].(string); other != s && fold(c.target(), other) == fold(c.target(), s) {
				spellings = append(spellings, c.name+" "+c.op+" "+asJSON(other))
			}
		}
		return "(" + strings.Join(spellings, junction) + ")"
	})
	op.Path = t.String()
	return op
}

// hideColons writes another character for them as long as the oracle works.
func hideColons(next ask[operation], resource map[string]any, op operation, t target) answer {
	const colon, ratio = ":", "\u2236"
	if t.filter == "" {
		return next(resource, op)
	}
	t.filter = strings.ReplaceAll(t.filter, colon, ratio)
	op.Path = t.String()
	op.Value = convertValue(nil, op.Value, replaceText(colon, ratio))
	a := next(convertResource(resource, replaceText(colon, ratio)), op)
	if a.Refused != "" {
		return a
	}
	return answer{Resource: convertResource(a.Resource, replaceText(ratio, colon))}
}
