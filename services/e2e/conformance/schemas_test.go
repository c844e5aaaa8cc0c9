package conformance

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// TestSchemasAndAnswers holds every answer against /Schemas both ways: what is there is described,
// and what is described is there.
func TestSchemasAndAnswers(t *testing.T) {
	prove(t, []rule{
		{"RFC 7643 s7 every answer holds what its schema describes, and nothing else", func(c *client) {
			kinds := kinds(c)
			user := c.post("/Users", marshalled(c.t, kinds[0].body("a"))).is(http.StatusCreated)
			group := c.post("/Groups", marshalled(c.t, kinds[1].body("a"))).is(http.StatusCreated)
			c.patch(group.path(), `{"op":"add","path":"members","value":[{"value":"`+user.id()+`"}]}`).is(http.StatusNoContent)
			described := schemasOf(c)
			for _, path := range []string{user.path(), group.path(), "/ServiceProviderConfig", "/ResourceTypes/User", "/ResourceTypes/Group", "/Schemas/" + coreUser, "/Schemas/" + coreGroup} {
				a := c.get(path).is(http.StatusOK)
				resource, _ := a.body.(map[string]any)
				var urns []string
				for _, v := range list(resource["schemas"]) {
					urns = append(urns, v.(string))
				}
				core := map[string]any{}
				for name, v := range resource {
					if extension, ok := described[name]; ok && name != urns[0] {
						object, _ := v.(map[string]any)
						both(a, name, extension, []any{object}, true)
						continue
					}
					if !slices.Contains([]string{"schemas", "id", "externalId", "meta"}, name) {
						core[name] = v
					}
				}
				for _, common := range []string{"id", "meta"} { // which some schemas describe and others have from RFC 7643 section 3.1
					if slices.ContainsFunc(described[urns[0]], func(d attributeText) bool { return d.Name == common }) {
						core[common] = resource[common]
					}
				}
				both(a, "", described[urns[0]], []any{core}, !strings.HasPrefix(path, "/ResourceTypes") && !strings.HasPrefix(path, "/Schemas"))
			}
		}},
	})
}

// attributeText is what this test reads of a described attribute.
type attributeText struct {
	Name, Returned, Mutability string
	SubAttributes              []attributeText
}

func schemasOf(c *client) map[string][]attributeText {
	c.t.Helper()
	var listed struct {
		Resources []struct {
			ID         string
			Attributes []attributeText
		}
	}
	assert.NilError(c.t, json.Unmarshal([]byte(c.get("/Schemas").is(http.StatusOK).text), &listed))
	schemas := map[string][]attributeText{}
	for _, s := range listed.Resources {
		schemas[s.ID] = s.Attributes
	}
	return schemas
}

// both asserts that the objects hold the attributes and nothing else. Whether each is there is
// asked where all of them can be.
func both(a answer, within string, attributes []attributeText, objects []any, all bool) {
	a.t.Helper()
	for _, v := range objects {
		object, _ := v.(map[string]any)
		for name := range object {
			if !slices.ContainsFunc(attributes, func(d attributeText) bool { return d.Name == name }) {
				a.t.Errorf("%s: no schema describes %s.%s", a.asked, within, name)
			}
		}
	}
	for _, d := range attributes {
		if d.Returned == "never" || d.Returned == "request" || d.Mutability == "writeOnly" {
			continue
		}
		var values []any
		for _, v := range objects {
			object, _ := v.(map[string]any)
			values = append(values, list(object[d.Name])...)
		}
		if len(values) == 0 && all {
			a.t.Errorf("%s: %s.%s is described and not there", a.asked, within, d.Name)
		}
		if len(d.SubAttributes) > 0 && len(values) > 0 {
			both(a, within+"."+d.Name, d.SubAttributes, values, all)
		}
	}
}
