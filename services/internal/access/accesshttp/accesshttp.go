// Package accesshttp is the entrance to DevRev's own side, /api/v1, which both services share: who
// calls is known, may do what the route does, and names only query parameters that the route has.
// Its errors are problems.
package accesshttp

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
)

// maxBody bounds a request body in bytes, where API.Bodies has no other bound. The largest holds an
// organisation's own schemas.
const maxBody = 64 << 10

const actorKey = "actor"

// API is one service's part of /api/v1.
type API struct {
	Prefix string
	// Parameters are the query parameters of each route, by its path behind Prefix.
	Parameters map[string][]string
	// Bodies bound the bodies of routes that take larger ones than others, in bytes, by their path
	// behind Prefix.
	Bodies map[string]int64
	// Verify returns who sent a request; *access.Verifier's method fits.
	Verify func(ctx context.Context, authorization string) (access.Actor, error)
}

// Routes returns a group below Prefix on r, of which every request has a known caller, and a query
// and a body within bounds. before runs first.
func (a API) Routes(r gin.IRouter, before ...gin.HandlerFunc) *gin.RouterGroup {
	group := r.Group(a.Prefix, before...)
	group.Use(a.bound, web.Handle(a.authenticate), web.Parameters(a.Prefix, a.Parameters))
	return group
}

// bound bounds the body.
func (a API) bound(c *gin.Context) {
	limit := int64(maxBody)
	if larger, ok := a.Bodies[strings.TrimPrefix(c.FullPath(), a.Prefix)]; ok {
		limit = larger
	}
	web.BodyLimit(limit)(c)
}

// authenticate identifies the caller.
func (a API) authenticate(c *gin.Context) (err error) {
	ctx, end := web.Step(c.Request.Context(), "authenticate")
	defer func() { end(err) }()
	actor, err := a.Verify(ctx, web.Authorization(c))
	throttled, tooMany := errors.AsType[*access.Throttled](err)
	switch {
	case tooMany:
		web.RetryAfter(c, throttled.RetryAfter)
		return problem.Because(problem.TooMany, err)
	case errors.Is(err, access.ErrUnavailable):
		return problem.Because(signInUnchecked, err)
	case err != nil:
		return problem.Because(problem.Unauthenticated, err)
	}
	web.EventFrom(ctx).SetOrganisation(actor.Org)
	c.Set(actorKey, actor)
	return nil
}

var signInUnchecked = problem.Problem{
	Status: http.StatusServiceUnavailable, Name: "unavailable", Title: "Not possible at the moment",
	Detail: "Your sign-in cannot be checked at the moment. You need not sign in again: try again in a few seconds.",
}

// ActorOf returns the caller of a request in a group of Routes.
func ActorOf(c *gin.Context) access.Actor { return c.MustGet(actorKey).(access.Actor) }

// Permission is what a route requires of its caller. Another organisation and an unknown one are
// refused alike.
type Permission struct {
	May     func(a access.Actor, org string) bool
	Without string // the detail for a caller without it
}

// The permissions.
var (
	ToRead = Permission{
		access.Actor.MayRead,
		"You need the role " + access.ScimAdmin + " or " + access.Auditor + " in the organisation for this. Ask an administrator of the organisation for the role.",
	}
	ToManage = Permission{
		access.Actor.MayManage,
		"You need the role " + access.ScimAdmin + " in the organisation for this. Ask an administrator of the organisation for the role.",
	}
	ToReadAll = Permission{
		func(a access.Actor, _ string) bool { return a.MayReadAll() },
		"Only DevRev's staff and platform may do this.",
	}
)

// PlatformOnly is for what DevRev's platform alone may do; instead says what others do, "" if there
// is nothing.
func PlatformOnly(instead string) Permission {
	without := "Only DevRev's platform may do this."
	if instead != "" {
		without += " " + instead
	}
	return Permission{func(a access.Actor, _ string) bool { return a.Platform }, without}
}

// Handle lets a caller pass who has the permission for the organisation in the path.
func (p Permission) Handle(c *gin.Context) error {
	if p.May(ActorOf(c), c.Param("org")) {
		return nil
	}
	return problem.WithDetail(problem.Forbidden, p.Without)
}
