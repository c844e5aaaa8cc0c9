package scimhttp

import (
	"context"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

type groupEndpoint struct {
	groups *directory.Groups
	base   string
}

func (e groupEndpoint) resourceType(org directory.Organisation) *schema.ResourceType {
	return org.Schemas.Group
}

func (e groupEndpoint) create(ctx context.Context, org directory.Organisation, in *scim.Document, c *directory.Change) (resource, error) {
	g, err := e.groups.Create(ctx, org, in, c)
	return groupResource(g), err
}

func (e groupEndpoint) get(ctx context.Context, org directory.Organisation, id string, want schema.Projection) (resource, error) {
	g, err := e.groups.Get(ctx, org, directory.GroupID(id), want.Wants("members"))
	if err != nil {
		return resource{}, err
	}
	r := groupResource(g)
	return r, e.addMembers(ctx, org, []resource{r}, want)
}

func (e groupEndpoint) list(ctx context.Context, org directory.Organisation, q directory.Query, want schema.Projection) (directory.Page[resource], error) {
	q.WithMembers = want.Wants("members")
	groups, err := e.groups.List(ctx, org, q)
	if err != nil {
		return directory.Page[resource]{}, err
	}
	page := directory.Page[resource]{Total: groups.Total, Cut: groups.Cut, Items: make([]resource, len(groups.Items))}
	for i, g := range groups.Items {
		page.Items[i] = groupResource(g)
	}
	return page, e.addMembers(ctx, org, page.Items, want)
}

func (e groupEndpoint) replace(ctx context.Context, org directory.Organisation, id string, in *scim.Document, c *directory.Change) (resource, error) {
	g, err := e.groups.Replace(ctx, org, directory.GroupID(id), in, c)
	return groupResource(g), err
}

func (e groupEndpoint) patch(ctx context.Context, org directory.Organisation, id string, req patch.Request, c *directory.Change) (resource, error) {
	c.UsersAt = locationOf(e.base, org.Schemas.User, "")
	g, err := e.groups.Patch(ctx, org, directory.GroupID(id), req, c)
	return groupResource(g), err
}

func (e groupEndpoint) remove(ctx context.Context, org directory.Organisation, id string, c *directory.Change) error {
	return e.groups.Delete(ctx, org, directory.GroupID(id), c)
}

func (e groupEndpoint) refuse(ctx context.Context, org directory.Organisation, id string, r directory.Refused) error {
	return e.groups.Refuse(ctx, org, directory.GroupID(id), r)
}

func (e groupEndpoint) complete(ctx context.Context, org directory.Organisation, r resource, effect directory.Effect, want schema.Projection) (resource, error) {
	switch {
	case !want.Wants("members"):
		return r, nil
	case effect == directory.EffectCreated: // with its members
		return r, e.addMembers(ctx, org, []resource{r}, want)
	default:
		return e.get(ctx, org, r.id, want)
	}
}

// addMembers shows the members of the groups, with one look-up of the names of all. They are made
// one at a time, as the answer is written.
func (e groupEndpoint) addMembers(ctx context.Context, org directory.Organisation, groups []resource, want schema.Projection) error {
	var names map[directory.UserID]string
	if want.Wants("members.display") {
		var ids []directory.UserID
		for _, g := range groups {
			ids = append(ids, g.members...)
		}
		if len(ids) == 0 {
			return nil
		}
		var err error
		if names, err = e.groups.NamesOf(ctx, org, ids); err != nil {
			return err
		}
	}
	users := locationOf(e.base, org.Schemas.User, "")
	for _, g := range groups {
		if len(g.members) == 0 {
			continue
		}
		g.doc.Set("members", scim.Elements(func(yield func(any) bool) {
			for _, id := range g.members {
				member := scim.NewSized(4)
				member.Set("value", string(id))
				member.Set("$ref", users+string(id))
				member.Set("type", "User")
				if name := names[id]; name != "" {
					member.Set("display", name)
				}
				if !yield(member) {
					return
				}
			}
		}))
	}
	return nil
}

// answersPatch is false: Okta accepts 204 as well, Entra ID requires it, and the cost stays that of
// the delta, not of the group.
func (groupEndpoint) answersPatch() bool { return false }

func groupResource(g directory.Group) resource {
	if g.Document == nil {
		return resource{}
	}
	return resource{id: string(g.ID), version: g.Version, doc: g.Resource(), members: g.Members}
}
