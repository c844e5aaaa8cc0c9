package conformance

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gotest.tools/v3/assert"
)

// everyType is a schema of an organisation's own, with an attribute of each type that the schemas
// of the RFCs leave out.
const everyType = `{"schemas":[{"id":"urn:example:params:scim:schemas:extension:1.0:User","name":"Every type","description":"Every type","attributes":[
	{"name":"size","type":"integer","description":"An integer."}, {"name":"weight","type":"decimal","description":"A decimal."},
	{"name":"hired","type":"dateTime","description":"A date."}, {"name":"seal","type":"binary","caseExact":true,"description":"A binary."},
	{"name":"page","type":"reference","referenceTypes":["external"],"caseExact":true,"description":"A reference."}, {"name":"remote","type":"boolean","description":"A boolean."},
	{"name":"badge","type":"string","caseExact":true,"description":"A string."}, {"name":"skills","type":"string","multiValued":true,"description":"Strings."},
	{"name":"desk","type":"complex","description":"A complex one.","subAttributes":[{"name":"floor","type":"integer","description":"An integer."}]}]}]}`

// kind is a kind of resource as /ResourceTypes and /Schemas describe it.
type kind struct {
	endpoint string
	urns     []string // of its schemas, the core one first
	places   []place
}

// place is an attribute as /Schemas describes it, or a sub-attribute, where a resource has it.
type place struct {
	described
	urn    string // of the extension, "" in the core schema
	parent *described
}

// described is an attribute as /Schemas describes it.
type described struct {
	Name, Type, Mutability, Returned, Uniqueness string
	MultiValued, CaseExact, Required             bool
	CanonicalValues                              []string
	SubAttributes                                []described
}

// kinds reads what the service says of its resources, with everyType among it.
func kinds(c *client) []kind {
	c.t.Helper()
	c.configure(everyType)
	var types struct {
		Resources []struct {
			Endpoint, Schema string
			SchemaExtensions []struct{ Schema string }
		}
	}
	var schemas struct {
		Resources []struct {
			ID         string
			Attributes []described
		}
	}
	for path, into := range map[string]any{"/ResourceTypes": &types, "/Schemas": &schemas} {
		assert.NilError(c.t, json.Unmarshal([]byte(c.get(path).is(http.StatusOK).text), into))
	}
	listed := map[string][]described{}
	for _, s := range schemas.Resources {
		listed[s.ID] = s.Attributes
	}
	var all []kind
	for _, rt := range types.Resources {
		k := kind{endpoint: rt.Endpoint, urns: []string{rt.Schema}}
		k.places = placesOf(listed[rt.Schema], "")
		for _, extension := range rt.SchemaExtensions {
			k.urns = append(k.urns, extension.Schema)
			k.places = append(k.places, placesOf(listed[extension.Schema], extension.Schema)...)
		}
		all = append(all, k)
	}
	if len(all) != 2 || len(all[0].urns) != 4 || len(all[0].places) < 80 || len(all[1].places) < 5 {
		c.t.Fatalf("kinds of resources are %v", all)
	}
	return all
}

// placesOf returns the attributes of a schema, each with its sub-attributes behind it.
func placesOf(attributes []described, urn string) (all []place) {
	for _, a := range attributes {
		all = append(all, place{described: a, urn: urn})
		for _, sub := range a.SubAttributes {
			all = append(all, place{sub, urn, &a})
		}
	}
	return all
}

// body returns a resource with a value for all that there is, the read-only too. Members are left
// out, which are ids of users and have a test of their own. Values differ by seed, and are ordered
// as the seeds are.
func (k kind) body(seed string) map[string]any {
	body := map[string]any{"schemas": k.urns}
	for _, p := range k.places {
		if p.parent != nil || p.Name == "members" {
			continue
		}
		holder := body
		if p.urn != "" {
			holder, _ = body[p.urn].(map[string]any)
			if holder == nil {
				holder = map[string]any{}
				body[p.urn] = holder
			}
		}
		holder[p.Name] = p.value(seed)
	}
	return body
}

// create makes three resources, two with all attributes and one with those that are required, and
// returns them.
func (k kind) create(c *client) []map[string]any {
	c.t.Helper()
	least := map[string]any{"schemas": k.urns[:1]}
	for _, p := range k.places {
		if p.Required && p.parent == nil && p.urn == "" {
			least[p.Name] = p.value("c")
		}
	}
	var all []map[string]any
	for _, body := range []map[string]any{k.body("b"), least, k.body("a")} {
		created := c.post(k.endpoint, marshalled(c.t, body)).is(http.StatusCreated)
		all = append(all, c.get(created.path()).is(http.StatusOK).body.(map[string]any))
	}
	return all
}

// value returns a value of the attribute.
func (d described) value(seed string) any {
	var v any
	switch {
	case d.Type == "boolean":
		v = seed == "b"
	case d.Type == "integer":
		v = float64(seed[0])
	case d.Type == "decimal":
		v = float64(seed[0]) + 0.5
	case d.Type == "dateTime":
		v = fmt.Sprintf("20%d-05-13T04:42:34Z", seed[0]%100)
	case d.Type == "binary":
		v = base64.StdEncoding.EncodeToString([]byte(seed + seed + seed))
	case d.Type == "reference":
		v = "https://example.com/" + d.Name + "/" + seed
	case d.Type == "complex":
		object := map[string]any{}
		for _, sub := range d.SubAttributes {
			object[sub.Name] = sub.value(seed)
		}
		v = object
	case len(d.CanonicalValues) > 1:
		v = d.CanonicalValues[int(seed[0])%len(d.CanonicalValues)]
	default:
		v = "The " + d.Name + " " + seed
	}
	if d.MultiValued {
		return []any{v}
	}
	return v
}

// name returns the place as paths name it.
func (p place) name() string {
	name := p.Name
	if p.parent != nil {
		name = p.parent.Name + "." + name
	}
	if p.urn != "" {
		name = p.urn + ":" + name
	}
	return name
}

// of returns the values that the resource has at the place.
func (p place) of(resource map[string]any) []any {
	holder := resource
	if p.urn != "" {
		holder, _ = holder[p.urn].(map[string]any)
	}
	if p.parent == nil {
		return list(holder[p.Name])
	}
	var values []any
	for _, v := range list(holder[p.parent.Name]) {
		element, _ := v.(map[string]any)
		values = append(values, list(element[p.Name])...)
	}
	return values
}

// apart reports whether the place is kept apart from the resource: groups and members are
// memberships.
func (p place) apart() bool {
	return p.urn == "" && (p.Name == "groups" || p.Name == "members" || p.parent != nil && (p.parent.Name == "groups" || p.parent.Name == "members"))
}

// key returns the form in which a value of the place is compared.
func (p place) key(v any) any {
	text, ok := v.(string)
	switch {
	case ok && p.Type == "dateTime":
		t, _ := time.Parse(time.RFC3339, text)
		return float64(t.UnixMilli())
	case ok && !p.CaseExact:
		return strings.ToLower(text)
	case v == true:
		return 1.0
	case v == false:
		return 0.0
	}
	return v
}

// compared compares two keys, which are texts or numbers.
func compared(a, b any) int {
	if a, ok := a.(float64); ok {
		b, _ := b.(float64)
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

// list returns v as a list: none for nothing, itself for a list, and one of a single value.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}
