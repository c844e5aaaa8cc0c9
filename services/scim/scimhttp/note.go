package scimhttp

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/services/scim/directory"
	"github.com/devrev/scim/services/web"
)

// note tells the request's event and the metrics what a change did.
func (h *door) note(c *gin.Context, e endpoint, org directory.Organisation, made *directory.Change, err error) {
	h.noteCoercions(c, &made.Tolerance)
	if err != nil {
		return
	}
	ctx := c.Request.Context()
	kind := e.resourceType(org).Name
	event := web.EventFrom(ctx)
	event.SetOutcome(strings.ToLower(kind) + "_" + string(made.Effect))
	event.Add("operations", len(made.Outcomes))
	event.Add("members_added", made.Members.Added)
	event.Add("members_removed", made.Members.Removed)
	event.Add("members_skipped", len(made.Skipped))
	if kind == "Group" {
		h.Metrics.MemberDelta(ctx, made.Members.Added+made.Members.Removed)
	}
}

func (h *door) noteCoercions(c *gin.Context, tol *scim.Tolerance) {
	for _, accepted := range tol.Accepted {
		h.Metrics.Coercions(c.Request.Context(), string(accepted.Coercion))
	}
}
