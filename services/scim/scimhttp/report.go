package scimhttp

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/scim/activity"
	"github.com/devrev/scim/services/scim/directory"
)

// asked is what a client wants done: by a request or by one operation of a bulk request.
type asked struct {
	method   string
	endpoint endpoint
	id       string // of the resource, "" if there is none yet
}

// note tells the organisation's activity, the request's event and the metrics what came of a
// change. It returns what the client is to be told: err or, since nothing may be acknowledged that
// activity does not tell, that the line could not be stored.
func (h *handler) note(c *gin.Context, a asked, made *directory.Change, err error) error {
	h.measure(c, made.Tolerance.Accepted)
	if err != nil {
		h.noteRefusal(c, a, made, err)
		return err
	}
	ctx, org := c.Request.Context(), callerOf(c)
	kind := a.endpoint.resourceType(org).Name
	event := web.EventFrom(ctx)
	event.SetOutcome(strings.ToLower(kind) + "_" + string(made.Effect))
	event.Add("operations", len(made.Outcomes))
	event.Add("members_added", len(made.Members.Added))
	event.Add("members_removed", len(made.Members.Removed))
	event.Add("members_skipped", len(made.Skipped))
	if kind == "Group" {
		h.Metrics.MemberDelta(ctx, len(made.Members.Added)+len(made.Members.Removed))
	}
	ctx, end := web.Step(ctx, "activity")
	err = h.Activity.Record(ctx, org, requestOf(c, a), made)
	end(err)
	return err
}

// noteRefusal tells the activity of a request that was refused, as far as that is possible. What
// failed in us (5xx) is not the organisation's to read.
func (h *handler) noteRefusal(c *gin.Context, a asked, made *directory.Change, err error) {
	refusal := asSCIM(err)
	if refusal.Status >= 500 {
		return
	}
	ctx, end := web.Step(c.Request.Context(), "activity")
	err = h.Activity.Refuse(ctx, callerOf(c), requestOf(c, a), made, refusal)
	end(err)
	if err != nil {
		web.EventFrom(ctx).SetErr(err)
	}
}

// reading is serve with its refusals told to the activity. e is nil where it reads no users and
// no groups, or both.
func (h *handler) reading(e endpoint, serve web.Handler) web.Handler {
	return func(c *gin.Context) error {
		err := serve(c)
		if err != nil {
			h.noteRefusedRead(c, e, err)
		}
		return err
	}
}

// noteRefusedRead is noteRefusal for a read.
func (h *handler) noteRefusedRead(c *gin.Context, e endpoint, err error) {
	refusal := asSCIM(err)
	if refusal.Status >= 500 {
		return
	}
	ctx, end := web.Step(c.Request.Context(), "activity")
	err = h.Activity.RefuseRead(ctx, callerOf(c).Tenant, requestOf(c, asked{c.Request.Method, e, c.Param("id")}), refusal)
	end(err)
	if err != nil {
		web.EventFrom(ctx).SetErr(err)
	}
}

func requestOf(c *gin.Context, a asked) activity.Request {
	ctx := c.Request.Context()
	about := activity.Resource{}
	if a.endpoint != nil {
		about = activity.Resource{Type: a.endpoint.resourceType(callerOf(c)).Name, ID: a.id}
	}
	return activity.Request{
		RequestID: web.RequestID(ctx),
		TraceID:   web.TraceID(ctx),
		TokenID:   c.MustGet(principalKey).(token.Principal).TokenID,
		Client:    string(web.EventFrom(ctx).Client()),
		Method:    a.method,
		Resource:  about,
	}
}

// noteCoercions tells of what was put right where there is no change to tell of.
func (h *handler) noteCoercions(c *gin.Context, tol *scim.Tolerance) {
	h.measure(c, tol.Accepted)
	h.Activity.Count(callerOf(c).Tenant, tol.Accepted)
}

func (h *handler) measure(c *gin.Context, accepted []scim.Accepted) {
	for _, a := range accepted {
		h.Metrics.Coercions(c.Request.Context(), string(a.Coercion))
	}
}
