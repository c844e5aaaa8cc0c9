package schema

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/devrev/scim/libs/scim"
)

// custom is an extension such as an organisation registers, with every type and shape that the core
// schemas lack.
var custom = &Schema{
	ID:   "urn:example:params:scim:schemas:extension:2.0:User",
	Name: "Example",
	Attributes: []*Attribute{
		{Name: "badge", Type: Integer},
		{Name: "weight", Type: Decimal},
		{Name: "hired", Type: DateTime},
		{Name: "photo", Type: Binary, CaseExact: true},
		{Name: "page", Type: Reference, CaseExact: true},
		{Name: "tags", MultiValued: true},
		{Name: "title"},
		{Name: "secret", Returned: Request},
		{Name: "desk", Type: Complex, SubAttributes: []*Attribute{
			{Name: "room", Required: true},
			{Name: "keys", MultiValued: true},
			{Name: "plan", Returned: Request},
		}},
	},
}

func TestCoreSchemasAreLegal(t *testing.T) {
	t.Parallel()
	r := Load(nil)
	attributes := map[string][]*Attribute{"common": r.User.Common}
	for _, s := range r.Schemas() {
		if s.ID == "" || s.Name == "" || s.Description == "" || len(s.Attributes) == 0 {
			t.Errorf("%s: id, name, description and attributes are required", s.ID)
		}
		attributes[s.ID] = s.Attributes
	}
	for where, list := range attributes {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			checkLegal(t, list, where == scim.SchemaSchema)
		})
	}
}

// checkLegal checks the characteristics of RFC 7643 section 7. Only the schema of schemas has
// complex sub-attributes.
func checkLegal(t *testing.T, attributes []*Attribute, nested bool) {
	t.Helper()
	name := regexp.MustCompile(`^[$A-Za-z][-_$A-Za-z0-9]*$`)
	seen := map[string]bool{}
	for _, a := range attributes {
		t.Run(a.Name, func(t *testing.T) {
			if !name.MatchString(a.Name) || seen[FoldCase(a.Name)] {
				t.Error("s2.1 the name is illegal, or there twice")
			}
			seen[FoldCase(a.Name)] = true
			if a.Description == "" {
				t.Error("there is no description")
			}
			if !slices.Contains([]Type{String, Boolean, Decimal, Integer, DateTime, Binary, Reference, Complex}, a.Type) {
				t.Errorf("s2.3 there is no type %q", a.Type)
			}
			if !slices.Contains([]Mutability{ReadOnly, ReadWrite, Immutable, WriteOnly}, a.Mutability) {
				t.Errorf("s7 there is no mutability %q", a.Mutability)
			}
			if !slices.Contains([]Returned{Always, Never, Default, Request}, a.Returned) {
				t.Errorf("s7 there is no returned %q", a.Returned)
			}
			if !slices.Contains([]Uniqueness{None, Server, Global}, a.Uniqueness) {
				t.Errorf("s7 there is no uniqueness %q", a.Uniqueness)
			}
			if (a.Type == Complex) != (len(a.SubAttributes) > 0) {
				t.Error("s2.3.8 complex attributes, and they alone, have sub-attributes")
			}
			if (a.Type == Reference) != (len(a.ReferenceTypes) > 0) {
				t.Error("s7 references, and they alone, have referenceTypes")
			}
			if a.Type == Binary && !a.CaseExact {
				t.Error("s2.3.6 binary is caseExact")
			}
			if a.Mutability == WriteOnly && a.Returned != Never {
				t.Error("s7 a writeOnly attribute is never returned")
			}
			for _, sub := range a.SubAttributes {
				if sub.Type == Complex && !nested {
					t.Errorf("s2.3.8 the sub-attribute %s is complex", sub.Name)
				}
				if a.Mutability == ReadOnly && sub.Mutability != ReadOnly {
					t.Errorf("the sub-attribute %s of a readOnly attribute is %s", sub.Name, sub.Mutability)
				}
			}
			checkLegal(t, a.SubAttributes, nested)
		})
	}
}

func TestLoadReadsEveryFile(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(core, "core/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(Load(nil).Schemas())+1, len(files); got != want { // + common.json
		t.Errorf("%d files were loaded, there are %d", got, want)
	}
}

func TestRegistryHasTheSchemasOfTheRFC(t *testing.T) {
	t.Parallel()
	var got []string
	for _, s := range Load(nil).Schemas() {
		got = append(got, s.ID)
	}
	want := []string{
		scim.UserSchema, scim.EnterpriseUserSchema, scim.DevRevUserSchema, scim.GroupSchema,
		scim.ServiceProviderConfigSchema, scim.ResourceTypeSchema, scim.SchemaSchema,
	}
	if !slices.Equal(got, want) {
		t.Errorf("Schemas: %q, want %q", got, want)
	}
}

