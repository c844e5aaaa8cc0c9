package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAttributes reads /Schemas and holds the service to what it says there, attribute by
// attribute, of the schemas of the RFCs, of DevRev's and of an organisation's own.
func TestAttributes(t *testing.T) {
	prove(t, []rule{
		{"RFC 7643 s7 every attribute of /Schemas is written as its mutability says and returned as its returned says", func(c *client) {
			for _, k := range kinds(c) {
				sent := k.body("a")
				created := c.post(k.endpoint, marshalled(c.t, sent)).is(http.StatusCreated)
				shown := []answer{created, c.get(created.path()), c.get(k.endpoint)}
				for _, p := range k.places {
					asked := c.get(created.path(), "attributes", p.name())
					for i, a := range append(shown, asked) {
						resource, _ := a.is(a.status).body.(map[string]any)
						if i == 2 {
							resource, _ = a.at("Resources/0").(map[string]any)
						}
						p.check(a, p.of(sent), p.of(resource))
					}
					if p.Mutability == "readOnly" {
						c.patch(created.path(), fmt.Sprintf(`{"op":"replace","path":%q,"value":%s}`, p.name(), marshalled(c.t, p.value("b")))).refused(http.StatusBadRequest, "mutability")
					}
				}
			}
		}},
		{"RFC 7644 s3.4.2.2 every attribute of /Schemas is searched as its type and caseExact say", func(c *client) {
			for _, k := range kinds(c) {
				all := k.create(c)
				for _, p := range k.places {
					p.search(c, k, all)
				}
			}
		}},
		{"RFC 7644 s3.4.2.3 every attribute of /Schemas is sorted by as its type and caseExact say", func(c *client) {
			for _, k := range kinds(c) {
				k.create(c)
				for _, p := range k.places {
					p.sort(c, k)
				}
			}
		}},
		{"RFC 7643 s7 every attribute that /Schemas calls required must be there", func(c *client) {
			met := 0
			for _, k := range kinds(c) {
				for _, p := range k.places {
					if p.Required && p.parent == nil && p.urn == "" {
						met++
						without := k.body("a")
						delete(without, p.Name)
						c.post(k.endpoint, marshalled(c.t, without)).refused(http.StatusBadRequest, "invalidValue")
					}
				}
				c.get(k.endpoint).has("totalResults", `0`)
			}
			if met == 0 {
				c.t.Error("nothing is required")
			}
		}},
		{"RFC 7643 s7 every attribute that /Schemas calls unique is unique, as its caseExact says", func(c *client) {
			met := 0
			for _, k := range kinds(c) {
				c.post(k.endpoint, marshalled(c.t, k.body("b"))).is(http.StatusCreated) // an enabled user: a disabled one would be restored
				for _, p := range k.places {
					if p.Uniqueness != "none" && p.parent == nil && p.urn == "" {
						met++
						same := k.body("a")
						same[p.Name] = p.value("b")
						c.post(k.endpoint, marshalled(c.t, same)).refused(http.StatusConflict, "uniqueness")
						if same[p.Name] = strings.ToUpper(fmt.Sprint(p.value("b"))); !p.CaseExact {
							c.post(k.endpoint, marshalled(c.t, same)).refused(http.StatusConflict, "uniqueness")
						}
					}
				}
				c.get(k.endpoint).has("totalResults", `1`)
			}
			if met == 0 {
				c.t.Error("nothing is unique")
			}
		}},
	})
}

// check asserts of a place which of the values that were sent are shown.
func (p place) check(a answer, sent, shown []any) {
	a.t.Helper()
	switch {
	case p.Type == "complex": // its sub-attributes are checked
	case p.Returned == "never":
		if len(shown) > 0 {
			a.t.Errorf("%s: %s is shown", a.asked, p.name())
		}
	case p.Mutability == "readOnly":
		if len(shown) > 0 && len(sent) > 0 && cmp.Equal(sent, shown) {
			a.t.Errorf("%s: %s is what was sent, %v", a.asked, p.name(), sent)
		}
	default:
		if diff := cmp.Diff(sent, shown); diff != "" {
			a.t.Errorf("%s: %s (-sent +shown)\n%s", a.asked, p.name(), diff)
		}
	}
}

