package tokenhttp

import (
	"errors"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/trace"

	"github.com/devrev/scim/services/internal/access"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/token/issuer"
)

// permission is what a route requires of an actor. Another organisation and an unknown one are
// refused alike.
type permission struct {
	may     func(a access.Actor, org string) bool
	without string // the detail for an actor without it
}

var (
	toRead = permission{
		access.Actor.MayRead,
		"You need the role " + access.ScimAdmin + " or " + access.Auditor + " in the organisation for this. Ask an administrator of the organisation for the role.",
	}
	toManage = permission{
		access.Actor.MayManage,
		"You need the role " + access.ScimAdmin + " in the organisation for this. Ask an administrator of the organisation for the role.",
	}
	toAnnounce = permission{
		func(a access.Actor, _ string) bool { return a.Platform },
		"Only DevRev's platform may do this. Change single sign-on in the settings of the organisation instead.",
	}
)

const actorKey = "actor"

// authenticate identifies the caller.
func (h *handler) authenticate(c *gin.Context) (err error) {
	ctx, end := web.Step(c.Request.Context(), "authenticate")
	defer func() { end(err) }()
	actor, err := h.Verify(ctx, web.Authorization(c))
	if throttled, ok := errors.AsType[*access.Throttled](err); ok {
		web.RetryAfter(c, throttled.RetryAfter)
	}
	if err != nil {
		return err
	}
	web.EventFrom(ctx).SetOrganisation(actor.Org)
	c.Set(actorKey, actor)
	return nil
}

// allow lets an actor with the permission pass. An attempt to change something without it is
// recorded in the audit of the actor's own organisation; action is "" if nothing would change.
func (h *handler) allow(p permission, action audit.Action) gin.HandlerFunc {
	return web.Handle(func(c *gin.Context) error {
		ctx, org := c.Request.Context(), orgOf(c)
		if !issuer.ValidID(org) {
			return problem.WithDetail(invalidValue, "The organisation's id in the path must have 1 to 64 letters, digits, dots, hyphens and underscores, and not dots alone.")
		}
		if p.may(actorOf(c), org) {
			web.EventFrom(ctx).SetOrganisation(org)
			return h.seenByStaff(c, org)
		}
		if action != "" {
			if err := h.Issuer.Denied(ctx, callerOf(c), actorOf(c).Org, action, org); err != nil {
				web.EventFrom(ctx).SetErr(err)
			}
		}
		return problem.WithDetail(problem.Forbidden, p.without)
	})
}

// platformOnly lets the platform pass where no organisation is named.
func platformOnly(c *gin.Context) error {
	if actorOf(c).Platform {
		return nil
	}
	return problem.WithDetail(problem.Forbidden, "Only DevRev's platform may do this. What concerns your organisation is in its audit.")
}

// readersOfAll lets callers pass who may list all organisations.
func readersOfAll(c *gin.Context) error {
	if actorOf(c).MayReadAll() {
		return nil
	}
	return problem.WithDetail(problem.Forbidden, "Only DevRev's staff and platform may do this.")
}

// seenByStaff records in the organisation's audit that staff read it. Without that record they must
// not.
func (h *handler) seenByStaff(c *gin.Context, org string) error {
	if !actorOf(c).Staff {
		return nil
	}
	if _, err := h.Issuer.Organisation(c.Request.Context(), org); err != nil {
		return err
	}
	return h.Issuer.StaffRead(c.Request.Context(), callerOf(c), org)
}

func orgOf(c *gin.Context) string { return c.Param("org") }

func actorOf(c *gin.Context) access.Actor { return c.MustGet(actorKey).(access.Actor) }

// callerOf is the actor as the audit keeps it.
func callerOf(c *gin.Context) audit.Caller { return callerFrom(c, actorOf(c).Subject) }

// callerFrom returns the sender of the request, under this name.
func callerFrom(c *gin.Context, subject string) audit.Caller {
	caller := audit.Caller{Subject: subject, Address: c.ClientIP()}
	if id := trace.SpanContextFromContext(c.Request.Context()).TraceID(); id.IsValid() {
		caller.TraceID = id.String()
	}
	return caller
}