func TestUserAndGroupCharacteristics(t *testing.T) {
	t.Parallel()
	r := Load(nil)
	tests := []struct {
		rule string
		rt   *ResourceType
		path string
		ok   func(a *Attribute) bool
	}{
		{"s4.1.1 userName is required", r.User, "userName", func(a *Attribute) bool { return a.Required }},
		{"s4.1.1 userName is unique without regard to case", r.User, "userName", func(a *Attribute) bool { return a.Uniqueness == Server && !a.CaseExact }},
		{"s4.1.1 password is never returned", r.User, "password", func(a *Attribute) bool { return a.Returned == Never && a.Mutability == WriteOnly }},
		{"s4.1.2 groups are readOnly", r.User, "groups", func(a *Attribute) bool { return a.Mutability == ReadOnly && a.MultiValued }},
		{"s3.1 id is always returned", r.User, "id", func(a *Attribute) bool { return a.Returned == Always && a.CaseExact }},
		{"s3.1 externalId is caseExact", r.User, "externalId", func(a *Attribute) bool { return a.CaseExact && a.Mutability == ReadWrite }},
		{"s3 schemas is always returned", r.User, "schemas", func(a *Attribute) bool { return a.Returned == Always }},
		{"s3.1 meta.lastModified is a dateTime", r.User, "meta.lastModified", func(a *Attribute) bool { return a.Type == DateTime }},
		{"s4.2 members are immutable in themselves", r.Group, "members.value", func(a *Attribute) bool { return a.Mutability == Immutable }},
		{"a group's displayName is required and unique", r.Group, "displayName", func(a *Attribute) bool { return a.Required && a.Uniqueness == Server }},
		{"s7 emails.type has suggestions", r.User, "emails.type", func(a *Attribute) bool { return len(a.CanonicalValues) > 0 }},
		{"s7 phoneNumbers.type has suggestions", r.User, "phoneNumbers.type", func(a *Attribute) bool { return len(a.CanonicalValues) > 0 }},
		{"s7 ims.type has suggestions", r.User, "ims.type", func(a *Attribute) bool { return len(a.CanonicalValues) > 0 }},
		{"s7 photos.type has suggestions", r.User, "photos.type", func(a *Attribute) bool { return len(a.CanonicalValues) > 0 }},
		{"s7 addresses.type has suggestions", r.User, "addresses.type", func(a *Attribute) bool { return len(a.CanonicalValues) > 0 }},
		{"s7 entitlements.type has suggestions", r.User, "entitlements.type", func(a *Attribute) bool { return len(a.CanonicalValues) > 0 }},
		{"s7 roles.type has suggestions", r.User, "roles.type", func(a *Attribute) bool { return len(a.CanonicalValues) > 0 }},
		{"s7 x509Certificates.type has suggestions", r.User, "x509Certificates.type", func(a *Attribute) bool { return len(a.CanonicalValues) > 0 }},
		{"DevRev's state is readOnly", r.User, scim.DevRevUserSchema + ":state", func(a *Attribute) bool { return a.Mutability == ReadOnly && len(a.CanonicalValues) == 3 }},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			t.Parallel()
			p, err := tt.rt.Resolve(tt.path)
			if err != nil || !tt.ok(p.Target()) {
				t.Errorf("%s: %+v, %v", tt.path, p.Target(), err)
			}
		})
	}
}

func TestLoadSetsFold(t *testing.T) {
	t.Parallel()
	r := Load(strings.ToLower).With(custom)
	for path, want := range map[string]string{
		"userName": "a", "emails.value": "a", "externalId": "A", "department": "a", custom.ID + ":title": "a", custom.ID + ":page": "A",
	} {
		p, err := r.User.Resolve(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := p.Target().Comparable("A"); got != want || !ok {
			t.Errorf("%s: Comparable(A) = %v, %v; want %s", path, got, ok, want)
		}
		if set := p.Target().Fold != nil; set == p.Target().CaseExact {
			t.Errorf("%s: Fold is set: %v, but caseExact is %v", path, set, p.Target().CaseExact)
		}
	}
}

func TestWith(t *testing.T) {
	t.Parallel()
	r := Load(nil)
	further := r.With(custom)
	path := custom.ID + ":badge"
	if _, err := r.User.Resolve(path); err == nil {
		t.Error("With changed the registry it was called on")
	}
	p, err := further.User.Resolve(path)
	if err != nil {
		t.Fatal(err)
	}
	if p.Attribute.Mutability != ReadWrite || p.Attribute.Returned != Default || p.Attribute.Uniqueness != None {
		t.Errorf("characteristics left empty must take their defaults, got %+v", p.Attribute)
	}
	if custom.Attributes[0].Mutability != "" {
		t.Error("With changed the schema it was given")
	}
	if further.Group != r.Group || len(further.Schemas()) != len(r.Schemas())+1 {
		t.Error("all else must be shared, and the extension listed")
	}
	if twice := further.With(&Schema{ID: "urn:example:other", Attributes: []*Attribute{{Name: "x"}}}); len(twice.User.Extensions) != len(further.User.Extensions)+1 {
		t.Error("With must add to the extensions that are there")
	}
}
