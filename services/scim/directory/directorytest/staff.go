package directorytest

import (
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/filter"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// badgeSchema is an extension with an attribute of each type, and with names that mean something
// else outside of it.
const badgeSchema = "urn:example:params:scim:schemas:extension:badge:2.0:User"

// Schemas returns the registry to which the suite's documents and filters belong: DevRev's, and an
// extension that has attributes of all types.
func Schemas() *schema.Registry {
	return schema.Load(directory.Fold).With(&schema.Schema{
		ID:   badgeSchema,
		Name: "Badge",
		Attributes: []*schema.Attribute{
			{Name: "number", Type: schema.Integer},
			{Name: "height", Type: schema.Decimal},
			{Name: "active", Type: schema.Boolean},
			{Name: "expires", Type: schema.DateTime},
			{Name: "photo", Type: schema.Binary, CaseExact: true},
			{Name: "link", Type: schema.Reference, CaseExact: true},
			{Name: "code", Type: schema.String, CaseExact: true},
			{Name: "doors", Type: schema.String, MultiValued: true},
			{Name: "externalId", Type: schema.String, CaseExact: true},
			{Name: "groups", Type: schema.String},
		},
	})
}

// parse returns the filter as a Store is given it.
func parse(rt *schema.ResourceType, text string) (filter.Expr, error) {
	e, err := filter.Parse(text, rt, &scim.Tolerance{Strict: true})
	if err != nil {
		return nil, err
	}
	return directory.RelationFilter(e)
}

// filter returns the filter of a case, whose text is right.
func (w world) filter(rt *schema.ResourceType, text string) filter.Expr {
	w.Helper()
	e, err := parse(rt, text)
	if err != nil {
		w.failf("parse %s: %v", text, err)
	}
	return e
}

// staff creates the people that the cases on filters and orders speak of, each called by the first
// part of userName, and two groups. In the order of their ids: clerk, agent, driver, baker; then a
// deleted user. It returns a replacer that puts ids in place of {agent} and the like.
func (w world) staff() *strings.Replacer {
	w.Helper()
	users := []directory.User{
		NewUser(
			"clerk@example.com",
			"title", "Straße",
			"name", scim.NewDocument("familyName", "a\u030agren"), // decomposed
			scim.EnterpriseUserSchema, scim.NewDocument("department", "r&d"),
			badgeSchema, scim.NewDocument("height", 2.0, "active", false, "doors", []any{"North", "South"}),
		),
		NewUser(
			"Agent@example.com",
			"externalId", "Ab.1",
			"displayName", "50% off.$",
			"name", scim.NewDocument("givenName", "Zoë", "familyName", "Ågren"),
			"emails", []any{
				scim.NewDocument("value", "zz@home.example.com", "type", "home"),
				scim.NewDocument("value", "Agent@Example.com", "type", "work", "primary", true),
			},
			scim.EnterpriseUserSchema, scim.NewDocument("department", "R&D", "manager", scim.NewDocument("value", "Boss-1")),
			badgeSchema, scim.NewDocument(
				"number", int64(7), "height", 1.5, "active", true, "expires", "2026-03-01T10:00:00Z",
				"photo", "Qq==", "link", "https://example.com/A", "code", "aB",
			),
		),
		NewUser(
			"driver@example.com",
			"title", "Driver (nights)",
			"displayName", `a"b\c`,
			"emails", []any{scim.NewDocument("value", "driver@example.com", "type", "other")},
			badgeSchema, scim.NewDocument("number", int64(9), "expires", "2026-03-01T10:00:00.001Z", "code", "ab", "doors", []any{"south"}),
		),
		NewUser(
			"baker@example.com",
			"externalId", "ab.1",
			"title", "Baker",
			"emails", []any{scim.NewDocument("type", "home")},
			badgeSchema, scim.NewDocument("number", int64(10), "expires", "2026-03-01T12:00:00+02:00", "externalId", "Ab.1", "groups", "Guides"),
		),
	}
	users[1].State = directory.StateActive
	users[3].State = directory.StateDeactivated
	var replacements []string
	for i, u := range users {
		u.Created, u.Modified = at(i), at(10-i)
		w.ok(w.CreateUser(w.Context(), w.tenant, u))
		replacements = append(replacements, "{"+called(u)+"}", string(u.ID))
	}
	w.deleted("gone@example.com", "title", "Driver", "externalId", "Ab.1")

	guides := NewGroup("Guides", users[0].ID, users[1].ID)
	guides.Document.Set("externalId", "G-1")
	bakers := NewGroup("bakers' $.%", users[3].ID)
	bakers.Created = at(5)
	for _, g := range []directory.Group{guides, bakers, NewGroup("Empty")} {
		w.ok(w.CreateGroup(w.Context(), w.tenant, g))
	}
	return strings.NewReplacer(append(replacements, "{guides}", string(guides.ID), "{bakers}", string(bakers.ID))...)
}

// called returns what the cases call u.
func called(u directory.User) string {
	name, _, _ := strings.Cut(u.UserName(), "@")
	return strings.ToLower(name)
}

func allCalled(users []directory.User) string {
	var names []string
	for _, u := range users {
		names = append(names, called(u))
	}
	return strings.Join(names, " ")
}
