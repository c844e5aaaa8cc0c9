package scimhttp

import (
	"context"
	"iter"

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
	return e.groupResource(org, g), err
}

func (e groupEndpoint) get(ctx context.Context, org directory.Organisation, id string, want schema.Projection) (resource, error) {
	g, err := e.groups.Get(ctx, org, directory.GroupID(id), want.Wants("members"))
	if err != nil {
		return resource{}, err
	}
	r := e.groupResource(org, g)
	return r, e.addNames(ctx, org, []resource{r}, want)
}

func (e groupEndpoint) list(ctx context.Context, org directory.Organisation, q directory.Query, want schema.Projection) (directory.Page[resource], error) {
	q.WithMembers = want.Wants("members")
	groups, err := e.groups.List(ctx, org, q)
	if err != nil {
		return directory.Page[resource]{}, err
	}
	page := directory.Page[resource]{Total: groups.Total, Cut: groups.Cut, Items: make([]resource, len(groups.Items))}
	for i, g := range groups.Items {
		page.Items[i] = e.groupResource(org, g)
	}
	return page, e.addNames(ctx, org, page.Items, want)
}

func (e groupEndpoint) replace(ctx context.Context, org directory.Organisation, id string, in *scim.Document, c *directory.Change) (resource, error) {
	g, err := e.groups.Replace(ctx, org, directory.GroupID(id), in, c)
	return e.groupResource(org, g), err
}

func (e groupEndpoint) patch(ctx context.Context, org directory.Organisation, id string, req patch.Request, c *directory.Change) (resource, error) {
	c.UsersAt = locationOf(e.base, org.Schemas.User, "")
	g, err := e.groups.Patch(ctx, org, directory.GroupID(id), req, c)
	return e.groupResource(org, g), err
}

func (e groupEndpoint) remove(ctx context.Context, org directory.Organisation, id string, c *directory.Change) error {
	return e.groups.Delete(ctx, org, directory.GroupID(id), c)
}

// refuse has nothing to note: the activity of a group has what was refused.
func (groupEndpoint) refuse(context.Context, directory.Organisation, string, directory.Refused) error {
	return nil
}

func (e groupEndpoint) complete(ctx context.Context, org directory.Organisation, r resource, effect directory.Effect, want schema.Projection) (resource, error) {
	switch {
	case !want.Wants("members"):
		return r, nil
	case effect == directory.EffectCreated: // with its members
		return r, e.addNames(ctx, org, []resource{r}, want)
	default:
		return e.get(ctx, org, r.id, want)
	}
}

// addNames gives each member its display, with one look-up for all the groups.
func (e groupEndpoint) addNames(ctx context.Context, org directory.Organisation, groups []resource, want schema.Projection) error {
	if !want.Wants("members.display") {
		return nil
	}
	var ids []directory.UserID
	for member := range membersOf(groups) {
		ids = append(ids, directory.UserID(member.String("value")))
	}
	if len(ids) == 0 {
		return nil
	}
	names, err := e.groups.NamesOf(ctx, org, ids)
	if err != nil {
		return err
	}
	for member := range membersOf(groups) {
		if name := names[directory.UserID(member.String("value"))]; name != "" {
			member.Set("display", name)
		}
	}
	return nil
}

// membersOf yields the members of all the groups.
func membersOf(groups []resource) iter.Seq[*scim.Document] {
	return func(yield func(*scim.Document) bool) {
		for _, g := range groups {
			for _, member := range g.doc.List("members") {
				if member, ok := member.(*scim.Document); ok && !yield(member) {
					return
				}
			}
		}
	}
}

// answersPatch is false: Okta accepts 204 as well, Entra ID requires it, and the cost stays that of
// the delta, not of the group.
func (groupEndpoint) answersPatch() bool { return false }

func (e groupEndpoint) groupResource(org directory.Organisation, g directory.Group) resource {
	if g.Document == nil {
		return resource{}
	}
	doc := g.Resource()
	if len(g.Members) > 0 {
		users := locationOf(e.base, org.Schemas.User, "")
		members := make([]any, len(g.Members))
		for i, id := range g.Members {
			member := scim.NewSized(4) // display comes with addNames
			member.Set("value", string(id))
			member.Set("$ref", users+string(id))
			member.Set("type", "User")
			members[i] = member
		}
		doc.Set("members", members)
	}
	return resource{string(g.ID), g.Version, doc}
}
