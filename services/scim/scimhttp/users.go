package scimhttp

import (
	"context"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

type userEndpoint struct {
	users *directory.Users
	base  string
}

func (e userEndpoint) resourceType(org directory.Organisation) *schema.ResourceType {
	return org.Schemas.User
}

func (e userEndpoint) create(ctx context.Context, org directory.Organisation, in *scim.Document, c *directory.Change) (resource, error) {
	u, err := e.users.Create(ctx, org, in, c)
	return userResource(u), err
}

func (e userEndpoint) get(ctx context.Context, org directory.Organisation, id string, want schema.Projection) (resource, error) {
	u, err := e.users.Get(ctx, org, directory.UserID(id))
	if err != nil {
		return resource{}, err
	}
	r := userResource(u)
	return r, e.addGroups(ctx, org, []resource{r}, want)
}

func (e userEndpoint) list(ctx context.Context, org directory.Organisation, q directory.Query, want schema.Projection) (directory.Page[resource], error) {
	users, err := e.users.List(ctx, org, q)
	if err != nil {
		return directory.Page[resource]{}, err
	}
	page := directory.Page[resource]{Total: users.Total, Cut: users.Cut, Items: make([]resource, len(users.Items))}
	for i, u := range users.Items {
		page.Items[i] = userResource(u)
	}
	return page, e.addGroups(ctx, org, page.Items, want)
}

func (e userEndpoint) replace(ctx context.Context, org directory.Organisation, id string, in *scim.Document, c *directory.Change) (resource, error) {
	u, err := e.users.Replace(ctx, org, directory.UserID(id), in, c)
	return userResource(u), err
}

func (e userEndpoint) patch(ctx context.Context, org directory.Organisation, id string, req patch.Request, c *directory.Change) (resource, error) {
	u, err := e.users.Patch(ctx, org, directory.UserID(id), req, c)
	return userResource(u), err
}

func (e userEndpoint) remove(ctx context.Context, org directory.Organisation, id string, c *directory.Change) error {
	return e.users.Delete(ctx, org, directory.UserID(id), c)
}

func (e userEndpoint) refuse(ctx context.Context, org directory.Organisation, id string, r directory.Refused) error {
	return e.users.Refuse(ctx, org, directory.UserID(id), r)
}

func (e userEndpoint) complete(ctx context.Context, org directory.Organisation, r resource, effect directory.Effect, want schema.Projection) (resource, error) {
	if effect == directory.EffectCreated { // just now, and so in no group
		return r, nil
	}
	return r, e.addGroups(ctx, org, []resource{r}, want)
}

func (userEndpoint) answersPatch() bool { return true }

// addGroups gives each user its attribute groups, with one look-up for all of them.
func (e userEndpoint) addGroups(ctx context.Context, org directory.Organisation, users []resource, want schema.Projection) error {
	if len(users) == 0 || !want.Wants("groups") {
		return nil
	}
	ids := make([]directory.UserID, len(users))
	for i, u := range users {
		ids[i] = directory.UserID(u.id)
	}
	groups, err := e.users.GroupsOf(ctx, org, ids...)
	if err != nil {
		return err
	}
	for i, u := range users {
		var list []any
		for _, g := range groups[ids[i]] {
			list = append(list, scim.NewDocument(
				"value", string(g.ID),
				"$ref", locationOf(e.base, org.Schemas.Group, string(g.ID)),
				"display", g.DisplayName,
				"type", "direct",
			))
		}
		if list != nil {
			u.doc.Set("groups", list)
		}
	}
	return nil
}

func userResource(u directory.User) resource {
	if u.Document == nil {
		return resource{}
	}
	return resource{id: string(u.ID), version: u.Version, doc: u.Resource()}
}
