package oracle

import (
	"maps"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
)

// rewriteFilter tells an oracle by another text.
func rewriteFilter(rewrite func(filter string) string) func(ask[string]) ask[string] {
	return func(next ask[string]) ask[string] {
		return func(resource map[string]any, filter string) answer { return next(resource, rewrite(filter)) }
	}
}

// rewriteTerm tells an oracle by other comparisons.
func rewriteTerm(rewrite func(term) string) func(ask[string]) ask[string] {
	return func(next ask[string]) ask[string] {
		return func(resource map[string]any, filter string) answer {
			return next(resource, rewriteTerms(typeOf(resource), filter, rewrite))
		}
	}
}

// refuseTerm tells an oracle that a filter with such a comparison is invalid.
func refuseTerm(wrong func(term) bool) func(ask[string]) ask[string] {
	return func(next ask[string]) ask[string] {
		return func(resource map[string]any, filter string) answer {
			refused := false
			rewriteTerms(typeOf(resource), filter, func(t term) string {
				refused = refused || wrong(t)
				return t.String()
			})
			if refused {
				return answer{Refused: scim.InvalidFilter}
			}
			return next(resource, filter)
		}
	}
}

// convertBoth tells an oracle by converted strings and numbers, in the resource and in the filter.
func convertBoth(to convert) func(ask[string]) ask[string] {
	return func(next ask[string]) ask[string] {
		return func(resource map[string]any, filter string) answer {
			filter = rewriteTerms(typeOf(resource), filter, func(t term) string {
				if v, ok := t.value(); ok && to(t.target(), v) != v {
					t.literal = asJSON(to(t.target(), v))
				}
				return t.String()
			})
			return next(convertResource(resource, to), filter)
		}
	}
}

// instant returns a dateTime in a form that sorts as time does.
func instant(a *schema.Attribute, v any) any {
	if s, ok := v.(string); ok && a != nil && a.Type == schema.DateTime {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
		}
	}
	return v
}

// notNegative returns numbers, of which none is large, in their order and above zero.
func notNegative(_ *schema.Attribute, v any) any {
	if n, ok := v.(float64); ok {
		return n + 1000
	}
	return v
}

var bareNot = regexp.MustCompile(`(?i)(?:^|[\s(\[])not\s+[^\s(]`)

func refuseBareNot(next ask[string]) ask[string] {
	return func(resource map[string]any, filter string) answer {
		if bareNot.MatchString(filter) {
			return answer{Refused: scim.InvalidFilter}
		}
		return next(resource, filter)
	}
}

// compared is a value path that is compared: name, filter, sub-attribute, operator with literal.
var compared = regexp.MustCompile(`(?i)(` + word + `)\[((?:` + quoted + `|[^\]"])*)\]\.(` + word + `)\s+(pr\b|\w\w\s+(?:` + quoted + `|` + word + `))`)

// takeIn puts the comparison of a value path into its brackets.
func takeIn(filter string) string { return compared.ReplaceAllString(filter, `$1[($2) and $3 $4]`) }

// renameReferences calls $ref ref.
func renameReferences(next ask[string]) ask[string] {
	return func(resource map[string]any, filter string) answer {
		renamed, _ := rename(nil, resource, func(_ *schema.Attribute, name string) string { return strings.TrimPrefix(name, "$") }).(map[string]any)
		return next(renamed, strings.ReplaceAll(filter, "$ref", "ref"))
	}
}

// separate gives each value of a list a name of its own, tags0 and so on, and has them asked in
// turn.
func separate(next ask[string]) ask[string] {
	return func(resource map[string]any, filter string) answer {
		longest := 1
		var number func(object map[string]any) map[string]any
		number = func(object map[string]any) map[string]any {
			numbered := maps.Clone(object)
			for name, v := range object {
				switch v := v.(type) {
				case []any:
					longest = max(longest, len(v))
					for i, element := range v {
						numbered[name+strconv.Itoa(i)] = element
					}
				case map[string]any:
					numbered[name] = number(v)
				}
			}
			return numbered
		}
		numbered := number(resource)
		each := func(name, rest string) string {
			alternatives := make([]string, longest)
			for i := range alternatives {
				alternatives[i] = name + strconv.Itoa(i) + rest
			}
			return "(" + strings.Join(alternatives, " or ") + ")"
		}
		rt := typeOf(resource)
		filter = rewriteTerms(rt, filter, func(t term) string {
			if a := t.path.Target(); a != nil && a.MultiValued && t.op != "pr" {
				return each(t.name, " "+t.op+" "+t.literal)
			}
			return t.String()
		})
		filter = valuePathText.ReplaceAllStringFunc(filter, func(text string) string {
			name, rest, _ := strings.Cut(text, "[")
			if path, err := rt.Resolve(name); err == nil && path.Attribute.MultiValued {
				return each(name, "["+rest)
			}
			return text
		})
		return next(numbered, filter)
	}
}
