package schema

import "github.com/devrev/scim/libs/scim"

// Document returns the representation of s that GET /Schemas lists, RFC 7643 section 7. meta has no
// location, which only the HTTP layer has.
func (s *Schema) Document() *scim.Document {
	return scim.NewDocument(
		"schemas", []any{scim.SchemaSchema},
		"id", s.ID,
		"name", s.Name,
		"description", s.Description,
		"attributes", describeAll(s.Attributes),
		"meta", scim.NewDocument("resourceType", "Schema"),
	)
}

// Document returns the representation of rt that GET /ResourceTypes lists, RFC 7643 section 6. meta
// has no location.
func (rt *ResourceType) Document() *scim.Document {
	extensions := make([]any, len(rt.Extensions))
	for i, ext := range rt.Extensions {
		extensions[i] = scim.NewDocument("schema", ext.Schema.ID, "required", ext.Required)
	}
	return scim.NewDocument(
		"schemas", []any{scim.ResourceTypeSchema},
		"id", rt.Name,
		"name", rt.Name,
		"endpoint", rt.Endpoint,
		"description", rt.Description,
		"schema", rt.Schema.ID,
		"schemaExtensions", extensions,
		"meta", scim.NewDocument("resourceType", "ResourceType"),
	)
}

func describeAll(attributes []*Attribute) []any {
	all := make([]any, 0, len(attributes))
	for _, a := range attributes {
		if !a.Unlisted {
			all = append(all, a.describe())
		}
	}
	return all
}

func (a *Attribute) describe() *scim.Document {
	doc := scim.NewDocument(
		"name", a.Name,
		"type", string(a.Type),
		"multiValued", a.MultiValued,
		"description", a.Description,
		"required", a.Required,
		"caseExact", a.CaseExact,
		"mutability", string(a.Mutability),
		"returned", string(a.Returned),
		"uniqueness", string(a.Uniqueness),
	)
	setTexts(doc, "canonicalValues", a.CanonicalValues)
	setTexts(doc, "referenceTypes", a.ReferenceTypes)
	if a.Type == Complex {
		doc.Set("subAttributes", describeAll(a.SubAttributes))
	}
	return doc
}

func setTexts(doc *scim.Document, name string, texts []string) {
	if texts == nil {
		return
	}
	values := make([]any, len(texts))
	for i, text := range texts {
		values[i] = text
	}
	doc.Set(name, values)
}
