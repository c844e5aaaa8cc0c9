package scimhttp

import (
	"context"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/scim/patch"
	"github.com/devrev/scim/libs/scim/schema"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/directory"
)

// The steps of a request that can be slow or fail have spans: authenticate, rate, decode, plan,
// store, activity. plan is the request, before a store is asked; store is the directory
// with its rules, of which the store's own calls are children.

// planPatch reads what a PATCH wants done.
func planPatch(ctx context.Context, in *scim.Document, tol *scim.Tolerance) (req patch.Request, err error) {
	ctx, end := web.Step(ctx, "plan")
	defer func() { end(err) }()
	web.SetOperations(ctx, len(in.List("Operations")))
	return patch.Decode(in, tol)
}

// plan reads the listing as query does.
func (l listing) plan(ctx context.Context, scope schema.Scope, tol *scim.Tolerance) (q directory.Query, page scim.Page, err error) {
	_, end := web.Step(ctx, "plan")
	defer func() { end(err) }()
	return l.query(scope, tol)
}

// stored is an endpoint whose every call is a step.
type stored struct{ endpoint }

func (s stored) create(ctx context.Context, org directory.Organisation, in *scim.Document, c *directory.Change) (r resource, err error) {
	ctx, end := web.Step(ctx, "store")
	defer func() { end(err) }()
	return s.endpoint.create(ctx, org, in, c)
}

func (s stored) get(ctx context.Context, org directory.Organisation, id string, want schema.Projection) (r resource, err error) {
	ctx, end := web.Step(ctx, "store")
	defer func() { end(err) }()
	return s.endpoint.get(ctx, org, id, want)
}

func (s stored) list(ctx context.Context, org directory.Organisation, q directory.Query, want schema.Projection) (page directory.Page[resource], err error) {
	ctx, end := web.Step(ctx, "store")
	defer func() { end(err) }()
	return s.endpoint.list(ctx, org, q, want)
}

func (s stored) replace(ctx context.Context, org directory.Organisation, id string, in *scim.Document, c *directory.Change) (r resource, err error) {
	ctx, end := web.Step(ctx, "store")
	defer func() { end(err) }()
	return s.endpoint.replace(ctx, org, id, in, c)
}

func (s stored) patch(ctx context.Context, org directory.Organisation, id string, req patch.Request, c *directory.Change) (r resource, err error) {
	ctx, end := web.Step(ctx, "store")
	defer func() { end(err) }()
	return s.endpoint.patch(ctx, org, id, req, c)
}

func (s stored) remove(ctx context.Context, org directory.Organisation, id string, c *directory.Change) (err error) {
	ctx, end := web.Step(ctx, "store")
	defer func() { end(err) }()
	return s.endpoint.remove(ctx, org, id, c)
}

func (s stored) complete(ctx context.Context, org directory.Organisation, r resource, effect directory.Effect, want schema.Projection) (whole resource, err error) {
	ctx, end := web.Step(ctx, "store")
	defer func() { end(err) }()
	return s.endpoint.complete(ctx, org, r, effect, want)
}
