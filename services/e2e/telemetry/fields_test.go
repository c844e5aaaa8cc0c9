package telemetry

import (
	"encoding/base64"
	"encoding/json"

	"gotest.tools/v3/assert"
)

// The URNs of RFC 7643 and RFC 7644.
const (
	coreUser      = "urn:ietf:params:scim:schemas:core:2.0:User"
	coreGroup     = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterprise    = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	patchOp       = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	searchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	bulkRequest   = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
)

// attribute is one as /Schemas describes it.
type attribute struct {
	Name, Type    string
	MultiValued   bool
	SubAttributes []attribute
}

// schemas returns the attributes of each schema that the service has.
func (s *scene) schemas() map[string][]attribute {
	var list struct {
		Resources []struct {
			ID         string
			Attributes []attribute
		}
	}
	assert.NilError(s.t, json.Unmarshal([]byte(s.protocol.want(200, "GET", "/Schemas", nil).text), &list))
	all := map[string][]attribute{}
	for _, schema := range list.Resources {
		all[schema.ID] = schema.Attributes
	}
	return all
}

// user returns a user with a canary in every attribute that there is.
func (s *scene) user(schemas map[string][]attribute) map[string]any {
	body := map[string]any{}
	var urns []string
	for urn, attributes := range schemas {
		if urn == coreGroup {
			continue
		}
		holder := body
		if urn != coreUser {
			holder = map[string]any{}
			body[urn] = holder
		}
		urns = append(urns, urn)
		for _, a := range attributes {
			holder[a.Name] = s.value(a)
		}
	}
	body["schemas"] = urns
	body["active"] = true
	return body
}

func (s *scene) value(a attribute) any {
	if a.MultiValued {
		a.MultiValued = false
		return []any{s.value(a)}
	}
	switch a.Type {
	case "complex":
		object := map[string]any{}
		for _, sub := range a.SubAttributes {
			object[sub.Name] = s.value(sub)
		}
		return object
	case "boolean":
		return true
	case "integer", "decimal":
		return 7
	case "dateTime":
		return "2026-01-02T03:04:05Z"
	case "binary":
		return base64.StdEncoding.EncodeToString([]byte(s.canary()))
	case "reference":
		return "https://" + s.canary() + ".example.com/" + s.canary()
	default:
		return s.canary() + "@example.com"
	}
}

// strings returns the paths of all attributes that are texts.
func paths(schemas map[string][]attribute) []string {
	var all []string
	for urn, attributes := range schemas {
		prefix := urn + ":"
		if urn == coreUser {
			prefix = ""
		}
		for _, a := range attributes {
			if a.Type == "string" {
				all = append(all, prefix+a.Name)
			}
			for _, sub := range a.SubAttributes {
				if sub.Type == "string" {
					all = append(all, prefix+a.Name+"."+sub.Name)
				}
			}
		}
	}
	return all
}

func patchRequest(operations ...any) map[string]any {
	return map[string]any{"schemas": []string{patchOp}, "Operations": operations}
}
