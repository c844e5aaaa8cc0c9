package conformance

import (
	"fmt"
	"net/http"
	"testing"
)

func TestDiscovery(t *testing.T) {
	prove(t, []rule{
		{"RFC 7643 s5 ServiceProviderConfig tells all that is required of it", func(c *client) {
			c.get("/ServiceProviderConfig").is(http.StatusOK).has("schemas", `["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]`).
				has("patch", `{"supported":true}`).has("bulk/supported", `true`).holds("bulk/maxOperations", "bulk/maxPayloadSize").
				has("filter/supported", `true`).holds("filter/maxResults").has("changePassword", `{"supported":false}`).
				has("sort", `{"supported":true}`).has("etag", `{"supported":true}`).
				has("authenticationSchemes/0/type", `"oauthbearertoken"`).holds("authenticationSchemes/0/name", "authenticationSchemes/0/description").
				has("meta/resourceType", `"ServiceProviderConfig"`).has("meta/location", fmt.Sprintf("%q", c.Base+"/ServiceProviderConfig"))
		}},
		{"RFC 7644 s4 ServiceProviderConfig is one resource and no list", func(c *client) {
			c.get("/ServiceProviderConfig").is(http.StatusOK).lacks("Resources", "totalResults")
		}},
		{"RFC 7644 s4 ResourceTypes lists the resource types", func(c *client) {
			c.get("/ResourceTypes").is(http.StatusOK).has("schemas", `["`+listResponse+`"]`).has("totalResults", `2`).
				has("Resources/0/id", `"User"`).has("Resources/1/id", `"Group"`)
		}},
		{"RFC 7643 s6 a resource type tells its name, endpoint, schema and extensions", func(c *client) {
			a := c.get("/ResourceTypes/User").is(http.StatusOK).has("schemas", `["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]`).
				has("name", `"User"`).has("endpoint", `"/Users"`).has("schema", `"`+coreUser+`"`).has("meta/resourceType", `"ResourceType"`).
				has("meta/location", fmt.Sprintf("%q", c.Base+"/ResourceTypes/User"))
			required := map[string]any{}
			for _, v := range a.at("schemaExtensions").([]any) {
				extension := v.(map[string]any)
				required[extension["schema"].(string)] = extension["required"]
			}
			if required[enterprise] != false {
				c.t.Errorf("schemaExtensions are %v", required)
			}
			c.get("/ResourceTypes/Group").is(http.StatusOK).has("name", `"Group"`).has("endpoint", `"/Groups"`).has("schema", `"`+coreGroup+`"`)
		}},
		{"RFC 7644 s4 Schemas lists every schema that a resource type names", func(c *client) {
			listed := map[any]bool{}
			schemas := c.get("/Schemas").is(http.StatusOK).has("schemas", `["`+listResponse+`"]`)
			for i, v := range schemas.at("Resources").([]any) {
				id := v.(map[string]any)["id"]
				listed[id] = true
				schemas.has(fmt.Sprintf("Resources/%d/meta/resourceType", i), `"Schema"`).has(fmt.Sprintf("Resources/%d/meta/location", i), fmt.Sprintf("%q", c.Base+"/Schemas/"+id.(string)))
			}
			types := c.get("/ResourceTypes")
			for i := range types.at("Resources").([]any) {
				at := fmt.Sprintf("Resources/%d/", i)
				used := []any{types.at(at + "schema")}
				if extensions, ok := types.at(at + "schemaExtensions").([]any); ok {
					for _, v := range extensions {
						used = append(used, v.(map[string]any)["schema"])
					}
				}
				for _, urn := range used {
					if !listed[urn] {
						c.t.Errorf("/Schemas does not list %v", urn)
					}
				}
			}
		}},
		{"RFC 7644 s4 a schema can be read by its URN", func(c *client) {
			for _, urn := range []string{coreUser, coreGroup, enterprise} {
				c.get("/Schemas/"+urn).is(http.StatusOK).has("id", `"`+urn+`"`).has("schemas", `["urn:ietf:params:scim:schemas:core:2.0:Schema"]`).
					holds("name", "description", "attributes/0/name").has("meta/location", fmt.Sprintf("%q", c.Base+"/Schemas/"+urn))
			}
		}},
		{"RFC 7643 s7 an attribute of a schema tells its characteristics", func(c *client) {
			user := c.get("/Schemas/" + coreUser).is(http.StatusOK)
			for name, want := range map[string]string{
				"userName": `["string",false,true,false,"readWrite","default","server"]`,
				"active":   `["boolean",false,false,false,"readWrite","default","none"]`,
				"emails":   `["complex",true,false,false,"readWrite","default","none"]`,
				"groups":   `["complex",true,false,false,"readOnly","default","none"]`,
			} {
				a := attribute(user, "attributes", name)
				if got := marshalled(c.t, []any{a["type"], a["multiValued"], a["required"], a["caseExact"], a["mutability"], a["returned"], a["uniqueness"]}); got != want {
					c.t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
		}},
		{"RFC 7643 s7 every attribute has a name, a type and a mutability of those there are", func(c *client) {
			types := set("string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex")
			mutabilities := set("readOnly", "readWrite", "immutable", "writeOnly")
			returned := set("always", "never", "default", "request")
			uniqueness := set("none", "server", "global")
			var check func(schema string, attributes any)
			check = func(schema string, attributes any) {
				list, _ := attributes.([]any)
				if len(list) == 0 {
					c.t.Errorf("%s has no attributes", schema)
				}
				for _, v := range list {
					a := v.(map[string]any)
					multi, isBool := a["multiValued"].(bool)
					_, described := a["description"].(string)
					if !types[a["type"]] || !mutabilities[a["mutability"]] || !returned[a["returned"]] || !uniqueness[a["uniqueness"]] || !isBool || !described || a["name"] == "" {
						c.t.Errorf("%s: %v (multi-valued %v)", schema, a, multi)
					}
					if a["type"] == "complex" {
						check(fmt.Sprintf("%s %v", schema, a["name"]), a["subAttributes"])
					}
					if refs, _ := a["referenceTypes"].([]any); a["type"] == "reference" && len(refs) == 0 {
						c.t.Errorf("%s: %v refers to nothing", schema, a["name"])
					}
				}
			}
			for _, v := range c.get("/Schemas").at("Resources").([]any) {
				check(v.(map[string]any)["id"].(string), v.(map[string]any)["attributes"])
			}
		}},
		{"RFC 7644 s4 an unknown schema or resource type is 404", func(c *client) {
			c.get("/Schemas/urn:example:nothing").refused(http.StatusNotFound, "")
			c.get("/ResourceTypes/Robot").refused(http.StatusNotFound, "")
		}},
		{"RFC 7644 s4 a filter is refused with 403", func(c *client) {
			for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/Schemas"} {
				c.get(path, "filter", `id pr`).refused(http.StatusForbidden, "")
			}
		}},
		{"RFC 7644 s4 a filter on a single schema or resource type is refused with 403", func(c *client) {
			c.get("/Schemas/"+coreUser, "filter", `id pr`).refused(http.StatusForbidden, "")
			c.get("/ResourceTypes/User", "filter", `id pr`).refused(http.StatusForbidden, "")
		}},
		{"RFC 7644 s4 the other parameters of a query are ignored", func(c *client) {
			for _, path := range []string{"/ResourceTypes", "/Schemas"} {
				all := c.get(path).is(http.StatusOK)
				c.get(path, "startIndex", "2", "count", "1", "sortBy", "name", "sortOrder", "descending").is(http.StatusOK).has("Resources", marshalled(c.t, all.at("Resources"))).
					has("totalResults", marshalled(c.t, all.at("totalResults")))
			}
		}},
		{"RFC 7644 s4 discovery is for reading", func(c *client) {
			for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", "/Schemas/" + coreUser} {
				for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
					c.send(method, path, "{}").refused(http.StatusMethodNotAllowed, "").says("Allow", "GET, HEAD")
				}
			}
		}},
	})
}

// attribute returns the attribute called name of the list at path.
func attribute(schema answer, path, name string) map[string]any {
	list, _ := schema.at(path).([]any)
	for _, v := range list {
		if a, _ := v.(map[string]any); a["name"] == name {
			return a
		}
	}
	return nil
}

func set(values ...any) map[any]bool {
	all := map[any]bool{}
	for _, v := range values {
		all[v] = true
	}
	return all
}
