package doctor

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/scim/directory"
)

// The scripts are what both send in the life of one person and one group. docs/idp tells them in
// words; the dialogues of services/e2e hold every byte of them.

// object is a JSON object as a script writes it.
type object = map[string]any

// figures are the person and the group of a rehearsal.
type figures struct {
	userName, external, group string
	extensions                object // of the organisation, by URN
}

// perform plays the dialogue that play names.
func (p *player) perform(org directory.Organisation, play Play) {
	mark := random(4)
	f := figures{
		userName: cmp.Or(play.UserName, "rehearsal."+mark+"@example.com"), external: "00u" + mark, group: "Rehearsal " + mark,
		extensions: extensionsOf(org),
	}
	switch {
	case play.Client == token.ClientEntra:
		p.entra(f)
	case play.App == Wizard:
		p.wizard(f)
	default:
		p.catalog(f)
	}
}

// catalog is Okta's app of the catalogue, and one of the new wizard.
func (p *player) catalog(f figures) {
	id, ok := p.oktaCreates(f)
	if !ok {
		return
	}
	user := "/Users/" + id
	group := p.created("Push Groups creates the group", "/Groups", object{"schemas": []string{scim.GroupSchema}, "displayName": f.group, "members": []any{}})
	if group != "" {
		path := "/Groups/" + group
		p.send("It sends the group's name again", http.MethodPatch, path, operations(object{"op": "replace", "value": object{"id": group, "displayName": f.group}}), 200, 204)
		p.send("It adds the person to the group", http.MethodPatch, path, operations(object{"op": "add", "path": "members", "value": refs(id)}), 200, 204)
		p.send("It takes the person out of the group", http.MethodPatch, path, operations(object{"op": "remove", "path": fmt.Sprintf("members[value eq %q]", id)}), 200, 204)
		p.send("It deletes the group", http.MethodDelete, path, nil, 204)
	}
	p.send("The person is unassigned: it deactivates", http.MethodPatch, user, operations(object{"op": "replace", "value": object{"active": false}}), 200, 204)
	p.send("The person is assigned again: it looks for the userName", http.MethodGet, "/Users?"+filterBy("userName", f.userName)+"&startIndex=1&count=100", nil, 200)
	p.send("It reactivates", http.MethodPatch, user, operations(object{"op": "replace", "value": object{"active": true}}), 200, 204)
}

// wizard is an app that Okta's App Integration Wizard made: it knows no PATCH.
func (p *player) wizard(f figures) {
	id, ok := p.oktaCreates(f)
	if !ok {
		return
	}
	user := "/Users/" + id
	group := p.created("Push Groups creates the group", "/Groups", object{"schemas": []string{scim.GroupSchema}, "displayName": f.group, "members": []any{}})
	if group != "" {
		path := "/Groups/" + group
		p.send("It reads the group", http.MethodGet, path, nil, 200)
		p.send("It writes the group with the person as its member", http.MethodPut, path, object{"schemas": []string{scim.GroupSchema}, "id": group, "displayName": f.group, "members": refs(id)}, 200)
		p.send("It deletes the group", http.MethodDelete, path, nil, 204)
	}
	p.send("The person is unassigned: it reads the user", http.MethodGet, user, nil, 200)
	p.send("It writes the user as inactive", http.MethodPut, user, f.okta(object{"id": id, "active": false}), 200)
	p.send("The person is assigned again: it looks for the userName", http.MethodGet, "/Users?"+filterBy("userName", f.userName)+"&startIndex=1&count=100", nil, 200)
	p.send("It writes the user as active", http.MethodPut, user, f.okta(object{"id": id, "active": true}), 200)
}

// oktaCreates is what all apps of Okta begin with. It returns the id of the user.
func (p *player) oktaCreates(f figures) (id string, ok bool) {
	p.send("Test API Credentials: it lists users", http.MethodGet, "/Users?startIndex=1&count=2", nil, 200)
	p.send("Refresh App Groups: it lists groups", http.MethodGet, "/Groups?startIndex=1&count=100", nil, 200)
	found := p.send("A person is assigned: it looks for the userName", http.MethodGet, "/Users?"+filterBy("userName", f.userName)+"&startIndex=1&count=100", nil, 200)
	if id = p.foundOrCreated(found, f.okta(object{"active": true, "groups": []any{}, "password": "1mz050nq"})); id == "" {
		return "", false
	}
	p.send("The profile changes: it reads the user", http.MethodGet, "/Users/"+id, nil, 200)
	p.send("It writes the user with another title", http.MethodPut, "/Users/"+id, f.okta(object{"id": id, "active": true, "title": "Rehearsed"}), 200)
	return id, true
}

