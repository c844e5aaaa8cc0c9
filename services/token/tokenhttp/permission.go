package tokenhttp

import (
	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/trace"

	"github.com/devrev/scim/services/internal/access/accesshttp"
	"github.com/devrev/scim/services/internal/audit"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/token/issuer"
)

var toAnnounce = accesshttp.PlatformOnly("Change single sign-on in the settings of the organisation instead.")

var toRemove = accesshttp.PlatformOnly("Disable SCIM in the settings of the organisation instead.")

// allow lets an actor with the permission pass. An attempt to change something without it is
// recorded in the audit of the actor's own organisation; action is "" if nothing would change.
func (h *handler) allow(p accesshttp.Permission, action audit.Action) gin.HandlerFunc {
	return web.Handle(func(c *gin.Context) error {
		ctx, org := c.Request.Context(), orgOf(c)
		if !issuer.ValidID(org) {
			return problem.WithDetail(invalidValue, "The organisation's id in the path must have 1 to 64 letters, digits, dots, hyphens and underscores, and not dots alone.")
		}
		refusal := p.Handle(c)
		if refusal == nil {
			web.EventFrom(ctx).SetOrganisation(org)
			return h.seenByStaff(c, org)
		}
		if action != "" {
			if err := h.Issuer.Denied(ctx, callerOf(c), accesshttp.ActorOf(c).Org, action, org); err != nil {
				web.EventFrom(ctx).SetErr(err)
			}
		}
		return refusal
	})
}

// seenByStaff records in the organisation's audit that staff read it. Without that record they must
// not.
func (h *handler) seenByStaff(c *gin.Context, org string) error {
	if !accesshttp.ActorOf(c).Staff {
		return nil
	}
	if _, err := h.Issuer.Organisation(c.Request.Context(), org); err != nil {
		return err
	}
	return h.Issuer.StaffRead(c.Request.Context(), callerOf(c), org)
}

func orgOf(c *gin.Context) string { return c.Param("org") }

// callerOf is the actor as the audit keeps it.
func callerOf(c *gin.Context) audit.Caller { return callerFrom(c, accesshttp.ActorOf(c).Subject) }

// callerFrom returns the sender of the request, under this name.
func callerFrom(c *gin.Context, subject string) audit.Caller {
	caller := audit.Caller{Subject: subject, Address: c.ClientIP()}
	if id := trace.SpanContextFromContext(c.Request.Context()).TraceID(); id.IsValid() {
		caller.TraceID = id.String()
	}
	return caller
}
