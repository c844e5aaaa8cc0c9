package scimhttp

import (
	"context"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/scim/directory"
)

// endpoint is what the handlers need of a kind of resource. Users and groups are its two kinds;
// every operation of the protocol is written once over it.
type endpoint interface {
	resourceType(org directory.Organisation) *schema.ResourceType
	create(ctx context.Context, org directory.Organisation, in *scim.Document, c *directory.Change) (resource, error)
	get(ctx context.Context, org directory.Organisation, id string, want schema.Projection) (resource, error)
	list(ctx context.Context, org directory.Organisation, q directory.Query, want schema.Projection) (directory.Page[resource], error)
	replace(ctx context.Context, org directory.Organisation, id string, in *scim.Document, c *directory.Change) (resource, error)
	patch(ctx context.Context, org directory.Organisation, id string, req patch.Request, c *directory.Change) (resource, error)
	remove(ctx context.Context, org directory.Organisation, id string, c *directory.Change) error
	// refuse notes that the identity provider was refused a request about the resource.
	refuse(ctx context.Context, org directory.Organisation, id string, r directory.Refused) error
	// complete adds to r, which a change with this effect has returned, what the projection wants
	// besides: groups of a user, members of a group and their names.
	complete(ctx context.Context, org directory.Organisation, r resource, effect directory.Effect, want schema.Projection) (resource, error)
	// answersPatch reports whether PATCH is answered with the resource (200) or without a body
	// (204).
	answersPatch() bool
}

// resource is a user or group on its way out.
type resource struct {
	id      string
	version int64
	doc     *scim.Document     // without meta.location
	members []directory.UserID // of a group, for its endpoint, which shows them in doc
}
