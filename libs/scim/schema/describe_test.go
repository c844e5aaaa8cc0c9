package schema

import (
	"encoding/json"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

// schemaOf returns the registry's schema called urn, as a resource type, so that paths resolve in
// it.
func schemaOf(t *testing.T, r *Registry, urn string) *ResourceType {
	t.Helper()
	for _, s := range r.Schemas() {
		if s.ID == urn {
			return &ResourceType{Name: s.Name, Schema: s, Common: r.User.Common}
		}
	}
	t.Fatalf("there is no schema %s", urn)
	return nil
}

// checkDescribed checks that attributes describe every member of doc, that values are of their
// types, and that required attributes are present.
func checkDescribed(t *testing.T, prefix string, attributes []*Attribute, doc *scim.Document) {
	t.Helper()
	for name, v := range doc.All() {
		if prefix+name == "attributes.subAttributes.subAttributes" {
			continue // of the schema of schemas alone, which in RFC 7643 section 8.7.2 does not describe its own depth
		}
		a := named(attributes, name)
		if a == nil || a.Name != name {
			t.Errorf("%s%s is not described", prefix, name)
			continue
		}
		if _, list := v.([]any); list != a.MultiValued {
			t.Errorf("%s%s is a list: %v, want %v", prefix, name, list, a.MultiValued)
		}
		for _, value := range appendValues(nil, doc, a) {
			if object, ok := value.(*scim.Document); ok {
				checkDescribed(t, prefix+name+".", a.SubAttributes, object)
			} else if _, ok := a.Comparable(value); !ok {
				t.Errorf("%s%s = %v is not a %s", prefix, name, value, a.Type)
			}
		}
	}
	for _, a := range attributes {
		if _, ok := doc.Get(a.Name); a.Required && !ok {
			t.Errorf("%s%s is required", prefix, a.Name)
		}
	}
}

func TestDocumentsAreAsTheirSchemasDescribe(t *testing.T) {
	t.Parallel()
	r := Load(nil).With(custom)
	check := func(urn string, doc *scim.Document) {
		rt := schemaOf(t, r, urn)
		t.Run(doc.String("id"), func(t *testing.T) {
			t.Parallel()
			checkDescribed(t, "", append(rt.Schema.Attributes[:len(rt.Schema.Attributes):len(rt.Schema.Attributes)], rt.Common...), doc)
			if got := doc.List("schemas"); len(got) != 1 || got[0] != urn {
				t.Errorf("schemas = %v, want %s", got, urn)
			}
		})
	}
	for _, s := range r.Schemas() {
		check(scim.SchemaSchema, s.Document())
	}
	for _, rt := range r.ResourceTypes() {
		check(scim.ResourceTypeSchema, rt.Document())
	}
}

// TestSchemaDocumentIsTheSchema reads a representation back as a client would.
func TestSchemaDocumentIsTheSchema(t *testing.T) {
	t.Parallel()
	for _, s := range Load(nil).Schemas() {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			var read Schema
			if err := json.Unmarshal([]byte(encode(t, s.Document())), &read); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(read)
			if err != nil {
				t.Fatal(err)
			}
			listed := *s
			listed.Attributes = withoutUnlisted(s.Attributes)
			want, err := json.Marshal(listed)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestResourceTypeDocument(t *testing.T) {
	t.Parallel()
	want := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],"id":"User","name":"User","endpoint":"/Users",` +
		`"description":"A person of the organisation.","schema":"urn:ietf:params:scim:schemas:core:2.0:User",` +
		`"schemaExtensions":[{"schema":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User","required":false},` +
		`{"schema":"urn:devrev:params:scim:schemas:extension:1.0:User","required":false}],"meta":{"resourceType":"ResourceType"}}`
	if got := encode(t, Load(nil).User.Document()); got != want {
		t.Errorf("s6: got  %s\nwant %s", got, want)
	}
}

// withoutUnlisted returns copies of the attributes that /Schemas lists.
func withoutUnlisted(attributes []*Attribute) (listed []*Attribute) {
	for _, a := range attributes {
		if !a.Unlisted {
			c := *a
			c.SubAttributes = withoutUnlisted(a.SubAttributes)
			listed = append(listed, &c)
		}
	}
	return listed
}
