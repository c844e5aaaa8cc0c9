package orghttp

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/scim/directory"
)

const (
	actorKey        = "actor"
	organisationKey = "organisation"
)

// admit lets in the platform, and who may read the organisation that the path names. To everybody
// else an organisation that is there looks as one that is not.
func (h *handler) admit(c *gin.Context) error {
	ctx, org := c.Request.Context(), c.Param("org")
	verifying, end := web.Step(ctx, "authenticate")
	actor, err := h.Verify(verifying, web.Authorization(c))
	end(err)
	var throttled *access.Throttled
	switch {
	case errors.Is(err, access.ErrUnavailable):
		return &problem.Problem{Status: http.StatusServiceUnavailable, Detail: "Admin tokens cannot be checked at the moment. Try again.", Cause: err}
	case errors.As(err, &throttled):
		web.RetryAfter(c, throttled.RetryAfter)
		return problem.Because(problem.TooMany, err)
	case err != nil:
		return problem.Because(problem.Unauthenticated, err)
	case !actor.MayRead(org):
		return problem.WithDetail(problem.Forbidden, "You may not see this organisation.")
	}
	organisation, err := h.Organisation(ctx, org)
	if err != nil {
		return err
	}
	web.EventFrom(ctx).SetOrganisation(org)
	c.Set(actorKey, actor)
	c.Set(organisationKey, organisation)
	return nil
}

// platformOnly keeps sign-ins to DevRev's platform, which alone sees them.
func platformOnly(c *gin.Context) error {
	if c.MustGet(actorKey).(access.Actor).Platform {
		return nil
	}
	return problem.WithDetail(problem.Forbidden, "Only DevRev's platform may do this.")
}

// managersOnly keeps changes from who may only look.
func managersOnly(c *gin.Context) error {
	if c.MustGet(actorKey).(access.Actor).MayManage(c.Param("org")) {
		return nil
	}
	return problem.WithDetail(problem.Forbidden, "You may look at this organisation, but not change it.")
}

func organisationOf(c *gin.Context) directory.Organisation {
	return c.MustGet(organisationKey).(directory.Organisation)
}