// okta is the user as Okta writes it.
func (f figures) okta(more object) object {
	schemas := []string{scim.UserSchema, scim.EnterpriseUserSchema}
	more["userName"], more["displayName"], more["externalId"], more["locale"] = f.userName, "A Rehearsal", f.external, "en-US"
	more["name"] = object{"givenName": "A", "familyName": "Rehearsal"}
	more["emails"] = []any{object{"primary": true, "value": f.userName, "type": "work"}}
	more[scim.EnterpriseUserSchema] = object{"department": "Rehearsals"}
	for urn, values := range f.extensions {
		schemas = append(schemas, urn)
		more[urn] = values
	}
	more["schemas"] = schemas
	return more
}

func (p *player) entra(f figures) {
	nobody := random(4) + "-" + random(2) + "-" + random(2) + "-" + random(2) + "-" + random(6)
	p.send("Test Connection: it looks for a user that does not exist", http.MethodGet, "/Users?"+filterBy("userName", nobody), nil, 200)
	found := p.send("A person is assigned: it looks for the userName", http.MethodGet, "/Users?"+filterBy("userName", f.userName), nil, 200)
	user := object{
		"schemas": []string{scim.UserSchema, scim.EnterpriseUserSchema}, "externalId": f.external, "userName": f.userName, "active": true, "displayName": "A Rehearsal",
		"emails": []any{object{"primary": true, "type": "work", "value": f.userName}}, "meta": object{"resourceType": "User"},
		"name":                    object{"formatted": "A Rehearsal", "familyName": "Rehearsal", "givenName": "A"},
		scim.EnterpriseUserSchema: object{"department": "Rehearsals"}, "title": nil, "roles": []any{},
	}
	for urn, values := range f.extensions { // without its URN in schemas, as Entra ID does
		user[urn] = values
	}
	id := p.foundOrCreated(found, user)
	if id == "" {
		return
	}
	path := "/Users/" + id
	p.send("It reads the user", http.MethodGet, path, nil, 200)
	p.send("The profile changes: it sends each attribute as an operation", http.MethodPatch, path, operations(
		object{"op": "Replace", "path": `emails[type eq "work"].value`, "value": "second." + strings.TrimPrefix(f.userName, "second.")},
		object{"op": "Add", "path": "title", "value": "Rehearsed"},
		object{"op": "Add", "path": scim.EnterpriseUserSchema + ":employeeNumber", "value": "701984"},
	), 200, 204)
	p.send("A group is assigned: it looks for the name", http.MethodGet, "/Groups?excludedAttributes=members&"+filterBy("displayName", f.group), nil, 200)
	group := p.created("It creates the group", "/Groups", object{"schemas": []string{scim.GroupSchema, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"}, "externalId": random(8), "displayName": f.group, "meta": object{"resourceType": "Group"}})
	if group != "" {
		p.send("It adds the person to the group", http.MethodPatch, "/Groups/"+group, operations(object{"op": "Add", "path": "members", "value": refs(id)}), 200, 204)
		p.send("It takes the person out of the group", http.MethodPatch, "/Groups/"+group, operations(object{"op": "Remove", "path": "members", "value": refs(id)}), 200, 204)
		p.send("It deletes the group", http.MethodDelete, "/Groups/"+group, nil, 204)
	}
	p.send("The person is unassigned: it disables", http.MethodPatch, path, operations(object{"op": "Replace", "path": "active", "value": "False"}), 200, 204)
	p.send("The person is assigned again: it enables", http.MethodPatch, path, operations(object{"op": "Replace", "path": "active", "value": "True"}), 200, 204)
	p.send("The person is deleted for good", http.MethodDelete, path, nil, 204)
}

// foundOrCreated returns the id of the user that was found, else of one that it creates.
func (p *player) foundOrCreated(found *scim.Document, user object) string {
	for _, v := range found.List("Resources") {
		if known, ok := v.(*scim.Document); ok {
			return known.String("id")
		}
	}
	return p.created("It creates the user", "/Users", user)
}

// created creates a resource and returns its id, "" if it was refused.
func (p *player) created(step, path string, body object) string {
	doc := p.send(step, http.MethodPost, path, body, 201)
	if x := p.r.Exchanges[len(p.r.Exchanges)-1]; !x.OK {
		return ""
	}
	return doc.String("id")
}

func operations(all ...object) object {
	return object{"schemas": []string{scim.PatchOpSchema}, "Operations": all}
}

func refs(ids ...string) []any {
	var all []any
	for _, id := range ids {
		all = append(all, object{"value": id})
	}
	return all
}

// extensionsOf returns a value for each text of the organisation's own extensions.
func extensionsOf(org directory.Organisation) object {
	all := object{}
	for _, e := range org.Schemas.User.Extensions {
		if e.Schema.ID == scim.EnterpriseUserSchema || e.Schema.ID == scim.DevRevUserSchema {
			continue
		}
		values := object{}
		for _, a := range e.Schema.Attributes {
			if a.Type != schema.String && a.Type != "" || a.MultiValued || a.Mutability == schema.ReadOnly {
				continue
			}
			values[a.Name] = "rehearsed"
			if len(a.CanonicalValues) > 0 {
				values[a.Name] = a.CanonicalValues[0]
			}
		}
		if len(values) > 0 {
			all[e.Schema.ID] = values
		}
	}
	return all
}