// search asserts that each operator which the type of the place has selects what it should, and
// that the others are refused.
func (p place) search(c *client, k kind, all []map[string]any) {
	c.t.Helper()
	refused := func(filter string) {
		c.get(k.endpoint, "filter", filter).refused(http.StatusBadRequest, "invalidFilter")
	}
	selects := func(filter string, chosen func(values []any) bool) {
		want := map[string]bool{}
		for _, resource := range all {
			if chosen(p.of(resource)) {
				want[resource["id"].(string)] = true
			}
		}
		got := map[string]bool{}
		for _, v := range list(c.get(k.endpoint, "filter", filter, "attributes", "id").is(http.StatusOK).at("Resources")) {
			got[v.(map[string]any)["id"].(string)] = true
		}
		if !maps.Equal(got, want) {
			c.t.Errorf("%s selects %d resources, want %d", filter, len(got), len(want))
		}
	}
	name := p.name()
	switch {
	case p.Returned == "never":
		c.get(k.endpoint, "filter", name+" pr").refused(http.StatusForbidden, "sensitive")
		return
	case p.apart():
		refused(name + " pr")
		return
	}
	selects(name+" pr", func(values []any) bool { return len(values) > 0 })
	values := p.of(all[0])
	if p.Type == "complex" || len(values) == 0 {
		return
	}
	literal, key := marshalled(c.t, values[0]), p.key(values[0])
	for op, holds := range map[string]func(have any) bool{
		"eq": func(have any) bool { return have == key },
		"gt": func(have any) bool { return compared(have, key) > 0 }, "ge": func(have any) bool { return compared(have, key) >= 0 },
		"lt": func(have any) bool { return compared(have, key) < 0 }, "le": func(have any) bool { return compared(have, key) <= 0 },
		"co": func(have any) bool { return strings.Contains(fmt.Sprint(have), fmt.Sprint(key)) },
		"sw": func(have any) bool { return strings.HasPrefix(fmt.Sprint(have), fmt.Sprint(key)) },
		"ew": func(have any) bool { return strings.HasSuffix(fmt.Sprint(have), fmt.Sprint(key)) },
	} {
		filter := name + " " + op + " " + literal
		if !p.has(op) {
			refused(filter)
			continue
		}
		chosen := func(values []any) bool {
			return slices.ContainsFunc(values, func(v any) bool { return holds(p.key(v)) })
		}
		selects(filter, chosen)
		selects("not ("+filter+")", func(values []any) bool { return !chosen(values) })
		if p.parent != nil {
			selects(strings.TrimSuffix(name, "."+p.Name)+"["+p.Name+" "+op+" "+literal+"]", chosen)
		}
	}
	if p.Type == "string" {
		selects(name+" eq "+strings.ToUpper(literal), func(values []any) bool {
			return !p.CaseExact && len(values) > 0 && p.key(values[0]) == key
		})
	}
}

// has reports whether values of the place's type can be compared by op (RFC 7644 section 3.4.2.2).
func (p place) has(op string) bool {
	switch op {
	case "eq":
		return true
	case "co", "sw", "ew":
		return p.Type == "string" || p.Type == "reference"
	default:
		return p.Type != "boolean" && p.Type != "binary"
	}
}

// sort asserts that resources come in the order of their values at the place, in both directions,
// and those without one at the end.
func (p place) sort(c *client, k kind) {
	c.t.Helper()
	if p.Type == "complex" {
		for _, sub := range p.SubAttributes {
			if sub.Name == "value" {
				return // by which it is sorted
			}
		}
	}
	if p.Returned == "never" || p.apart() || p.Type == "complex" {
		c.get(k.endpoint, "sortBy", p.name()).refused(http.StatusBadRequest, "invalidPath")
		return
	}
	for order, sign := range map[string]int{"ascending": 1, "descending": -1} {
		sorted := list(c.get(k.endpoint, "sortBy", p.name(), "sortOrder", order).is(http.StatusOK).has("totalResults", `3`).at("Resources"))
		var keys []any
		for _, v := range sorted {
			resource, _ := v.(map[string]any)
			var key any
			if values := p.of(resource); len(values) > 0 {
				key = p.key(values[0])
			}
			keys = append(keys, key)
		}
		for i := range len(keys) - 1 {
			if a, b := keys[i], keys[i+1]; sign > 0 && a == nil && b != nil || sign < 0 && a != nil && b == nil || a != nil && b != nil && sign*compared(a, b) > 0 {
				c.t.Errorf("%s %s gives %v", p.name(), order, keys)
			}
		}
	}
}
