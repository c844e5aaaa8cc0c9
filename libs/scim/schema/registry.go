package schema

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/devrev/scim/libs/scim"
)

//go:embed core/*.json
var core embed.FS

// Registry holds the resource types that an organisation's clients see, and the schemas that
// describe them. It is not changed once made and is safe to share.
type Registry struct {
	User, Group *ResourceType

	service []*Schema // what describes the service itself
	fold    func(string) string
}

// Load returns the registry of the embedded schemas. fold becomes the Fold of every attribute that
// is not caseExact; nil means FoldCase. It panics if an embedded file is damaged, which a test
// rules out.
func Load(fold func(string) string) *Registry {
	common := attributes(read[[]*Attribute]("common"), fold)
	load := func(name string) *Schema { return read[*Schema](name).prepared(fold) }
	user := load("user")
	named(user.Attributes, "active").Lasting = true
	// Attributes that no response holds are not described: the password is dropped, and the
	// manager's name follows from the user that the id refers to.
	named(user.Attributes, "password").Unlisted = true
	enterprise, group := load("enterprise_user"), load("group")
	named(enterprise.Attributes, "manager").SubAttribute("displayName").Unlisted = true
	return &Registry{
		User: &ResourceType{
			Name:        "User",
			Endpoint:    "/Users",
			Description: "A person of the organisation.",
			Schema:      user,
			Extensions:  []Extension{{Schema: enterprise}, {Schema: load("devrev_user")}},
			Common:      common,
		},
		Group: &ResourceType{
			Name:        "Group",
			Endpoint:    "/Groups",
			Description: "A group of users of the organisation.",
			Schema:      group,
			Common:      common,
		},
		service: []*Schema{load("service_provider_config"), load("resource_type"), load("schema")},
		fold:    fold,
	}
}

func read[T any](name string) T {
	data, err := core.ReadFile("core/" + name + ".json")
	if err != nil {
		panic(fmt.Sprintf("schema: read embedded %s: %v", name, err))
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		panic(fmt.Sprintf("schema: decode embedded %s: %v", name, err))
	}
	return v
}

// With returns a registry in which User has further extensions, none of them required, and
// everything else is shared with r. The schemas are copied: characteristics left empty take the
// defaults of RFC 7643 section 2.2, and r's fold applies. Their URNs must differ from one another
// and from those of r.
func (r *Registry) With(extensions ...*Schema) *Registry {
	user := *r.User
	user.Extensions = slices.Clone(user.Extensions)
	for _, s := range extensions {
		user.Extensions = append(user.Extensions, Extension{Schema: s.prepared(r.fold)})
	}
	further := *r
	further.User = &user
	return &further
}

// ResourceTypes returns what GET /ResourceTypes lists.
func (r *Registry) ResourceTypes() []*ResourceType {
	return []*ResourceType{r.User, r.Group}
}

// Schemas returns what GET /Schemas lists: the schemas of the resource types with their extensions,
// then those of ServiceProviderConfig, ResourceType and Schema (RFC 7643 section 8.7.2).
func (r *Registry) Schemas() []*Schema {
	var all []*Schema
	for _, rt := range r.ResourceTypes() {
		all = append(all, rt.Schema)
		for _, ext := range rt.Extensions {
			all = append(all, ext.Schema)
		}
	}
	return append(all, r.service...)
}

// FoldCase is the fold of attributes that have none of their own: scim.FoldCase.
func FoldCase(s string) string { return scim.FoldCase(s) }

// prepared returns a copy of s that is ready for use: no characteristic empty, fold set where it
// applies.
func (s *Schema) prepared(fold func(string) string) *Schema {
	c := *s
	c.Attributes = attributes(s.Attributes, fold)
	return &c
}

func attributes(described []*Attribute, fold func(string) string) []*Attribute {
	var all []*Attribute
	for _, d := range described {
		a := *d
		a.Type = cmp.Or(a.Type, String)
		a.Mutability = cmp.Or(a.Mutability, ReadWrite)
		a.Returned = cmp.Or(a.Returned, Default)
		a.Uniqueness = cmp.Or(a.Uniqueness, None)
		a.CaseExact = a.CaseExact || a.Type == Binary || a.Type == Reference // RFC 7643 sections 2.3.6 and 2.3.7
		if !a.CaseExact && a.Fold == nil {
			a.Fold = fold
		}
		a.SubAttributes = attributes(d.SubAttributes, fold)
		all = append(all, &a)
	}
	return all
}
